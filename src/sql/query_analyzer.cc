#include "sql/query_analyzer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "sql/coercion.h"
#include "sql/error.h"
#include "sql/expression_analyzer.h"
#include "sql/functions.h"
#include "sql/names.h"
#include "sql/scope.h"
#include "sql/select_analyzer.h"
#include "sql/type.h"
#include "sql/window_functions.h"

namespace headrace::sql {
namespace {

struct Branch {
  PlanPtr plan;
  Span span;
  bool distinct_union = false;
};

// Returns the branch with its columns cast to the types of `schema`, where they differ: in its own
// Project, unless DISTINCT has compared them before.
Result<PlanPtr> AsSchema(const Branch& branch, const std::shared_ptr<arrow::Schema>& schema) {
  const auto* own = std::get_if<Project>(&branch.plan->node);
  Project project;
  bool differs = false;
  for (int i = 0; i < schema->num_fields(); ++i) {
    const arrow::Field& field = *branch.plan->schema->field(i);
    ExpressionPtr column = std::make_shared<Expression>(
        Expression{ColumnReference{i}, field.type(), field.nullable(), branch.span});
    if (own != nullptr) column = own->expressions[static_cast<size_t>(i)];
    if (!field.type()->Equals(*schema->field(i)->type())) {
      differs = true;
      ASSIGN_OR_RAISE(column,
                      ResolveCast(std::move(column), schema->field(i)->type(), false, branch.span));
    }
    project.expressions.push_back(std::move(column));
  }
  if (!differs) return branch.plan;
  return std::make_shared<Plan>(
      Plan{std::move(project),
           own == nullptr ? std::vector<PlanPtr>{branch.plan} : branch.plan->inputs, schema});
}

// Returns the columns of a union: the names of the first branch, types that hold those of all.
Result<std::shared_ptr<arrow::Schema>> CommonSchema(const std::vector<Branch>& branches) {
  const arrow::Schema& first = *branches.front().plan->schema;
  for (const Branch& branch : branches) {
    const int columns = branch.plan->schema->num_fields();
    if (columns != first.num_fields())
      return ErrorAt(branch.span,
                     fmt::format("this SELECT has {} columns, the first one of the UNION {}",
                                 columns, first.num_fields()),
                     "a UNION joins columns by their position");
  }
  arrow::FieldVector fields;
  for (int i = 0; i < first.num_fields(); ++i) {
    std::vector<TypePtr> types;
    bool nullable = false;
    for (const Branch& branch : branches) {
      const auto& field = branch.plan->schema->field(i);
      types.push_back(field->type());
      nullable = nullable || field->nullable();
    }
    auto type = CommonType(types, branches.back().span);
    if (!type.ok()) {
      std::vector<Diagnostic> errors = DiagnosticsOf(type.status());
      for (Diagnostic& error : errors)
        error.message +=
            fmt::format(" (column {}, '{}', of the UNION)", i + 1, first.field(i)->name());
      return UserError(std::move(errors));
    }
    const bool compared = std::ranges::any_of(branches, &Branch::distinct_union);
    if (compared && !IsComparable(**type))
      return ErrorAt(branches.back().span,
                     fmt::format("UNION cannot compare values of type {}", TypeName(**type)),
                     "UNION ALL doesn't compare rows");
    fields.push_back(arrow::field(first.field(i)->name(), *std::move(type), nullable));
  }
  return arrow::schema(std::move(fields));
}

// UNION associates to the left; inputs of UNION ALL that follow each other become one node.
Result<PlanPtr> Unite(const std::vector<Branch>& branches) {
  if (branches.size() == 1) return branches.front().plan;
  ASSIGN_OR_RAISE(const auto schema, CommonSchema(branches));
  std::vector<PlanPtr> inputs;
  const auto union_all = [&] {
    return std::make_shared<Plan>(Plan{UnionAll{}, std::exchange(inputs, {}), schema});
  };
  for (const Branch& branch : branches) {
    ASSIGN_OR_RAISE(PlanPtr input, AsSchema(branch, schema));
    inputs.push_back(std::move(input));
    if (branch.distinct_union)
      inputs = {std::make_shared<Plan>(Plan{Distinct{}, {union_all()}, schema})};
  }
  return inputs.size() == 1 ? inputs.front() : union_all();
}

// A key of ORDER BY: the position of a column, or an expression over the columns of SELECT.
Result<ExpressionPtr> SortKey(const ast::Expression& key, const Scope& scope, int64_t* nodes) {
  if (const auto* literal = std::get_if<ast::Literal>(&key.node);
      literal != nullptr && literal->value->type->id() == arrow::Type::INT32) {
    const int position = static_cast<const arrow::Int32Scalar&>(*literal->value).value;
    if (position < 1 || position > scope.relation_columns())
      return ErrorAt(key.span,
                     fmt::format("ORDER BY position {} is not in the SELECT list", position),
                     fmt::format("the positions are 1 to {}", scope.relation_columns()));
    return scope.ColumnAt(position - 1, key.span);
  }
  return ExpressionAnalyzer(scope, {.clause = "ORDER BY"}, nodes).Analyze(key);
}

// The columns of `plan` alone, of which `input` has more behind.
PlanPtr ColumnsOf(const Plan& plan, PlanPtr input) {
  Project project;
  for (int i = 0; i < plan.schema->num_fields(); ++i) {
    const auto& field = plan.schema->field(i);
    project.expressions.push_back(std::make_shared<Expression>(
        Expression{ColumnReference{i}, field->type(), field->nullable(), {}}));
  }
  return std::make_shared<Plan>(Plan{std::move(project), {std::move(input)}, plan.schema});
}

// ORDER BY and LIMIT: the rows whose number in the order is up to the limit.
Result<PlanPtr> FirstRows(const ast::Query& query, PlanPtr plan, int64_t* nodes) {
  const Span span = query.order_by.front().expression->span;
  const Scope scope("the rows of SELECT", ast::Relation{}, *plan->schema);
  std::vector<WindowFunctions::Order> order;
  for (const ast::SortItem& item : query.order_by) {
    ASSIGN_OR_RAISE(ExpressionPtr key, SortKey(*item.expression, scope, nodes));
    if (!IsComparable(*key->type) || IsNestedType(*key->type))
      return ErrorAt(item.expression->span,
                     "ORDER BY cannot compare values of type " + TypeName(*key->type));
    order.push_back({std::move(key), item.descending, item.nulls_first});
  }
  WindowFunctions numbers;
  const int columns = plan->schema->num_fields();
  const ExpressionPtr number =
      WindowFunctions::Place(numbers.Add("row_number", {}, std::move(order), span), columns);
  PlanPtr numbered = numbers.Lower(plan);
  ASSIGN_OR_RAISE(
      ExpressionPtr first,
      ResolveCall(
          "<=", {number, MakeLiteral(std::make_shared<arrow::Int32Scalar>(query.limit), span)},
          span));
  auto schema = numbered->schema;
  numbered = std::make_shared<Plan>(
      Plan{Filter{std::move(first)}, {std::move(numbered)}, std::move(schema)});
  return ColumnsOf(*plan, std::move(numbered));
}

}  // namespace

Result<PlanPtr> Renamed(PlanPtr plan, const std::vector<ast::Identifier>& names) {
  if (names.empty()) return plan;
  const auto columns = static_cast<size_t>(plan->schema->num_fields());
  if (names.size() != columns)
    return ErrorAt(names.front().span,
                   fmt::format("{} names are given to {} columns", names.size(), columns),
                   HintOfNames("columns", "", plan->schema->field_names()));
  Project project;
  arrow::FieldVector fields;
  for (size_t i = 0; i < columns; ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (SameName(names[j].name, names[i].name))
        return ErrorAt(names[i].span, fmt::format("two columns are named '{}'", names[i].name));
    }
    const auto& field = plan->schema->field(static_cast<int>(i));
    project.expressions.push_back(std::make_shared<Expression>(Expression{
        ColumnReference{static_cast<int>(i)}, field->type(), field->nullable(), names[i].span}));
    fields.push_back(field->WithName(names[i].name));
  }
  return std::make_shared<Plan>(
      Plan{std::move(project), {std::move(plan)}, arrow::schema(std::move(fields))});
}

