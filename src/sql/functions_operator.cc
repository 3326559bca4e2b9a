// Operators, and the rules of resolution that the kinds of a row can't say.
#include <arrow/scalar.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sql/analyzer.h"
#include "sql/function_table.h"
#include "sql/functions.h"

namespace headrace::sql {
namespace {

using arrow::Type;

constexpr Overload kOperators[] = {
    {"+", "number, number", "", Nulls::kAny, "({0} + {1})", true},
    {"+", "decimal, decimal", "", Nulls::kAny, "@decimal_add", true},
    {"+", "date, int", "", Nulls::kAny, "({0} + {1})", true},
    {"+", "date, interval", "", Nulls::kAny, "({0} + ({1} // 86400000000)::INTEGER)", true},
    {"+", "date, months", "", Nulls::kAny, "({0} + to_months({1}))", true},
    {"+", "time, interval", "", Nulls::kAny, "make_timestamp(epoch_us({0}) + {1})", true},
    {"+", "time, months", "", Nulls::kAny, "({0} + to_months({1}))", true},
    {"+", "interval, interval", "", Nulls::kAny, "({0} + {1})", true},
    {"+", "months, months", "", Nulls::kAny, "({0} + {1})", true},
    {"-", "number, number", "", Nulls::kAny, "({0} - {1})", true},
    {"-", "decimal, decimal", "", Nulls::kAny, "@decimal_subtract", true},
    {"-", "date, int", "", Nulls::kAny, "({0} - {1})", true},
    {"-", "date, date", "", Nulls::kAny, "(({0} - {1}) * 86400000000)", true},
    {"-", "date, interval", "", Nulls::kAny, "({0} - ({1} // 86400000000)::INTEGER)", true},
    {"-", "date, months", "", Nulls::kAny, "({0} - to_months({1}))", true},
    {"-", "time, time", "", Nulls::kAny, "(epoch_us({0}) - epoch_us({1}))", true},
    {"-", "time, interval", "", Nulls::kAny, "make_timestamp(epoch_us({0}) - {1})", true},
    {"-", "time, months", "", Nulls::kAny, "({0} - to_months({1}))", true},
    {"-", "interval, interval", "", Nulls::kAny, "({0} - {1})", true},
    {"-", "months, months", "", Nulls::kAny, "({0} - {1})", true},
    {"*", "number, number", "", Nulls::kAny, "({0} * {1})", true},
    {"*", "decimal, decimal", "", Nulls::kAny, "@decimal_multiply", true},
    {"*", "interval, bigint", "", Nulls::kAny, "({0} * {1})", true},
    {"*", "months, int", "", Nulls::kAny, "({0} * {1})", true},
    // DuckDB divides integers as integers or by a double's rules, and x / 0 is infinite.
    {"/", "double, double", "", Nulls::kAny, "@divide", true},
    {"/", "decimal, decimal", "", Nulls::kAny, "@decimal_divide", true},
    {"div", "bigint, bigint", "", Nulls::kAny, "@integral_divide", true},
    {"%", "number, number", "", Nulls::kAny, "@remainder", true},
    {"%", "decimal, decimal", "", Nulls::kAny, "@decimal_remainder", true},
    {"pmod", "number, number", "", Nulls::kAny, "@pmod", true},
    {"pmod", "decimal, decimal", "", Nulls::kAny, "@decimal_pmod", true},
    {"negative", "number", "0", Nulls::kAny, "(-{0})", true},
    {"negative", "decimal", "0", Nulls::kAny, "(-{0})"},
    {"negative", "interval", "0", Nulls::kAny, "(-{0})", true},
    {"negative", "months", "0", Nulls::kAny, "(-{0})", true},
    {"positive", "number", "0", Nulls::kAny, "{0}"},
    {"positive", "decimal", "0", Nulls::kAny, "{0}"},
    {"&", "integral, integral", "", Nulls::kAny, "({0} & {1})"},
    {"|", "integral, integral", "", Nulls::kAny, "({0} | {1})"},
    {"^", "integral, integral", "", Nulls::kAny, "xor({0}, {1})"},
    {"~", "integral", "0", Nulls::kAny, "(~{0})"},
    {"=", "T, T", "boolean", Nulls::kAny, "({0} = {1})"},
    {"<>", "T, T", "boolean", Nulls::kAny, "({0} <> {1})"},
    {"<", "T, T", "boolean", Nulls::kAny, "({0} < {1})"},
    {"<=", "T, T", "boolean", Nulls::kAny, "({0} <= {1})"},
    {">", "T, T", "boolean", Nulls::kAny, "({0} > {1})"},
    {">=", "T, T", "boolean", Nulls::kAny, "({0} >= {1})"},
    {"<=>", "T, T", "boolean", Nulls::kNever, "({0} IS NOT DISTINCT FROM {1})"},
    {"in", "T...", "boolean", Nulls::kAny, "({0} IN ({1*}))"},
    // Where the right side can fail, the translation makes a CASE of these (translate.cc).
    {"and", "boolean, boolean", "boolean", Nulls::kAny, "({0} AND {1})"},
    {"or", "boolean, boolean", "boolean", Nulls::kAny, "({0} OR {1})"},
    {"not", "boolean", "boolean", Nulls::kAny, "(NOT {0})"},
    {"is_null", "any", "boolean", Nulls::kNever, "({0} IS NULL)"},
    {"is_not_null", "any", "boolean", Nulls::kNever, "({0} IS NOT NULL)"},
    {"is_true", "boolean", "boolean", Nulls::kNever, "({0} IS TRUE)"},
    {"is_not_true", "boolean", "boolean", Nulls::kNever, "({0} IS NOT TRUE)"},
    {"is_false", "boolean", "boolean", Nulls::kNever, "({0} IS FALSE)"},
    {"is_not_false", "boolean", "boolean", Nulls::kNever, "({0} IS NOT FALSE)"},
    // A list of DuckDB counts from 1, and from the end where the index is negative.
    {"[]", "array, bigint", "", Nulls::kAlways,
     "(CASE WHEN {1} < 0 OR {1} >= len({0}) THEN error('[INVALID_ARRAY_INDEX] The index ' || {1} "
     "|| "
     "' is out of bounds. The array has ' || len({0}) || ' elements.') ELSE {0}[{1} + 1] END)",
     true},
    {"[]", "map, any", "", Nulls::kAlways, "map_extract_value({0}, {1})"},
    {"element_at", "array, bigint", "", Nulls::kAlways,
     "(CASE WHEN {1} = 0 THEN error('[INVALID_INDEX_OF_ZERO] The index 0 is invalid. An index "
     "shall "
     "be either < 0 or > 0 (the first element has index 1).') WHEN abs({1}) > len({0}) THEN "
     "error('[INVALID_ARRAY_INDEX_IN_ELEMENT_AT] The index ' || {1} || ' is out of bounds. The "
     "array "
     "has ' || len({0}) || ' elements.') ELSE {0}[{1}] END)",
     true},
    {"element_at", "map, any", "", Nulls::kAlways, "map_extract_value({0}, {1})"},
    {"try_element_at", "array, bigint", "", Nulls::kAlways,
     "(CASE WHEN {1} = 0 THEN error('[INVALID_INDEX_OF_ZERO] The index 0 is invalid.') WHEN "
     "abs({1}) "
     "<= len({0}) THEN {0}[{1}] END)",
     true},
    {"try_element_at", "map, any", "", Nulls::kAlways, "map_extract_value({0}, {1})"},
    {"case_when", "any...", "", Nulls::kAlways, ""},    // translate.cc
    {"named_struct", "any...", "", Nulls::kNever, ""},  // translate.cc
    {"struct", "any...", "", Nulls::kNever, ""},
    {"map", "any...", "", Nulls::kNever, "", true},  // translate.cc
};

Status Mismatch(std::string_view name, const std::vector<ExpressionPtr>& arguments, Span span) {
  std::vector<std::string> names;
  for (const ExpressionPtr& argument : arguments) names.push_back(TypeName(*argument->type));
  return UserError({Diagnostic{
      fmt::format("[DATATYPE_MISMATCH] '{}' doesn't take {}", name, fmt::join(names, " and ")),
      "cast the operands to types that fit together", span}});
}

bool AnyNullable(const std::vector<ExpressionPtr>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const ExpressionPtr& argument) { return argument->nullable; });
}

