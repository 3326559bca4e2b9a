// Functions that are others in disguise, and those whose types depend on a literal or on parts of
// types: what is resolved before the rows of the table are looked at.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "sql/function_table.h"
#include "sql/functions.h"
#include "sql/names.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

using arrow::Type;
using Arguments = std::vector<ExpressionPtr>;

constexpr Overload kRows[] = {
    {"nullifzero", "any", "", Nulls::kAlways, ""},
    {"zeroifnull", "any", "", Nulls::kAlways, ""},
    {"try_add", "any, any", "", Nulls::kAlways, ""},
    {"try_subtract", "any, any", "", Nulls::kAlways, ""},
    {"try_multiply", "any, any", "", Nulls::kAlways, ""},
    {"try_divide", "any, any", "", Nulls::kAlways, ""},
    {"try_mod", "any, any", "", Nulls::kAlways, ""},
    {"try_to_timestamp", "string", "", Nulls::kAlways, ""},
    {"try_to_timestamp", "string, string", "", Nulls::kAlways, ""},
    {"try_make_timestamp", "any...", "", Nulls::kAlways, ""},
    {"try_url_decode", "string", "", Nulls::kAlways, ""},
    {"try_parse_url", "string...", "", Nulls::kAlways, ""},
    {"try", "any...", "", Nulls::kAlways, ""},  // translate_lambda.cc
    {"convert_timezone", "string, string, ntz", "", Nulls::kAny, ""},
    {"convert_timezone", "string, ntz", "", Nulls::kAny, ""},
    {"hash", "any...", "", Nulls::kNever, ""},
    {"xxhash64", "any...", "", Nulls::kNever, ""},
    {"hash_step", "int, any", "int", Nulls::kNever, "@hash"},
    {"xxhash64_step", "bigint, any", "bigint", Nulls::kNever, "@xxhash64"},
    {"to_timestamp_ntz", "any...", "", Nulls::kAlways, ""},
    {"make_timestamp_ntz", "any...", "", Nulls::kAlways, ""},
    {"to_json", "any", "", Nulls::kAlways, ""},
    // A text as a string of JSON, and the text of a floating-point number as one of JSON's values.
    {"json_quote", "string", "string", Nulls::kAny, "CAST(to_json({0}) AS VARCHAR)"},
    {"json_real", "string", "string", Nulls::kAny,
     "(CASE WHEN {0} IN ('NaN', 'Infinity', '-Infinity') THEN '\"' || {0} || '\"' ELSE {0} END)"},
    {"timestampadd", "string, bigint, time", "", Nulls::kAny, ""},
    {"timestampdiff", "string, time, time", "", Nulls::kAny, ""},
    // Whole periods between two times, of so many microseconds and of so many months.
    {"periods_between", "bigint, time, time", "bigint", Nulls::kAny,
     "((epoch_us({2}) - epoch_us({1})) // {0})"},
    {"months_apart", "int, time, time", "bigint", Nulls::kAny, "@months_apart"},
    {"map_entries", "map", "", Nulls::kAny, "map_entries({0})"},
    {"map_from_entries", "array", "", Nulls::kAlways, "map_from_entries({0})", true},
    {"str_to_map", "string", "", Nulls::kAny, ""},
    {"str_to_map", "string, string", "", Nulls::kAny, ""},
    {"str_to_map", "string, string, string", "", Nulls::kAny,
     "map_from_entries(list_transform(string_split({0}, {1}), lambda e: struct_pack(k := "
     "string_split(e, {2})[1], v := CASE WHEN contains(e, {2}) THEN substring(e, instr(e, {2}) + "
     "length({2})) END)))",
     true},
};

// Each name, and the function of which it is the form that gives null in place of an error.
const std::map<std::string_view, std::string_view>& TryForms() {
  static const auto* forms =
      new std::map<std::string_view, std::string_view>{{"try_add", "+"},
                                                       {"try_subtract", "-"},
                                                       {"try_multiply", "*"},
                                                       {"try_divide", "/"},
                                                       {"try_mod", "%"},
                                                       {"try_to_timestamp", "to_timestamp"},
                                                       {"try_make_timestamp", "make_timestamp"},
                                                       {"try_url_decode", "url_decode"},
                                                       {"try_parse_url", "parse_url"}};
  return *forms;
}

ExpressionPtr Text(std::string value, Span span) {
  return MakeLiteral(std::make_shared<arrow::StringScalar>(std::move(value)), span);
}

