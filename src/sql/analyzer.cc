#include "sql/analyzer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sql/names.h"
#include "sql/parser.h"
#include "sql/query_analyzer.h"

namespace headrace::sql {
namespace {

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

// Adds the relations that a query reads; `tables` are those that WITH defines around it.
void CollectRelations(const ast::Query& query, std::vector<std::string_view> tables,
                      std::vector<RelationName>* names) {
  for (const ast::CommonTable& table : query.tables) {
    CollectRelations(*table.query, tables, names);
    tables.push_back(table.name.name);
  }
  const auto add = [&](const ast::Relation& relation) {
    if (relation.query != nullptr) return CollectRelations(*relation.query, tables, names);
    const auto same = [&](std::string_view other) { return SameName(other, relation.name.name); };
    if (std::ranges::any_of(tables, same) || std::ranges::any_of(*names, same, &RelationName::name))
      return;
    names->push_back({relation.name.name, relation.name.span});
  };
  for (const ast::Query::Branch& branch : query.branches) {
    add(branch.select.from);
    for (const ast::Join& join : branch.select.joins) add(join.right);
  }
}

}  // namespace

Result<PlanPtr> Analyze(std::string_view statement, const Relations& relations) {
  ASSIGN_OR_RAISE(const ast::Query query, Parse(statement));
  int64_t nodes = 0;
  ASSIGN_OR_RAISE(PlanPtr plan, AnalyzeQuery(query, {relations, {}, &nodes}));
  RETURN_NOT_OK(CheckTypes(*plan, query.branches.front().select.span));
  return plan;
}

Result<std::vector<RelationName>> ReferencedRelations(std::string_view statement) {
  ASSIGN_OR_RAISE(const ast::Query query, Parse(statement));
  std::vector<RelationName> names;
  CollectRelations(query, {}, &names);
  return names;
}

}  // namespace headrace::sql
