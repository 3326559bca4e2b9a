// Checks that bytes are text.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace headrace::pipeline {

// Returns the offset of the first byte that is no well-formed UTF-8 (Unicode 15, table 3-7) or is a
// control character other than tab, line feed and carriage return.
std::optional<size_t> FirstUnprintable(std::string_view text);

}  // namespace headrace::pipeline
