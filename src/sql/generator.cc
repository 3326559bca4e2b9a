#include "sql/generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sql/coercion.h"
#include "sql/error.h"
#include "sql/expression_analyzer.h"
#include "sql/functions.h"
#include "sql/names.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

using arrow::Type;

constexpr std::array<std::string_view, 8> kGenerators = {
    "explode", "explode_outer", "posexplode", "posexplode_outer",
    "inline",  "inline_outer",  "stack",      "json_tuple"};

ExpressionPtr Text(std::string value, Span span) {
  return MakeLiteral(std::make_shared<arrow::StringScalar>(std::move(value)), span);
}

Result<ExpressionPtr> OneRow(const std::vector<ExpressionPtr>& values, const char* prefix,
                             Span span) {
  std::vector<ExpressionPtr> fields;
  for (size_t i = 0; i < values.size(); ++i) {
    fields.push_back(Text(fmt::format("{}{}", prefix, i), span));
    fields.push_back(values[i]);
  }
  return ResolveCall("named_struct", std::move(fields), span);
}

// json_tuple(json, field, ...) is one row of c0, c1, ...
Result<ExpressionPtr> JsonTuple(const std::vector<ExpressionPtr>& arguments, Span span) {
  if (arguments.size() < 2)
    return ErrorAt(span, "json_tuple takes a text and the names of its fields");
  std::vector<ExpressionPtr> values;
  for (auto field = arguments.begin() + 1; field != arguments.end(); ++field) {
    ASSIGN_OR_RAISE(ExpressionPtr path,
                    ResolveCall("concat", {Text("$.\"", span), *field, Text("\"", span)}, span));
    ASSIGN_OR_RAISE(ExpressionPtr value,
                    ResolveCall("get_json_object", {arguments[0], std::move(path)}, span));
    values.push_back(std::move(value));
  }
  ASSIGN_OR_RAISE(ExpressionPtr row, OneRow(values, "c", span));
  return ResolveCall("array", {std::move(row)}, span);
}

// stack(n, value, ...) is n rows of col0, col1, ...; values that are missing are null.
Result<ExpressionPtr> Stack(std::vector<ExpressionPtr> arguments, Span span) {
  const auto* count = arguments.size() < 2 ? nullptr : std::get_if<Literal>(&arguments[0]->node);
  if (count == nullptr || !count->value->is_valid || count->value->type->id() != Type::INT32)
    return ErrorAt(span, "stack takes the number of rows, an integer literal, and values");
  const int32_t rows = static_cast<const arrow::Int32Scalar&>(*count->value).value;
  const size_t values = arguments.size() - 1;
  if (rows < 1 || static_cast<size_t>(rows) > values)
    return ErrorAt(arguments[0]->span, "stack needs at least one row, and a value for each");
  const size_t columns = (values + static_cast<size_t>(rows) - 1) / static_cast<size_t>(rows);
  std::vector<ExpressionPtr> structs;
  for (size_t row = 0; row < static_cast<size_t>(rows); ++row) {
    std::vector<ExpressionPtr> cells;
    for (size_t column = 0; column < columns; ++column) {
      const size_t at = 1 + row * columns + column;
      cells.push_back(at < arguments.size()
                          ? arguments[at]
                          : MakeLiteral(arrow::MakeNullScalar(arguments[1 + column]->type), span));
    }
    ASSIGN_OR_RAISE(ExpressionPtr one, OneRow(cells, "col", span));
    structs.push_back(std::move(one));
  }
  return ResolveCall("array", std::move(structs), span);
}

Result<ExpressionPtr> ElementsOf(const std::string& name, std::vector<ExpressionPtr> arguments,
                                 Span span) {
  if (name == "json_tuple") return JsonTuple(arguments, span);
  if (name == "stack") return Stack(std::move(arguments), span);
  if (arguments.size() != 1)
    return ErrorAt(span, fmt::format("{} takes one argument, here are {}", name, arguments.size()));
  return arguments[0];
}

