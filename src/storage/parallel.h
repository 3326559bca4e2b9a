// Runs several requests to a store at once: most of the time of each is waiting.
#pragma once

#include <cstdint>
#include <functional>

#include "base/status.h"

namespace headrace::storage {

// Runs task(0) ... task(count - 1), at most `concurrency` of them at once, and waits for all that
// began; after an error no other begins. Returns the first error by number.
Status RunParallel(int64_t count, int concurrency, const std::function<Status(int64_t)>& task);

}  // namespace headrace::storage