// An operand of decimal arithmetic: an integer literal has as many digits as are written.
ExpressionPtr DecimalOperand(const ExpressionPtr& operand) {
  const auto* literal = std::get_if<Literal>(&operand->node);
  if (literal != nullptr && literal->value->is_valid && IsIntegral(*operand->type)) {
    const std::string digits = literal->value->ToString();
    const int count = static_cast<int>(digits.size()) - (digits[0] == '-' ? 1 : 0);
    return Coerce(operand, arrow::decimal128(count, 0));
  }
  const TypePtr type = DecimalFor(*operand->type);
  return type == nullptr ? operand : Coerce(operand, type);
}

// The result types of decimal arithmetic. Source: Spark's BinaryArithmetic, which follows Hive and
// SQL Server.
TypePtr DecimalResult(std::string_view name, const arrow::DataType& left,
                      const arrow::DataType& right) {
  const auto& a = static_cast<const arrow::Decimal128Type&>(left);
  const auto& b = static_cast<const arrow::Decimal128Type&>(right);
  const int digits_left = a.precision() - a.scale();
  const int digits_right = b.precision() - b.scale();
  const int scale = std::max(a.scale(), b.scale());
  if (name == "*") {
    return AdjustedDecimal(a.precision() + b.precision() + 1, a.scale() + b.scale());
  }
  if (name == "/") {
    const int quotient_scale = std::max(6, a.scale() + b.precision() + 1);
    return AdjustedDecimal(digits_left + b.scale() + quotient_scale, quotient_scale);
  }
  if (name == "%" || name == "pmod") {
    return AdjustedDecimal(std::min(digits_left, digits_right) + scale, scale);
  }
  return AdjustedDecimal(std::max(digits_left, digits_right) + scale + 1, scale);
}

