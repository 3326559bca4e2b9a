#include "sql/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <unordered_map>

#include "sql/analyzer.h"
#include "sql/function_table.h"

namespace headrace::sql {
namespace {

using arrow::Type;

struct Table {
  std::unordered_map<std::string_view, std::vector<const Overload*>> overloads;
  std::unordered_map<std::string_view, std::string_view> aliases;
  std::vector<std::string> names;
};

const Table& TheTable() {
  static const Table* table = [] {
    auto* made = new Table;
    for (const auto rows :
         {OperatorFunctions(), StringFunctions(), MathFunctions(), ConditionalFunctions(),
          TimeFunctions(), CollectionFunctions(), OtherFunctions(), DerivedFunctions()}) {
      for (const Overload& row : rows) made->overloads[row.name].push_back(&row);
    }
    for (const Alias& alias : FunctionAliases()) made->aliases[alias.name] = alias.meaning;
    const auto add = [&](std::string_view name) {
      if (std::isalpha(static_cast<unsigned char>(name[0]))) made->names.emplace_back(name);
    };
    for (const auto& [name, rows] : made->overloads) add(name);
    for (const auto& [name, meaning] : made->aliases) add(name);
    std::sort(made->names.begin(), made->names.end());
    return made;
  }();
  return *table;
}

std::string Lower(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::vector<TypePtr> TypesOf(const std::vector<ExpressionPtr>& arguments) {
  std::vector<TypePtr> types;
  for (const ExpressionPtr& argument : arguments) types.push_back(argument->type);
  return types;
}

bool IsNullable(Nulls nulls, const std::vector<ExpressionPtr>& arguments) {
  const auto nullable = [](const ExpressionPtr& argument) { return argument->nullable; };
  switch (nulls) {
    case Nulls::kAny:
      return std::any_of(arguments.begin(), arguments.end(), nullable);
    case Nulls::kAll:
      return std::all_of(arguments.begin(), arguments.end(), nullable);
    case Nulls::kAlways:
      return true;
    case Nulls::kNever:
      return false;
  }
  return true;
}

ExpressionPtr CallOf(const Overload& overload, const std::vector<ExpressionPtr>& arguments,
                     const std::vector<TypePtr>& parameters, const TypePtr& type, Span span) {
  std::vector<ExpressionPtr> coerced;
  for (size_t i = 0; i < arguments.size(); ++i) {
    coerced.push_back(Coerce(arguments[i], parameters[i]));
  }
  const bool nullable = IsNullable(overload.nulls, coerced);
  return MakeCall(overload.name, std::move(coerced), type, nullable, span);
}

std::string Signature(std::string_view name, const std::vector<TypePtr>& types) {
  std::vector<std::string> names;
  for (const TypePtr& type : types) names.push_back(TypeName(*type));
  return fmt::format("{}({})", name, fmt::join(names, ", "));
}

Status NoSuchFunction(std::string_view name, Span span) {
  std::string hint = "docs/SQL.md lists the functions";
  if (const auto near = Nearest(name, TheTable().names); !near.empty()) {
    hint = fmt::format("did you mean '{}'?", near);
  }
  return UserError({Diagnostic{fmt::format("unknown function '{}'", name), hint, span}});
}

size_t CountOf(std::string_view text, std::string_view what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

Status NoSuchSignature(std::string_view name, const std::vector<TypePtr>& types, Span span) {
  std::vector<std::string> forms;
  for (const Overload* overload : OverloadsOf(name)) {
    forms.push_back(fmt::format("{}({})", name, overload->parameters));
  }
  const std::string hint = fmt::format("it takes: {}", fmt::join(forms, "; "));
  const auto takes_as_many = [&](const Overload* overload) {
    const std::string_view parameters = overload->parameters;
    const size_t count = parameters.empty() ? 0 : 1 + CountOf(parameters, ", ");
    return parameters.ends_with("...") ? types.size() >= count : types.size() == count;
  };
  const auto overloads = OverloadsOf(name);
  if (std::none_of(overloads.begin(), overloads.end(), takes_as_many)) {
    return UserError({Diagnostic{
        fmt::format("[WRONG_NUM_ARGS] '{}' doesn't take {} arguments", name, types.size()), hint,
        span}});
  }
  return UserError(
      {Diagnostic{fmt::format("[DATATYPE_MISMATCH] '{}' doesn't take these arguments: {}", name,
                              Signature(name, types)),
                  hint, span}});
}

// The functions named after a type: int(x), string(x).
const std::map<std::string_view, TypePtr>& CastFunctions() {
  static const auto* functions = new std::map<std::string_view, TypePtr>{
      {"boolean", arrow::boolean()}, {"tinyint", arrow::int8()},
      {"smallint", arrow::int16()},  {"int", arrow::int32()},
      {"bigint", arrow::int64()},    {"float", arrow::float32()},
      {"double", arrow::float64()},  {"decimal", arrow::decimal128(10, 0)},
      {"string", arrow::utf8()},     {"binary", arrow::binary()},
      {"date", arrow::date32()},     {"timestamp", TimestampType()}};
  return *functions;
}

// extract(field, source) and date_part(field, source) are the function of that field.
Result<ExpressionPtr> ResolveExtract(const std::vector<ExpressionPtr>& arguments, Span span) {
  static const auto* fields =
      new std::map<std::string_view, std::string_view>{{"year", "year"},
                                                       {"y", "year"},
                                                       {"years", "year"},
                                                       {"month", "month"},
                                                       {"mon", "month"},
                                                       {"months", "month"},
                                                       {"day", "day"},
                                                       {"d", "day"},
                                                       {"days", "day"},
                                                       {"hour", "hour"},
                                                       {"h", "hour"},
                                                       {"hours", "hour"},
                                                       {"minute", "minute"},
                                                       {"m", "minute"},
                                                       {"minutes", "minute"},
                                                       {"second", "extract_second"},
                                                       {"s", "extract_second"},
                                                       {"seconds", "extract_second"},
                                                       {"quarter", "quarter"},
                                                       {"qtr", "quarter"},
                                                       {"week", "weekofyear"},
                                                       {"w", "weekofyear"},
                                                       {"weeks", "weekofyear"},
                                                       {"doy", "dayofyear"},
                                                       {"dayofweek", "dayofweek"},
                                                       {"dow", "dayofweek"},
                                                       {"dayofweek_iso", "dayofweek_iso"},
                                                       {"dow_iso", "dayofweek_iso"},
                                                       {"yearofweek", "yearofweek"}};
  if (arguments.size() == 2) {
    const auto* literal = std::get_if<Literal>(&arguments[0]->node);
    if (literal != nullptr && literal->value->is_valid &&
        literal->value->type->id() == Type::STRING) {
      const auto field = fields->find(Lower(literal->value->ToString()));
      if (field != fields->end()) return ResolveCall(field->second, {arguments[1]}, span);
    }
  }
  return UserError({Diagnostic{
      "extract needs the name of a field and a date or timestamp",
      "the fields are: year, quarter, month, week, day, dayofweek, doy, hour, minute, second",
      span}});
}

}  // namespace

std::vector<const Overload*> OverloadsOf(std::string_view name) {
  const auto found = TheTable().overloads.find(name);
  return found == TheTable().overloads.end() ? std::vector<const Overload*>{} : found->second;
}

const Overload* FindExact(std::string_view name, const std::vector<TypePtr>& types) {
  const auto found = TheTable().overloads.find(name);
  if (found == TheTable().overloads.end()) return nullptr;
  TypePtr result;
  for (const Overload* overload : found->second) {
    if (MatchOverload(*overload, types, true, &result)) return overload;
  }
  return nullptr;
}

ExpressionPtr MakeCall(std::string_view name, std::vector<ExpressionPtr> arguments, TypePtr type,
                       bool nullable, Span span) {
  auto call = std::make_shared<Expression>();
  call->node = Call{std::string(name), std::move(arguments)};
  call->type = std::move(type);
  call->nullable = nullable;
  call->span = span;
  return call;
}

Result<ExpressionPtr> ResolveCall(std::string_view name, std::vector<ExpressionPtr> arguments,
                                  Span span) {
  std::string key = Lower(name);
  if (const auto alias = TheTable().aliases.find(key); alias != TheTable().aliases.end()) {
    key = alias->second;
  }
  if (key == "extract") return ResolveExtract(arguments, span);
  if (const auto cast = CastFunctions().find(key);
      cast != CastFunctions().end() && arguments.size() == 1) {
    return ResolveCast(arguments[0], cast->second, false, span);
  }
  const std::vector<const Overload*> overloads = OverloadsOf(key);
  if (overloads.empty()) return NoSuchFunction(name, span);
  ASSIGN_OR_RAISE(ExpressionPtr derived, ResolveDerived(key, arguments, span));
  if (derived != nullptr) return derived;
  ASSIGN_OR_RAISE(ExpressionPtr special, ResolveSpecial(key, arguments, span));
  if (special != nullptr) return special;
  const std::vector<TypePtr> types = TypesOf(arguments);
  TypePtr result;
  for (const bool exact : {true, false}) {
    for (const Overload* overload : overloads) {
      if (overload->result.empty()) continue;  // only ResolveSpecial makes these
      if (const auto parameters = MatchOverload(*overload, types, exact, &result)) {
        return CallOf(*overload, arguments, *parameters, result, span);
      }
    }
  }
  return NoSuchSignature(key, types, span);
}

Result<ExpressionPtr> ResolveCast(ExpressionPtr operand, const TypePtr& target, bool try_cast,
                                  Span span) {
  if (!CanCast(*operand->type, *target)) {
    return UserError(
        {Diagnostic{fmt::format("[DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION] cannot cast {} to {}",
                                TypeName(*operand->type), TypeName(*target)),
                    "ANSI mode has no such cast", span}});
  }
  if (operand->type->Equals(*target)) return operand;
  auto cast = std::make_shared<Expression>();
  cast->nullable = operand->nullable || CastCanGiveNull(*operand->type, *target) ||
                   (try_cast && CastCanFail(*operand->type, *target));
  cast->type = target;
  cast->span = span;
  cast->node = Cast{std::move(operand), try_cast};
  return cast;
}

ExpressionPtr MakeLiteral(std::shared_ptr<arrow::Scalar> value, Span span) {
  auto literal = std::make_shared<Expression>();
  literal->type = value->type;
  literal->nullable = !value->is_valid;
  literal->span = span;
  literal->node = Literal{std::move(value)};
  return literal;
}

std::vector<std::string> FunctionNames() { return TheTable().names; }

}  // namespace headrace::sql