Result<PlanPtr> AnalyzeQuery(const ast::Query& query, QueryContext context) {
  const size_t outer = context.tables.size();
  for (const ast::CommonTable& table : query.tables) {
    for (size_t i = outer; i < context.tables.size(); ++i) {
      if (SameName(context.tables[i].name, table.name.name))
        return ErrorAt(table.name.span,
                       fmt::format("WITH gives the name '{}' twice", table.name.name));
    }
    ASSIGN_OR_RAISE(PlanPtr plan, AnalyzeQuery(*table.query, context));
    ASSIGN_OR_RAISE(plan, Renamed(std::move(plan), table.columns));
    context.tables.push_back({table.name.name, std::move(plan)});
  }
  std::vector<Branch> branches;
  std::vector<Diagnostic> errors;
  for (const ast::Query::Branch& branch : query.branches) {
    auto plan = AnalyzeSelect(branch.select, context);
    if (plan.ok()) {
      branches.push_back({*std::move(plan), branch.select.span, branch.distinct_union});
    } else {
      std::ranges::copy(DiagnosticsOf(plan.status()), std::back_inserter(errors));
    }
  }
  if (!errors.empty()) return UserError(std::move(errors));
  ASSIGN_OR_RAISE(PlanPtr plan, Unite(branches));
  return query.limit == 0 ? plan : FirstRows(query, std::move(plan), context.nodes);
}

}  // namespace headrace::sql