ExpressionPtr Integer(int32_t value, Span span) {
  return MakeLiteral(std::make_shared<arrow::Int32Scalar>(value), span);
}

// The value of a function of the arguments, or null where it fails; an argument that fails is an
// error all the same.
Result<ExpressionPtr> TryForm(std::string_view function, const Arguments& arguments, Span span) {
  Lambda lambda;
  Arguments values;
  Arguments inner;
  for (const ExpressionPtr& argument : arguments) {
    if (std::holds_alternative<Literal>(argument->node)) {
      inner.push_back(argument);
      continue;
    }
    const LambdaVariable variable{static_cast<int>(values.size()),
                                  fmt::format("{}", values.size())};
    lambda.parameters.push_back(variable);
    values.push_back(argument);
    inner.push_back(std::make_shared<Expression>(
        Expression{variable, argument->type, argument->nullable, argument->span}));
  }
  ASSIGN_OR_RAISE(lambda.body, ResolveCall(function, std::move(inner), span));
  TypePtr type = lambda.body->type;
  values.push_back(std::make_shared<Expression>(Expression{std::move(lambda), type, true, span}));
  return MakeCall("try", std::move(values), std::move(type), true, span);
}

// The hash of each argument is the seed of the next.
Result<ExpressionPtr> Hash(std::string_view name, const Arguments& arguments, Span span) {
  ExpressionPtr hash = Integer(42, span);
  if (name == "xxhash64") hash = Coerce(hash, arrow::int64());
  for (const ExpressionPtr& argument : arguments) {
    const Type::type id = argument->type->id();
    if (id == Type::NA) continue;
    if (IsNestedType(*argument->type) || id == Type::DURATION || id == Type::INTERVAL_MONTHS)
      return UserError({Diagnostic{fmt::format("[DATATYPE_MISMATCH] {} of {} is not supported yet",
                                               name, TypeName(*argument->type)),
                                   "hash its parts", argument->span}});
    TypePtr type = hash->type;
    hash = MakeCall(fmt::format("{}_step", name), {std::move(hash), argument}, std::move(type),
                    false, span);
  }
  return hash;
}

// The length of a unit: months, or microseconds.
struct Unit {
  int32_t months = 0;
  int64_t microseconds = 0;
};

