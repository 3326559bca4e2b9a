// Durations and sizes as they are written in a pipeline file: "5 s", "64 MiB".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace headrace {

// Parses "250 ms", "5 s", "1 minute", "2 hours", "7 days"; units us, ms, s, m, h, d and their long
// names, singular or plural. Returns microseconds. A bare number is an error: a unit is part of the
// value.
Result<int64_t> ParseDuration(std::string_view text);

// Parses "10", "64 KiB", "1.5 GiB", "10 MB" (powers of 1024 with an i, of 1000 without). Returns
// bytes.
Result<int64_t> ParseSize(std::string_view text);

// Renders in the largest unit that keeps the number readable: "1.5 s", "64 MiB".
std::string FormatDuration(int64_t microseconds);
std::string FormatSize(int64_t bytes);

}  // namespace headrace
