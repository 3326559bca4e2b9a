// Decimal numbers as text: exact, whatever the number of digits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headrace::format {

using Int128 = __int128;

// Whether `text` is a number as JSON writes it (RFC 8259, section 6).
bool IsJsonNumber(std::string_view text);

// Parses "-12.345e2" as a DECIMAL(precision, scale): the number times 10^scale, rounded half up as
// Spark does. Nothing where it is no number (a leading plus and zeros are allowed) or has more
// digits than `precision`.
std::optional<Int128> ParseDecimal(std::string_view text, int precision, int scale);

// Appends a value of a decimal with `scale` digits after the point (0 to 38).
void WriteDecimal(Int128 value, int scale, std::string* out);

}  // namespace headrace::format
