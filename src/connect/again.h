// Asking a worker again while that may help.
#pragma once

#include <functional>
#include <stop_token>

#include "base/status.h"

namespace headrace::connect {

// Makes an attempt, and again with back-off while its error is transient, for up to a minute.
// Returns what the last one did; Cancelled where `stop` is requested.
Status Again(const std::function<Status()>& attempt, const std::stop_token& stop);

}  // namespace headrace::connect
