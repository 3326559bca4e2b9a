#include "sql/from_analyzer.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include "sql/error.h"
#include "sql/generator.h"
#include "sql/join_analyzer.h"
#include "sql/names.h"
#include "sql/subquery_analyzer.h"

namespace headrace::sql {
namespace {

// What a name in FROM stands for: what it is called where it was made, and what yields its rows.
struct Named {
  std::string name;
  PlanPtr plan;
};

Result<Named> Find(const ast::Identifier& name, const QueryContext& context) {
  for (const QueryContext::Table& table : std::views::reverse(context.tables)) {
    if (SameName(table.name, name.name)) return Named{table.name, table.plan};
  }
  const Relations& relations = context.relations;
  auto found = relations.find(name.name);
  if (found == relations.end())
    found = std::ranges::find_if(
        relations, [&](const auto& relation) { return SameName(relation.first, name.name); });
  if (found != relations.end())
    return Named{found->first, std::make_shared<Plan>(Plan{Scan{found->first}, {}, found->second})};
  std::vector<std::string> names;
  for (const auto& relation : relations) names.push_back(relation.first);
  for (const auto& table : context.tables) names.push_back(table.name);
  return ErrorAt(
      name.span, fmt::format("unknown source or view '{}'", name.name),
      names.empty() ? "there are none" : HintOfNames("sources and views", name.name, names));
}

Result<FromClause> AnalyzeRelation(const ast::Relation& from, const QueryContext& context) {
  Named named{from.alias ? from.alias->name : "the subquery", nullptr};
  if (from.query != nullptr) {
    ASSIGN_OR_RAISE(named.plan, AnalyzeQuery(*from.query, context));
  } else {
    ASSIGN_OR_RAISE(named, Find(from.name, context));
  }
  ASSIGN_OR_RAISE(named.plan, Renamed(std::move(named.plan), from.columns));
  Scope scope(named.name, from, *named.plan->schema);
  return FromClause{std::move(named.plan), std::move(scope)};
}

}  // namespace

Result<FromClause> AnalyzeFrom(const ast::Select& select, const QueryContext& context) {
  const auto read = [&](const ast::Relation& relation) {
    return AnalyzeRelation(relation, context);
  };
  ASSIGN_OR_RAISE(FromClause out, read(select.from));
  ASSIGN_OR_RAISE(out, AnalyzeJoins(std::move(out), select.joins, read, context.nodes));
  for (const ast::LateralView& view : select.lateral_views) {
    ASSIGN_OR_RAISE(Generator generator, AnalyzeGenerator(out.scope, *view.generator, view.outer,
                                                          view.columns, context.nodes));
    const std::string name = view.name
                                 ? view.name->name
                                 : Lower(std::get<ast::Function>(view.generator->node).name.name);
    out.scope.AddGenerated(name, generator.columns);
    out.plan = OverGenerator(std::move(out.plan), std::move(generator));
  }
  return JoinSubqueries(std::move(out), select, context);
}

}  // namespace headrace::sql
