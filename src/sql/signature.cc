// Matches argument types against the kinds of a row of the function table.
#include <array>
#include <map>

#include "sql/function_table.h"

namespace headrace::sql {
namespace {

using arrow::Type;

TypePtr NamedType(std::string_view kind) {
  static const auto* types =
      new std::map<std::string_view, TypePtr>{{"boolean", arrow::boolean()},
                                              {"tinyint", arrow::int8()},
                                              {"smallint", arrow::int16()},
                                              {"int", arrow::int32()},
                                              {"bigint", arrow::int64()},
                                              {"float", arrow::float32()},
                                              {"double", arrow::float64()},
                                              {"string", arrow::utf8()},
                                              {"binary", arrow::binary()},
                                              {"date", arrow::date32()},
                                              {"timestamp", TimestampType()},
                                              {"ntz", TimestampNtzType()},
                                              {"interval", arrow::duration(arrow::TimeUnit::MICRO)},
                                              {"months", arrow::month_interval()},
                                              {"array<string>", arrow::list(arrow::utf8())},
                                              {"array<int>", arrow::list(arrow::int32())},
                                              {"array<bigint>", arrow::list(arrow::int64())},
                                              {"array<date>", arrow::list(arrow::date32())},
                                              {"array<timestamp>", arrow::list(TimestampType())},
                                              {"decimal(20,6)", arrow::decimal128(20, 6)},
                                              {"decimal(8,6)", arrow::decimal128(8, 6)}};
  const auto found = types->find(kind);
  return found == types->end() ? nullptr : found->second;
}

// The types that the variables of a row stand for.
class Variables {
 public:
  // Widens variable `name` to hold `type`; false where they don't fit together.
  bool Widen(char name, const TypePtr& type) {
    TypePtr& bound = Slot(name);
    const auto common = bound == nullptr ? type : CommonTypeOf(bound, type);
    if (common) bound = *common;
    return common.has_value();
  }
  TypePtr Get(char name) { return Slot(name) == nullptr ? arrow::null() : Slot(name); }

 private:
  TypePtr& Slot(char name) { return types_[name == 'T' ? 0 : name == 'K' ? 1 : 2]; }
  std::array<TypePtr, 3> types_;
};

bool IsVariable(std::string_view kind) {
  return kind == "T" || kind == "K" || kind == "V" || kind == "array<T>" || kind == "array<K>" ||
         kind == "array<V>" || kind == "map<K,V>" || kind == "array<array<T>>";
}

bool Bind(std::string_view kind, const TypePtr& type, Variables* variables) {
  if (kind.size() == 1) return variables->Widen(kind[0], type);
  if (type->id() == Type::NA) return true;
  if (kind == "map<K,V>") {
    if (type->id() != Type::MAP) return false;
    const auto& map = static_cast<const arrow::MapType&>(*type);
    return variables->Widen('K', map.key_type()) && variables->Widen('V', map.item_type());
  }
  if (type->id() != Type::LIST) return false;
  return Bind(kind.substr(6, kind.size() - 7), type->field(0)->type(), variables);
}

TypePtr Substitute(std::string_view kind, Variables* variables) {
  if (kind.size() == 1) return variables->Get(kind[0]);
  if (kind == "map<K,V>") return arrow::map(variables->Get('K'), variables->Get('V'));
  return arrow::list(Substitute(kind.substr(6, kind.size() - 7), variables));
}

// The type an argument of a class of types has to be cast to; null: it isn't taken.
TypePtr ClassMember(std::string_view kind, const TypePtr& type, bool exact) {
  const bool is_null = type->id() == Type::NA;
  const bool is_string = type->id() == Type::STRING;
  if (kind == "any") return type;
  if (kind == "integral") {
    if (IsIntegral(*type)) return type;
    return !exact && (is_null || is_string) ? arrow::int64() : nullptr;
  }
  if (kind == "number") {
    if (IsIntegral(*type) || IsFloating(*type)) return type;
    return !exact && (is_null || is_string) ? arrow::float64() : nullptr;
  }
  if (kind == "decimal") return IsDecimal(*type) ? type : nullptr;
  if (kind == "time") {
    if (IsTimestamp(*type)) return type;
    const bool coerces = is_null || is_string || type->id() == Type::DATE32;
    return !exact && coerces ? TimestampType() : nullptr;
  }
  if (kind == "array" && is_null && !exact) return arrow::list(arrow::null());
  if (kind == "array") return type->id() == Type::LIST ? type : nullptr;
  if (kind == "map") return type->id() == Type::MAP ? type : nullptr;
  if (kind == "struct") return type->id() == Type::STRUCT ? type : nullptr;
  return nullptr;
}

std::vector<std::string_view> Kinds(std::string_view parameters, size_t arguments) {
  std::vector<std::string_view> kinds;
  while (!parameters.empty()) {
    const size_t comma = parameters.find(", ");
    kinds.push_back(parameters.substr(0, comma));
    parameters = comma == std::string_view::npos ? "" : parameters.substr(comma + 2);
  }
  if (!kinds.empty() && kinds.back().ends_with("...")) {
    const std::string_view repeated = kinds.back().substr(0, kinds.back().size() - 3);
    kinds.back() = repeated;
    while (kinds.size() < arguments) kinds.push_back(repeated);
  }
  return kinds;
}

}  // namespace

std::optional<std::vector<TypePtr>> MatchOverload(const Overload& overload,
                                                  const std::vector<TypePtr>& types, bool exact,
                                                  TypePtr* result) {
  const std::vector<std::string_view> kinds = Kinds(overload.parameters, types.size());
  if (kinds.size() != types.size()) return std::nullopt;
  Variables variables;
  for (size_t i = 0; i < kinds.size(); ++i) {
    if (IsVariable(kinds[i]) && !Bind(kinds[i], types[i], &variables)) return std::nullopt;
  }
  std::vector<TypePtr> parameters;
  for (size_t i = 0; i < kinds.size(); ++i) {
    TypePtr type;
    if (IsVariable(kinds[i])) {
      type = Substitute(kinds[i], &variables);
    } else if (type = NamedType(kinds[i]); type == nullptr) {
      type = ClassMember(kinds[i], types[i], exact);
    }
    if (type == nullptr || (exact ? !types[i]->Equals(*type) : !CanCoerce(*types[i], *type))) {
      return std::nullopt;
    }
    parameters.push_back(std::move(type));
  }
  if (overload.result == "0") {
    *result = parameters[0];
  } else if (IsVariable(overload.result)) {
    *result = Substitute(overload.result, &variables);
  } else {
    *result = overload.result.empty() ? nullptr : NamedType(overload.result);
  }
  return parameters;
}

}  // namespace headrace::sql