Result<ExpressionPtr> ResolveNumbers(std::string_view name, std::vector<ExpressionPtr> arguments,
                                     Span span) {
  const bool nullable = AnyNullable(arguments);
  const auto is = [&](auto test) { return test(*arguments[0]->type) || test(*arguments[1]->type); };
  const bool inexact = is(IsFloating) || is([](const auto& t) { return t.id() == Type::STRING; });
  const bool null_dividend = name == "/" && arguments[0]->type->id() == Type::NA;
  if (is(IsDecimal) && !inexact && name != "div" && !null_dividend) {
    for (ExpressionPtr& argument : arguments) {
      argument = DecimalOperand(argument);
    }
    for (size_t i = 0; i < 2; ++i) {  // a NULL has the other's type
      if (arguments[i]->type->id() == Type::NA) {
        arguments[i] = Coerce(arguments[i], arguments[1 - i]->type);
      }
    }
    for (const ExpressionPtr& argument : arguments) {
      if (!IsDecimal(*argument->type)) return Mismatch(name, arguments, span);
    }
    TypePtr type = DecimalResult(name, *arguments[0]->type, *arguments[1]->type);
    return MakeCall(name, std::move(arguments), std::move(type), nullable, span);
  }
  ASSIGN_OR_RAISE(TypePtr type, CommonType({arguments[0]->type, arguments[1]->type}, span));
  if (type->id() == Type::STRING) return Mismatch(name, arguments, span);
  if (type->id() == Type::NA) type = arrow::float64();
  if (name == "/") type = arrow::float64();
  if (name == "div") type = arrow::int64();
  if (IsDecimal(*type)) type = arrow::float64();
  for (ExpressionPtr& argument : arguments) {
    if (!IsNumeric(*type) || !CanCoerce(*argument->type, *type)) {
      return Mismatch(name, arguments, span);
    }
    argument = Coerce(argument, type);
  }
  return MakeCall(name, std::move(arguments), std::move(type), nullable, span);
}

