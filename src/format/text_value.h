// Values as texts, in the forms that JSON strings and CSV fields share.
#pragma once

#include <string>
#include <string_view>

#include "base/column_builder.h"

namespace headrace::format {

// The numbers that JSON has no form for, as Spark reads them: NaN, Infinity, +INF ...
bool ParseSpecialReal(std::string_view text, double* out);

// Cuts `text` for a message, not within a character.
std::string Excerpt(std::string_view text);

// Appends the value of a scalar type that `text` stands for; `parsed` is false where it stands for
// none, then nothing is appended:
//
//   integers, reals  decimal numbers; reals also as ParseSpecialReal() says
//   decimals         exact, rounded half up to the scale
//   booleans         true and false, in upper or lower case
//   text             as it is, UTF-8
//   timestamps       ISO 8601, UTC where without a zone; dates as "2026-11-22"; binary: base64
//
// Errors: where the column cannot grow any more.
Status AppendText(std::string_view text, ColumnBuilder* out, bool* parsed);

}  // namespace headrace::format
