// Functions that take functions, as DuckDB's lists and lambdas.
#include <fmt/format.h>

#include "sql/duckdb_type.h"
#include "sql/translate.h"

namespace headrace::sql {

// The SQL of a function's body, its parameters replaced by `parameters`.
Result<std::string> Translator::TranslateBody(const Expression& function,
                                              const std::vector<std::string>& parameters) {
  const auto& lambda = std::get<Lambda>(function.node);
  const std::map<int, std::string> outer = variables_;
  for (size_t i = 0; i < lambda.parameters.size(); ++i)
    variables_[lambda.parameters[i].id] = parameters[i];
  auto body = Translate(*lambda.body);
  variables_ = outer;
  return body;
}

// TRY() of DuckDB takes no function that may raise an error on purpose: the arguments are computed
// outside.
Result<std::string> Translator::TranslateTry(const Call& call) {
  const std::string e = fmt::format("e{}", lambdas_++);
  std::vector<std::string> fields;
  std::vector<std::string> parameters;
  for (size_t i = 0; i + 1 < call.arguments.size(); ++i) {
    ASSIGN_OR_RAISE(const std::string value, Translate(*call.arguments[i]));
    fields.push_back(fmt::format("a{} := {}", i, value));
    parameters.push_back(fmt::format("{}.a{}", e, i));
  }
  ASSIGN_OR_RAISE(const std::string body, TranslateBody(*call.arguments.back(), parameters));
  if (fields.empty()) return fmt::format("TRY({})", body);
  return fmt::format("list_transform([struct_pack({})], lambda {}: TRY({}))[1]",
                     fmt::join(fields, ", "), e, body);
}

Result<std::string> Translator::TranslateHigherOrder(const Call& call) {
  if (call.name == "try") return TranslateTry(call);
  const auto& arguments = call.arguments;
  ASSIGN_OR_RAISE(const std::string list, Translate(*arguments[0]));
  const std::string e = fmt::format("e{}", lambdas_++);
  const std::string& name = call.name;
  if (name == "aggregate") return TranslateAggregate(call, list, e);
  if (name == "array_sort") return TranslateSort(call, list, e);
  if (name == "zip_with") {
    ASSIGN_OR_RAISE(const std::string other, Translate(*arguments[1]));
    ASSIGN_OR_RAISE(const std::string body, TranslateBody(*arguments[2], {e + "[1]", e + "[2]"}));
    return fmt::format(
        "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN list_transform(list_zip({0}, {1}), "
        "lambda {2}: {3}) END)",
        list, other, e, body);
  }
  if (arguments[0]->type->id() == arrow::Type::MAP) {
    const std::string key = e + ".key";
    const std::string value = e + ".value";
    ASSIGN_OR_RAISE(const std::string body, TranslateBody(*arguments[1], {key, value}));
    if (name == "map_filter") {
      return fmt::format("map_from_entries(list_filter(map_entries({}), lambda {}: {}))", list, e,
                         body);
    }
    return fmt::format(
        "map_from_entries(list_transform(map_entries({}), lambda {}: struct_pack(k := {}, v := "
        "{})))",
        list, e, name == "transform_keys" ? body : key, name == "transform_keys" ? value : body);
  }
  // DuckDB counts positions from 1.
  const std::string position = e + "p";
  ASSIGN_OR_RAISE(const std::string body,
                  TranslateBody(*arguments[1], {e, fmt::format("({} - 1)::INTEGER", position)}));
  const bool with_position = std::get<Lambda>(arguments[1]->node).parameters.size() == 2;
  const std::string parameters = with_position ? e + ", " + position : e;
  if (name == "filter")
    return fmt::format("list_filter({}, lambda {}: {})", list, parameters, body);
  const std::string all = fmt::format("list_transform({}, lambda {}: {})", list, parameters, body);
  if (name == "transform") return all;
  return fmt::format("list_reduce({}, lambda {}a, {}b: ({}a {} {}b), {})", all, e, e, e,
                     name == "exists" ? "OR" : "AND", e, name == "exists" ? "false" : "true");
}

// list_reduce() of DuckDB wants a start of the elements' type: both are structs of the value so far
// and an element.
Result<std::string> Translator::TranslateAggregate(const Call& call, const std::string& list,
                                                   const std::string& e) {
  ASSIGN_OR_RAISE(const std::string start, Translate(*call.arguments[1]));
  ASSIGN_OR_RAISE(const std::string body,
                  TranslateBody(*call.arguments[2], {e + "p.a", e + "q.x"}));
  const std::string so_far = DuckTypeName(*call.arguments[1]->type);
  const std::string element = DuckTypeName(*call.arguments[0]->type->field(0)->type());
  const std::string value = fmt::format(
      "list_reduce(list_transform({0}, lambda {1}: struct_pack(a := CAST(NULL AS {2}), x := {1})), "
      "lambda {1}p, {1}q: struct_pack(a := CAST({3} AS {2}), x := CAST(NULL AS {4})), "
      "struct_pack(a := CAST({5} AS {2}), x := CAST(NULL AS {4}))).a",
      list, e, so_far, body, element, start);
  if (call.arguments.size() == 3) return value;
  ASSIGN_OR_RAISE(const std::string finish, TranslateBody(*call.arguments[3], {e + "f"}));
  return fmt::format("(CASE WHEN {} IS NOT NULL THEN list_transform([{}], lambda {}f: {})[1] END)",
                     list, value, e, finish);
}

// An insertion sort: an element goes behind those that aren't greater.
Result<std::string> Translator::TranslateSort(const Call& call, const std::string& list,
                                              const std::string& e) {
  ASSIGN_OR_RAISE(const std::string compared,
                  TranslateBody(*call.arguments[1], {e + "y", e + "q.x"}));
  const std::string type = DuckTypeName(*call.arguments[0]->type);
  const std::string element = DuckTypeName(*call.arguments[0]->type->field(0)->type());
  const std::string checked = fmt::format(
      "coalesce({}, error('[COMPARATOR_RETURNS_NULL] The comparator of array_sort returned NULL.')"
      "::INTEGER)",
      compared);
  return fmt::format(
      "list_reduce(list_transform({0}, lambda {1}: struct_pack(a := CAST(NULL AS {2}), x := {1})), "
      "lambda {1}p, {1}q: struct_pack(a := list_concat(list_filter({1}p.a, lambda {1}y: {4} <= 0), "
      "[{1}q.x], list_filter({1}p.a, lambda {1}y: {4} > 0)), x := CAST(NULL AS {3})), "
      "struct_pack(a := CAST([] AS {2}), x := CAST(NULL AS {3}))).a",
      list, e, type, element, checked);
}

}  // namespace headrace::sql
