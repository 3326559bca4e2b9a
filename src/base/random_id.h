// Names that nothing else has.
#pragma once

#include <string>

namespace headrace {

// 128 random bits, hexadecimal.
std::string RandomId();

}  // namespace headrace
