// What the kernels of CAST share: how one refuses a value, and how a number becomes a decimal.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>

#include "sql/native_rows.h"
#include "sql/number_text.h"
#include "sql/type.h"

namespace headrace::sql {

// Fails, or gives null for TRY_CAST.
class Refusal {
 public:
  explicit Refusal(NativeRows* rows) : rows_(rows), silent_(rows->use().kernel == "try_cast") {}

  std::nullopt_t Malformed(const std::string& value) {
    return Fail("CAST_INVALID_INPUT", value, "it is malformed");
  }
  std::nullopt_t Overflow(const std::string& value) {
    return Fail("CAST_OVERFLOW", value, "of an overflow");
  }
  std::nullopt_t Unsupported(const std::string& value) {
    return Fail("NUMERIC_OUT_OF_SUPPORTED_RANGE", value, "it has more than 38 digits");
  }
  std::nullopt_t OutOfRange(const std::string& value) {
    return Fail("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", value, "it is out of range");
  }

 private:
  std::nullopt_t Fail(const char* error_class, const std::string& value, const char* why) {
    if (!silent_) {
      rows_->Fail(
          fmt::format("[{}] The value {} of the type \"{}\" cannot be cast to \"{}\" because "
                      "{}. Use `try_cast` to tolerate malformed input and return NULL "
                      "instead.",
                      error_class, value, TypeName(*rows_->use().arguments[0]),
                      TypeName(*rows_->use().result), why));
    }
    return std::nullopt;
  }

  NativeRows* rows_;
  bool silent_;
};

inline const arrow::Decimal128Type& DecimalOf(const TypePtr& type) {
  return static_cast<const arrow::Decimal128Type&>(*type);
}

// Fits a number into the decimal type of the result.
inline std::optional<Int128> ToDecimal(const Digits& number, const NativeUse& use) {
  const auto& type = DecimalOf(use.result);
  const auto value = RoundDigits(number, type.scale());
  if (!value) return std::nullopt;
  Int128 bound = 1;
  for (int i = 0; i < type.precision(); ++i) bound *= 10;
  if (*value >= bound || *value <= -bound) return std::nullopt;
  return value;
}

// Strings are apart, in native_cast_string.cc.
NativeFunction FindStringCast(const TypePtr& to);

}  // namespace headrace::sql