bool IsWholeDays(const ExpressionPtr& interval) {
  const auto* literal = std::get_if<Literal>(&interval->node);
  constexpr int64_t kDayMicros = 86'400'000'000;
  return literal != nullptr && literal->value->is_valid &&
         static_cast<const arrow::DurationScalar&>(*literal->value).value % kDayMicros == 0;
}

// Dates, timestamps and intervals; null where the operands are neither.
Result<ExpressionPtr> ResolveTimes(std::string_view name, std::vector<ExpressionPtr> arguments,
                                   Span span) {
  const auto id = [&](int i) { return arguments[i]->type->id(); };
  const auto is_interval = [&](int i) {
    return id(i) == Type::DURATION || id(i) == Type::INTERVAL_MONTHS;
  };
  const auto is_time = [&](int i) { return id(i) == Type::DATE32 || id(i) == Type::TIMESTAMP; };
  if (!is_interval(0) && !is_interval(1) && !is_time(0) && !is_time(1)) return ExpressionPtr();
  const bool commutes = name == "+" || name == "*";
  if (commutes && !is_time(0) && (is_time(1) || (is_interval(1) && !is_interval(0)))) {
    std::swap(arguments[0], arguments[1]);
  }
  const bool nullable = AnyNullable(arguments);
  TypePtr type = arguments[0]->type;
  if (name == "*") {
    if (!is_interval(0) || !IsIntegral(*arguments[1]->type)) {
      return Mismatch(name, arguments, span);
    }
    arguments[1] = Coerce(arguments[1], id(0) == Type::DURATION ? arrow::int64() : arrow::int32());
  } else if (name != "+" && name != "-") {
    return Mismatch(name, arguments, span);
  } else if (id(0) == Type::DATE32 && IsIntegral(*arguments[1]->type)) {
    arguments[1] = Coerce(arguments[1], arrow::int32());
  } else if (id(0) == Type::DATE32 && id(1) == Type::DURATION && !IsWholeDays(arguments[1])) {
    type = TimestampType();
    arguments[0] = Coerce(arguments[0], type);
  } else if (name == "-" && (is_time(0) || id(0) == Type::STRING) &&
             (is_time(1) || id(1) == Type::STRING)) {
    ASSIGN_OR_RAISE(const TypePtr common,
                    CommonType({arguments[0]->type, arguments[1]->type}, span));
    for (ExpressionPtr& argument : arguments) argument = Coerce(argument, common);
    type = arrow::duration(arrow::TimeUnit::MICRO);
  } else if (is_interval(0) ? id(0) != id(1) : !(is_time(0) && is_interval(1))) {
    return Mismatch(name, arguments, span);
  }
  return MakeCall(name, std::move(arguments), std::move(type), nullable, span);
}

Result<ExpressionPtr> ResolveCaseWhen(std::vector<ExpressionPtr> arguments, Span span) {
  std::vector<TypePtr> types;
  const size_t pairs = arguments.size() / 2;
  bool nullable = arguments.size() % 2 == 0;  // without ELSE
  const auto is_value = [&](size_t i) { return i >= pairs * 2 || i % 2 == 1; };
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!is_value(i)) continue;
    types.push_back(arguments[i]->type);
    nullable = nullable || arguments[i]->nullable;
  }
  ASSIGN_OR_RAISE(TypePtr type, CommonType(types, span));
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!is_value(i) && !CanCoerce(*arguments[i]->type, *arrow::boolean())) {
      return UserError({Diagnostic{"[DATATYPE_MISMATCH] a condition must be BOOLEAN, this is " +
                                       TypeName(*arguments[i]->type),
                                   "compare it with something", arguments[i]->span}});
    }
    arguments[i] = Coerce(arguments[i], is_value(i) ? type : arrow::boolean());
  }
  return MakeCall("case_when", std::move(arguments), std::move(type), nullable, span);
}

