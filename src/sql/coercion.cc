#include "sql/coercion.h"

#include <arrow/scalar.h>
#include <arrow/type_traits.h>

#include <algorithm>
#include <array>

#include "sql/analyzer.h"

namespace headrace::sql {
namespace {

using arrow::Type;

constexpr int kDecimalDigitsMax = 38;
constexpr int kAdjustedScaleMin = 6;
constexpr std::array kNumberOrder = {Type::INT8,  Type::INT16, Type::INT32,
                                     Type::INT64, Type::FLOAT, Type::DOUBLE};

const arrow::Decimal128Type& DecimalOf(const arrow::DataType& type) {
  return static_cast<const arrow::Decimal128Type&>(type);
}

TypePtr WiderDecimal(const arrow::DataType& left, const arrow::DataType& right) {
  const auto& a = DecimalOf(left);
  const auto& b = DecimalOf(right);
  const int scale = std::max(a.scale(), b.scale());
  const int digits = std::max(a.precision() - a.scale(), b.precision() - b.scale());
  return arrow::decimal128(std::min(kDecimalDigitsMax, digits + scale),
                           std::min(kDecimalDigitsMax, scale));
}

std::optional<TypePtr> CommonNumber(const TypePtr& left, const TypePtr& right) {
  if (IsDecimal(*left) || IsDecimal(*right)) {
    if (IsFloating(*left) || IsFloating(*right)) return arrow::float64();
    return WiderDecimal(*DecimalFor(*left), *DecimalFor(*right));
  }
  const auto rank = [](const TypePtr& type) {
    return std::find(kNumberOrder.begin(), kNumberOrder.end(), type->id());
  };
  const TypePtr& wider = rank(left) < rank(right) ? right : left;
  // An integer beside a FLOAT: only DOUBLE holds (most of) both.
  if (wider->id() == Type::FLOAT) return arrow::float64();
  return wider;
}

std::optional<TypePtr> CommonWithString(const TypePtr& other) {
  if (IsIntegral(*other)) return arrow::int64();
  if (IsNumeric(*other)) return arrow::float64();
  if (IsNestedType(*other)) return std::nullopt;
  return other;
}

std::optional<TypePtr> CommonTime(const TypePtr& left, const TypePtr& right) {
  const auto is_time = [](const arrow::DataType& type) {
    return type.id() == Type::DATE32 || IsTimestamp(type);
  };
  if (!is_time(*left) || !is_time(*right)) return std::nullopt;
  return IsUtcTimestamp(*left) || IsUtcTimestamp(*right) ? TimestampType() : TimestampNtzType();
}

std::optional<TypePtr> CommonStruct(const TypePtr& left, const TypePtr& right) {
  if (left->num_fields() != right->num_fields()) return std::nullopt;
  arrow::FieldVector fields;
  for (int i = 0; i < left->num_fields(); ++i) {
    const auto& a = left->field(i);
    const auto& b = right->field(i);
    if (a->name() != b->name()) return std::nullopt;
    const auto type = CommonTypeOf(a->type(), b->type());
    if (!type) return std::nullopt;
    fields.push_back(arrow::field(a->name(), *type, a->nullable() || b->nullable()));
  }
  return arrow::struct_(fields);
}

std::optional<TypePtr> CommonNested(const TypePtr& left, const TypePtr& right) {
  if (left->id() != right->id()) return std::nullopt;
  if (left->id() == Type::STRUCT) return CommonStruct(left, right);
  if (left->id() == Type::LIST) {
    const auto element = CommonTypeOf(left->field(0)->type(), right->field(0)->type());
    if (!element) return std::nullopt;
    return arrow::list(*element);
  }
  const auto& a = static_cast<const arrow::MapType&>(*left);
  const auto& b = static_cast<const arrow::MapType&>(*right);
  const auto key = CommonTypeOf(a.key_type(), b.key_type());
  const auto item = CommonTypeOf(a.item_type(), b.item_type());
  if (!key || !item) return std::nullopt;
  return arrow::map(*key, *item);
}

// Applies a rule for types to the parts of nested ones of the same shape.
template <typename Rule>
bool PartsAgree(const arrow::DataType& from, const arrow::DataType& to, Rule rule) {
  if (from.id() != to.id() || from.num_fields() != to.num_fields()) return false;
  if (from.id() == Type::MAP) {
    const auto& a = static_cast<const arrow::MapType&>(from);
    const auto& b = static_cast<const arrow::MapType&>(to);
    return rule(*a.key_type(), *b.key_type()) && rule(*a.item_type(), *b.item_type());
  }
  for (int i = 0; i < from.num_fields(); ++i) {
    if (!rule(*from.field(i)->type(), *to.field(i)->type())) return false;
  }
  return true;
}

bool IsInterval(const arrow::DataType& type) {
  return type.id() == Type::DURATION || type.id() == Type::INTERVAL_MONTHS;
}

}  // namespace

bool IsIntegral(const arrow::DataType& type) {
  return type.id() == Type::INT8 || type.id() == Type::INT16 || type.id() == Type::INT32 ||
         type.id() == Type::INT64;
}

bool IsFloating(const arrow::DataType& type) {
  return type.id() == Type::FLOAT || type.id() == Type::DOUBLE;
}

bool IsDecimal(const arrow::DataType& type) { return type.id() == Type::DECIMAL128; }

bool IsNumeric(const arrow::DataType& type) {
  return IsIntegral(type) || IsFloating(type) || IsDecimal(type);
}

bool IsTimestamp(const arrow::DataType& type) { return type.id() == Type::TIMESTAMP; }

bool IsUtcTimestamp(const arrow::DataType& type) {
  return IsTimestamp(type) && !static_cast<const arrow::TimestampType&>(type).timezone().empty();
}

bool IsNestedType(const arrow::DataType& type) {
  return type.id() == Type::LIST || type.id() == Type::MAP || type.id() == Type::STRUCT;
}

TypePtr TimestampType() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }
TypePtr TimestampNtzType() { return arrow::timestamp(arrow::TimeUnit::MICRO); }