// Names the columns of the rows, and finds out whether they can be null.
Result<arrow::FieldVector> ColumnsOf(const std::string& name, const Generate& node,
                                     const ExpressionPtr& elements, Span span) {
  const arrow::DataType& type = *elements->type;
  arrow::FieldVector columns;
  if (node.position) columns.push_back(arrow::field("pos", arrow::int32(), node.outer));
  if (type.id() == Type::MAP && !node.fields) {
    const auto& map = static_cast<const arrow::MapType&>(type);
    columns.push_back(arrow::field("key", map.key_type(), node.outer));
    columns.push_back(arrow::field("value", map.item_type()));
    return columns;
  }
  if (type.id() == Type::LIST && !node.fields) {
    columns.push_back(arrow::field("col", type.field(0)->type()));
    return columns;
  }
  if (type.id() == Type::LIST && type.field(0)->type()->id() == Type::STRUCT) {
    for (const auto& field : type.field(0)->type()->fields())
      columns.push_back(field->WithNullable(true));
    return columns;
  }
  return ErrorAt(span, fmt::format("[DATATYPE_MISMATCH] {} doesn't take {}", name, TypeName(type)),
                 node.fields ? "it takes an array of structs" : "it takes an array or a map");
}

}  // namespace

bool IsGenerator(std::string_view name) {
  return std::ranges::find(kGenerators, Lower(name)) != kGenerators.end();
}

Result<Generator> AnalyzeGenerator(const Scope& scope, const ast::Expression& call, bool outer,
                                   const std::vector<ast::Identifier>& names, int64_t* nodes) {
  const auto* function = std::get_if<ast::Function>(&call.node);
  if (function == nullptr || !IsGenerator(function->name.name))
    return ErrorAt(call.span, "expected a generator",
                   fmt::format("the generators are: {}", fmt::join(kGenerators, ", ")));
  std::string name = Lower(function->name.name);
  std::vector<ExpressionPtr> arguments;
  for (const ast::ExpressionPtr& argument : function->arguments) {
    ASSIGN_OR_RAISE(ExpressionPtr analyzed,
                    ExpressionAnalyzer(scope, {.clause = "a generator"}, nodes).Analyze(*argument));
    arguments.push_back(std::move(analyzed));
  }
  Generator generator;
  generator.node.outer = outer || name.ends_with("_outer");
  generator.node.position = name.starts_with("posexplode");
  generator.node.fields = !name.starts_with("explode") && !generator.node.position;
  ASSIGN_OR_RAISE(generator.elements, ElementsOf(name, std::move(arguments), call.span));
  ASSIGN_OR_RAISE(generator.columns,
                  ColumnsOf(name, generator.node, generator.elements, call.span));
  if (names.empty()) return generator;
  if (names.size() != generator.columns.size())
    return ErrorAt(names.front().span, fmt::format("{} names are given to the {} columns of {}",
                                                   names.size(), generator.columns.size(), name));
  for (size_t i = 0; i < names.size(); ++i)
    generator.columns[i] = generator.columns[i]->WithName(names[i].name);
  return generator;
}

PlanPtr OverGenerator(PlanPtr input, Generator generator) {
  Project project;
  arrow::FieldVector fields = input->schema->fields();
  const Span span = generator.elements->span;
  for (int i = 0; i < input->schema->num_fields(); ++i) {
    const auto& field = input->schema->field(i);
    project.expressions.push_back(std::make_shared<Expression>(
        Expression{ColumnReference{i}, field->type(), field->nullable(), span}));
  }
  fields.push_back(
      arrow::field("elements", generator.elements->type, generator.elements->nullable));
  project.expressions.push_back(std::move(generator.elements));
  PlanPtr below =
      std::make_shared<Plan>(Plan{std::move(project), {std::move(input)}, arrow::schema(fields)});
  fields.pop_back();
  fields.insert(fields.end(), generator.columns.begin(), generator.columns.end());
  return std::make_shared<Plan>(
      Plan{generator.node, {std::move(below)}, arrow::schema(std::move(fields))});
}

}  // namespace headrace::sql