// named_struct(name, value, ...): the names are literals, the call keeps only the values.
Result<ExpressionPtr> ResolveStruct(std::string_view name,
                                    const std::vector<ExpressionPtr>& arguments, Span span) {
  const bool named = name == "named_struct";
  if (arguments.empty() || (named && arguments.size() % 2 != 0)) {
    return UserError({Diagnostic{"[WRONG_NUM_ARGS] named_struct needs pairs of name and value",
                                 "write named_struct('a', 1, 'b', 2)", span}});
  }
  arrow::FieldVector fields;
  std::vector<ExpressionPtr> values;
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string field = fmt::format("col{}", i + 1);
    if (const auto* access = std::get_if<FieldAccess>(&arguments[i]->node); access && !named) {
      field = access->field;
    }
    if (named) {
      const auto* literal = std::get_if<Literal>(&arguments[i]->node);
      if (literal == nullptr || !literal->value->is_valid ||
          literal->value->type->id() != Type::STRING) {
        return UserError(
            {Diagnostic{"[DATATYPE_MISMATCH] the name of a field must be a string "
                        "literal",
                        "write named_struct('a', 1, 'b', 2)", arguments[i]->span}});
      }
      field = literal->value->ToString();
      ++i;
    }
    fields.push_back(arrow::field(field, arguments[i]->type, arguments[i]->nullable));
    values.push_back(arguments[i]);
  }
  return MakeCall("struct", std::move(values), arrow::struct_(fields), false, span);
}

// map(key, value, ...).
Result<ExpressionPtr> ResolveMap(std::vector<ExpressionPtr> arguments, Span span) {
  std::vector<TypePtr> keys;
  std::vector<TypePtr> items;
  if (arguments.size() % 2 != 0) {
    return UserError({Diagnostic{"[WRONG_NUM_ARGS] map needs pairs of key and value",
                                 "write map('a', 1, 'b', 2)", span}});
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    (i % 2 == 0 ? keys : items).push_back(arguments[i]->type);
  }
  ASSIGN_OR_RAISE(const TypePtr key, CommonType(keys, span));
  ASSIGN_OR_RAISE(const TypePtr item, CommonType(items, span));
  for (size_t i = 0; i < arguments.size(); ++i) {
    arguments[i] = Coerce(arguments[i], i % 2 == 0 ? key : item);
  }
  return MakeCall("map", std::move(arguments), arrow::map(key, item), false, span);
}

// base[index] and element_at(base, index).
Result<ExpressionPtr> ResolveElement(std::string_view name, std::vector<ExpressionPtr> arguments,
                                     Span span) {
  const arrow::DataType& base = *arguments[0]->type;
  if (base.id() == Type::LIST && CanCoerce(*arguments[1]->type, *arrow::int64())) {
    arguments[1] = Coerce(arguments[1], arrow::int64());
    TypePtr type = base.field(0)->type();
    return MakeCall(name, std::move(arguments), std::move(type), true, span);
  }
  if (base.id() == Type::MAP) {
    const auto& map = static_cast<const arrow::MapType&>(base);
    if (CanCoerce(*arguments[1]->type, *map.key_type())) {
      arguments[1] = Coerce(arguments[1], map.key_type());
      TypePtr type = map.item_type();
      return MakeCall(name, std::move(arguments), std::move(type), true, span);
    }
  }
  return UserError({Diagnostic{fmt::format("[DATATYPE_MISMATCH] no element of {} by {}",
                                           TypeName(base), TypeName(*arguments[1]->type)),
                               "an ARRAY takes an integer, a MAP a key", span}});
}