Result<Unit> UnitOf(const ExpressionPtr& argument) {
  static const auto* units =
      new std::map<std::string_view, Unit>{{"MICROSECOND", {0, 1}},
                                           {"MILLISECOND", {0, 1'000}},
                                           {"SECOND", {0, 1'000'000}},
                                           {"MINUTE", {0, 60'000'000}},
                                           {"HOUR", {0, 3'600'000'000}},
                                           {"DAY", {0, 86'400'000'000}},
                                           {"DAYOFYEAR", {0, 86'400'000'000}},
                                           {"WEEK", {0, 604'800'000'000}},
                                           {"MONTH", {1, 0}},
                                           {"QUARTER", {3, 0}},
                                           {"YEAR", {12, 0}}};
  if (const auto* literal = std::get_if<Literal>(&argument->node); literal != nullptr) {
    const auto found = units->find(Upper(literal->value->ToString()));
    if (found != units->end()) return found->second;
  }
  return UserError(
      {Diagnostic{"this is no unit of time",
                  "the units are: MICROSECOND, MILLISECOND, SECOND, MINUTE, HOUR, DAY, "
                  "WEEK, MONTH, QUARTER, YEAR",
                  argument->span}});
}

Result<ExpressionPtr> TimestampAdd(const Arguments& arguments, Span span) {
  ASSIGN_OR_RAISE(const Unit unit, UnitOf(arguments[0]));
  const bool ntz = arguments[2]->type->Equals(*TimestampNtzType());
  const ExpressionPtr time = Coerce(arguments[2], ntz ? TimestampNtzType() : TimestampType());
  const auto type = arrow::duration(arrow::TimeUnit::MICRO);
  const ExpressionPtr one =
      unit.months != 0
          ? MakeLiteral(
                std::make_shared<arrow::MonthIntervalScalar>(unit.months, arrow::month_interval()),
                span)
          : MakeLiteral(std::make_shared<arrow::DurationScalar>(unit.microseconds, type), span);
  ASSIGN_OR_RAISE(ExpressionPtr length, ResolveCall("*", {one, arguments[1]}, span));
  return ResolveCall("+", {time, std::move(length)}, span);
}

Result<ExpressionPtr> TimestampDiff(const Arguments& arguments, Span span) {
  ASSIGN_OR_RAISE(const Unit unit, UnitOf(arguments[0]));
  if (unit.months != 0)
    return ResolveCall("months_apart", {Integer(unit.months, span), arguments[1], arguments[2]},
                       span);
  const ExpressionPtr length =
      MakeLiteral(std::make_shared<arrow::Int64Scalar>(unit.microseconds), span);
  return ResolveCall("periods_between", {length, arguments[1], arguments[2]}, span);
}

// map_entries and map_from_entries: of the types of keys and values.
Result<ExpressionPtr> MapForm(std::string_view name, const Arguments& arguments, Span span) {
  const arrow::DataType& type = *arguments[0]->type;
  TypePtr result;
  if (name == "map_entries" && type.id() == Type::MAP) {
    const auto& map = static_cast<const arrow::MapType&>(type);
    result = arrow::list(arrow::struct_(
        {arrow::field("key", map.key_type(), false), arrow::field("value", map.item_type())}));
  } else if (name == "map_from_entries" && type.id() == Type::LIST &&
             type.field(0)->type()->id() == Type::STRUCT &&
             type.field(0)->type()->num_fields() == 2) {
    const arrow::DataType& entry = *type.field(0)->type();
    result = arrow::map(entry.field(0)->type(), entry.field(1)->type());
  } else {
    return UserError({Diagnostic{
        fmt::format("[DATATYPE_MISMATCH] {} doesn't take {}", name, TypeName(type)),
        name == "map_entries" ? "it takes a map" : "it takes an array of pairs", span}});
  }
  return MakeCall(name, arguments, std::move(result), true, span);
}

Result<ExpressionPtr> StringToMap(Arguments arguments, Span span) {
  if (arguments.size() < 2) arguments.push_back(Text(",", span));
  if (arguments.size() < 3) arguments.push_back(Text(":", span));
  for (ExpressionPtr& argument : arguments) {
    ASSIGN_OR_RAISE(argument, ResolveCast(argument, arrow::utf8(), false, span));
  }
  return MakeCall("str_to_map", std::move(arguments), arrow::map(arrow::utf8(), arrow::utf8()),
                  true, span);
}

}  // namespace

std::span<const Overload> DerivedFunctions() { return kRows; }

Result<ExpressionPtr> ResolveDerived(std::string_view name, const Arguments& arguments, Span span) {
  if (const auto form = TryForms().find(name); form != TryForms().end())
    return TryForm(form->second, arguments, span);
  if (name == "to_json" && arguments.size() == 1) return ResolveToJson(arguments[0], span);
  if (name == "hash" || name == "xxhash64") return Hash(name, arguments, span);
  if (name == "convert_timezone" && (arguments.size() == 2 || arguments.size() == 3)) {
    ExpressionPtr time = Coerce(arguments.back(), TimestampType());
    if (arguments.size() == 3) {
      ASSIGN_OR_RAISE(time, ResolveCall("to_utc_timestamp", {time, arguments[0]}, span));
    }
    const ExpressionPtr& zone = arguments[arguments.size() - 2];
    ASSIGN_OR_RAISE(time, ResolveCall("from_utc_timestamp", {time, zone}, span));
    return ResolveCast(std::move(time), TimestampNtzType(), false, span);
  }
  if (arguments.size() == 1 && name == "nullifzero")
    return ResolveCall("nullif", {arguments[0], Integer(0, span)}, span);
  if (arguments.size() == 1 && name == "zeroifnull")
    return ResolveCall("coalesce", {arguments[0], Integer(0, span)}, span);
  if (name == "to_timestamp_ntz" || name == "make_timestamp_ntz") {
    ASSIGN_OR_RAISE(ExpressionPtr time,
                    ResolveCall(name.substr(0, name.size() - 4), arguments, span));
    return ResolveCast(std::move(time), TimestampNtzType(), false, span);
  }
  // timestampadd and timestampdiff also bear the names of the functions of days.
  if (arguments.size() == 3 && (name == "timestampadd" || name == "date_add"))
    return TimestampAdd(arguments, span);
  if (arguments.size() == 3 && (name == "timestampdiff" || name == "datediff"))
    return TimestampDiff(arguments, span);
  if (arguments.size() == 1 && (name == "map_entries" || name == "map_from_entries"))
    return MapForm(name, arguments, span);
  if (name == "str_to_map" && !arguments.empty() && arguments.size() <= 3)
    return StringToMap(arguments, span);
  return ExpressionPtr();
}

}  // namespace headrace::sql