TypePtr AdjustedDecimal(int precision, int scale) {
  if (precision <= kDecimalDigitsMax) return arrow::decimal128(precision, scale);
  const int kept =
      std::max(kDecimalDigitsMax - (precision - scale), std::min(scale, kAdjustedScaleMin));
  return arrow::decimal128(kDecimalDigitsMax, kept);
}

TypePtr DecimalFor(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::INT8:
      return arrow::decimal128(3, 0);
    case Type::INT16:
      return arrow::decimal128(5, 0);
    case Type::INT32:
      return arrow::decimal128(10, 0);
    case Type::INT64:
      return arrow::decimal128(20, 0);
    case Type::DECIMAL128:
      return arrow::decimal128(DecimalOf(type).precision(), DecimalOf(type).scale());
    default:
      return nullptr;
  }
}

std::optional<TypePtr> CommonTypeOf(const TypePtr& left, const TypePtr& right) {
  if (left->Equals(*right)) return left;
  if (left->id() == Type::NA) return right;
  if (right->id() == Type::NA) return left;
  if (IsNumeric(*left) && IsNumeric(*right)) return CommonNumber(left, right);
  if (left->id() == Type::STRING) return CommonWithString(right);
  if (right->id() == Type::STRING) return CommonWithString(left);
  if (IsNestedType(*left)) return CommonNested(left, right);
  return CommonTime(left, right);
}

Result<TypePtr> CommonType(const std::vector<TypePtr>& types, Span span) {
  TypePtr common = arrow::null();
  for (const TypePtr& type : types) {
    const auto next = CommonTypeOf(common, type);
    if (!next) {
      return UserError({Diagnostic{
          "values of type " + TypeName(*common) + " and " + TypeName(*type) + " don't fit together",
          "cast one of them: CAST(value AS " + TypeName(*common) + ")", span}});
    }
    common = *next;
  }
  return common;
}

bool CanCast(const arrow::DataType& from, const arrow::DataType& to) {
  if (from.id() == Type::NA || from.Equals(to)) return true;
  if (IsNestedType(from)) return PartsAgree(from, to, CanCast);
  if (IsNestedType(to) || to.id() == Type::NA) return false;
  if (IsInterval(from) || IsInterval(to)) return from.id() == to.id();
  if (from.id() == Type::STRING || to.id() == Type::STRING) return true;
  if (from.id() == Type::BINARY || to.id() == Type::BINARY) return false;
  if (IsNumeric(from)) {
    return IsNumeric(to) || to.id() == Type::BOOL || IsUtcTimestamp(to);
  }
  if (from.id() == Type::BOOL) return IsNumeric(to);
  if (from.id() == Type::DATE32) return IsTimestamp(to);
  if (IsUtcTimestamp(from) && IsNumeric(to)) return true;
  return IsTimestamp(from) && (IsTimestamp(to) || to.id() == Type::DATE32);
}

bool CanCoerce(const arrow::DataType& from, const arrow::DataType& to) {
  if (from.id() == Type::NA || from.Equals(to)) return true;
  if (IsNestedType(from)) return PartsAgree(from, to, CanCoerce);
  if (IsNestedType(to) || IsInterval(from) || IsInterval(to)) return false;
  // A function that takes an integer takes no fraction.
  if (IsNumeric(from) && IsNumeric(to)) return IsIntegral(from) || !IsIntegral(to);
  if (to.id() == Type::STRING || from.id() == Type::STRING) return true;
  if (from.id() == Type::DATE32) return IsTimestamp(to);
  return IsTimestamp(from) && (IsTimestamp(to) || to.id() == Type::DATE32);
}

bool CastCanFail(const arrow::DataType& from, const arrow::DataType& to) {
  if (from.id() == Type::NA || from.Equals(to)) return false;
  if (IsNestedType(from))
    return !PartsAgree(from, to, [](const auto& a, const auto& b) { return !CastCanFail(a, b); });
  if (to.id() == Type::STRING || to.id() == Type::BINARY) return false;
  if (IsFloating(to)) return from.id() == Type::STRING;
  if (IsIntegral(from) && IsIntegral(to)) {
    return arrow::bit_width(from.id()) > arrow::bit_width(to.id());
  }
  if (to.id() == Type::BOOL) return from.id() == Type::STRING;
  return !(IsTimestamp(from) && (IsTimestamp(to) || to.id() == Type::DATE32)) &&
         from.id() != Type::DATE32;
}

bool CastCanGiveNull(const arrow::DataType& from, const arrow::DataType& to) {
  return IsFloating(from) && IsDecimal(to);
}

ExpressionPtr Coerce(const ExpressionPtr& operand, const TypePtr& type) {
  if (operand->type->Equals(*type)) return operand;
  auto result = std::make_shared<Expression>();
  result->type = type;
  result->span = operand->span;
  result->nullable = operand->nullable || CastCanGiveNull(*operand->type, *type);
  const auto* literal = std::get_if<Literal>(&operand->node);
  if (literal != nullptr && !literal->value->is_valid) {
    result->node = Literal{arrow::MakeNullScalar(type)};
  } else {
    result->node = Cast{operand, false};
  }
  return result;
}

}  // namespace headrace::sql