// round, bround, ceil, floor of a decimal: digits are dropped, and one before the point may come.
Result<ExpressionPtr> ResolveDecimalRound(std::string_view name,
                                          const std::vector<ExpressionPtr>& arguments, Span span) {
  const auto& decimal = static_cast<const arrow::Decimal128Type&>(*arguments[0]->type);
  int scale = 0;
  if (arguments.size() == 2) {
    const auto* literal = std::get_if<Literal>(&arguments[1]->node);
    if (literal == nullptr || !literal->value->is_valid ||
        literal->value->type->id() != Type::INT32 || name == "ceil" || name == "floor") {
      return UserError({Diagnostic{
          fmt::format("[DATATYPE_MISMATCH] {} of a DECIMAL takes no such second argument", name),
          "round and bround take an integer literal", arguments[1]->span}});
    }
    scale = static_cast<const arrow::Int32Scalar&>(*literal->value).value;
  }
  const int digits = decimal.precision() - decimal.scale() + 1;
  const int kept = std::clamp(scale, 0, decimal.scale());
  const int precision = scale < 0 ? std::max(digits, std::min(-scale, 37) + 1) : digits + kept;
  return MakeCall(name, arguments, arrow::decimal128(std::min(precision, 38), kept),
                  AnyNullable(arguments), span);
}

// Bits of integers of the wider type.
Result<ExpressionPtr> ResolveBits(std::string_view name, std::vector<ExpressionPtr> arguments,
                                  Span span) {
  ASSIGN_OR_RAISE(TypePtr type, CommonType({arguments[0]->type, arguments[1]->type}, span));
  if (!IsIntegral(*type)) return Mismatch(name, arguments, span);
  const bool nullable = AnyNullable(arguments);
  for (ExpressionPtr& argument : arguments) argument = Coerce(argument, type);
  return MakeCall(name, std::move(arguments), std::move(type), nullable, span);
}

bool IsRounding(std::string_view name) {
  return name == "round" || name == "bround" || name == "ceil" || name == "floor";
}

bool IsArithmetic(std::string_view name) {
  return name == "+" || name == "-" || name == "*" || name == "/" || name == "%" || name == "div" ||
         name == "pmod";
}

}  // namespace

std::span<const Overload> OperatorFunctions() { return kOperators; }

Result<ExpressionPtr> ResolveSpecial(std::string_view name,
                                     const std::vector<ExpressionPtr>& arguments, Span span) {
  if (name == "case_when" && arguments.size() >= 2) return ResolveCaseWhen(arguments, span);
  if (name == "named_struct" || name == "struct") return ResolveStruct(name, arguments, span);
  if (name == "map") return ResolveMap(arguments, span);
  if (name == "nullif" && arguments.size() == 2) {
    ASSIGN_OR_RAISE(ExpressionPtr equal, ResolveCall("=", arguments, span));
    const ExpressionPtr null = MakeLiteral(arrow::MakeNullScalar(arguments[0]->type), span);
    return ResolveCaseWhen({std::move(equal), null, arguments[0]}, span);
  }
  if (IsRounding(name) && !arguments.empty() && arguments.size() <= 2 &&
      IsDecimal(*arguments[0]->type)) {
    return ResolveDecimalRound(name, arguments, span);
  }
  if (arguments.size() != 2) return ExpressionPtr();
  if (name == "[]" || name == "element_at" || name == "try_element_at")
    return ResolveElement(name, arguments, span);
  if (name == "&" || name == "|" || name == "^") return ResolveBits(name, arguments, span);
  if (!IsArithmetic(name)) return ExpressionPtr();
  ASSIGN_OR_RAISE(ExpressionPtr time, ResolveTimes(name, arguments, span));
  if (time != nullptr) return time;
  return ResolveNumbers(name, arguments, span);
}

}  // namespace headrace::sql
