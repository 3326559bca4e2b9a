// The gzip format (RFC 1952), for the bodies of requests and answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace headrace::http {

Result<std::string> Gzip(std::string_view data);

// Errors: Invalid where `data` is malformed or cut off, CapacityError where it holds more than
// `bytes_max`.
Result<std::string> Gunzip(std::string_view data, int64_t bytes_max);

}  // namespace headrace::http
