#include "sql/analyzer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "sql/coercion.h"
#include "sql/error.h"
#include "sql/functions.h"
#include "sql/names.h"
#include "sql/parser.h"
#include "sql/select_analyzer.h"

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

// What a view offers must have types that its readers can store.
Status CheckTypes(const Plan& plan, Span span) {
  std::vector<Diagnostic> errors;
  for (const auto& field : plan.schema->fields()) {
    if (field->type()->id() == arrow::Type::NA)
      errors.push_back(
          {fmt::format("the column '{}' is always NULL and has no type", field->name()),
           "give it one: CAST(NULL AS STRING)", span});
  }
  return errors.empty() ? Status::OK() : UserError(std::move(errors));
}

}  // namespace

Result<PlanPtr> Analyze(std::string_view statement, const Relations& relations) {
  ASSIGN_OR_RAISE(const ast::Query query, Parse(statement));
  std::vector<Branch> branches;
  std::vector<Diagnostic> errors;
  int64_t nodes = 0;
  for (const ast::Query::Branch& branch : query.branches) {
    auto plan = AnalyzeSelect(branch.select, relations, &nodes);
    if (plan.ok()) {
      branches.push_back({*std::move(plan), branch.select.span, branch.distinct_union});
    } else {
      std::ranges::copy(DiagnosticsOf(plan.status()), std::back_inserter(errors));
    }
  }
  if (!errors.empty()) return UserError(std::move(errors));
  ASSIGN_OR_RAISE(PlanPtr plan, Unite(branches));
  RETURN_NOT_OK(CheckTypes(*plan, query.branches.front().select.span));
  return plan;
}

Result<std::vector<RelationName>> ReferencedRelations(std::string_view statement) {
  ASSIGN_OR_RAISE(const ast::Query query, Parse(statement));
  std::vector<RelationName> names;
  for (const ast::Query::Branch& branch : query.branches) {
    const ast::Identifier& name = branch.select.from.name;
    const bool known = std::ranges::any_of(
        names, [&](const RelationName& other) { return SameName(other.name, name.name); });
    if (!known) names.push_back({name.name, name.span});
  }
  return names;
}

}  // namespace headrace::sql
