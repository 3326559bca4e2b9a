#include "sql/lineage.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "sql/structure.h"

namespace headrace::sql {
namespace {

using Paths = std::set<ColumnPath>;

// Where one column of a plan comes from. `copy`: it is that column, unchanged, so that its fields
// are those of the path.
struct Origin {
  std::optional<ColumnPath> copy;
  Paths direct;
};

// Of all columns of a plan; `rows` are the paths that decide which rows there are.
struct Origins {
  std::vector<Origin> columns;
  Paths rows;
};

Origin OriginOf(const Expression& expression, const std::vector<Origin>& input) {
  if (const auto* column = std::get_if<ColumnReference>(&expression.node))
    return input[static_cast<size_t>(column->index)];
  Origin origin;
  if (const auto* access = std::get_if<FieldAccess>(&expression.node)) {
    origin = OriginOf(*access->base, input);
    if (!origin.copy) return origin;
    origin.copy->path.push_back(access->field);
    origin.direct = {*origin.copy};
    return origin;
  }
  for (const ExpressionPtr& child : ChildrenOf(expression))
    origin.direct.merge(OriginOf(*child, input).direct);
  return origin;
}

Origins OriginsOf(const Plan& plan);

struct NodeOrigins {
  const Plan& plan;

  Origins Input() const { return OriginsOf(*plan.inputs.front()); }

  Origins operator()(const Scan& scan) const {
    Origins out;
    for (const auto& field : plan.schema->fields()) {
      const ColumnPath path{scan.relation, {field->name()}};
      out.columns.push_back({path, {path}});
    }
    return out;
  }

  Origins operator()(const Filter& filter) const {
    Origins out = Input();
    out.rows.merge(OriginOf(*filter.predicate, out.columns).direct);
    return out;
  }

  Origins operator()(const Project& project) const {
    Origins input = Input();
    Origins out{{}, std::move(input.rows)};
    for (const ExpressionPtr& expression : project.expressions)
      out.columns.push_back(OriginOf(*expression, input.columns));
    return out;
  }

  Origins operator()(const Aggregate& aggregate) const {
    Origins input = Input();
    Origins out{{}, std::move(input.rows)};
    const auto origin = [&](int column) { return input.columns[static_cast<size_t>(column)]; };
    if (aggregate.window) out.columns.push_back({{}, origin(aggregate.window->time_column).direct});
    for (const int key : aggregate.keys) out.columns.push_back(origin(key));
    for (const Origin& key : out.columns) out.rows.insert(key.direct.begin(), key.direct.end());
    for (const AggregateCall& call : aggregate.calls)
      out.columns.push_back({{}, call.argument ? origin(*call.argument).direct : Paths{}});
    return out;
  }

  // What groups a row by also says which rows there are: the Aggregate behind adds that.
  Origins operator()(const GroupingSets&) const {
    Origins out = Input();
    out.columns.resize(static_cast<size_t>(plan.schema->num_fields()));
    return out;
  }

  Origins operator()(const Generate&) const {
    Origins out = Input();
    const Paths elements = out.columns.back().direct;
    out.rows.insert(elements.begin(), elements.end());
    out.columns.pop_back();
    out.columns.resize(static_cast<size_t>(plan.schema->num_fields()), {{}, elements});
    return out;
  }

  Origins operator()(const Distinct&) const {
    Origins out = Input();
    for (const Origin& column : out.columns)
      out.rows.insert(column.direct.begin(), column.direct.end());
    return out;
  }

  Origins operator()(const Rank& rank) const {
    Origins out = Input();
    Paths deciding;
    const auto add = [&](int column) {
      const Paths& direct = out.columns[static_cast<size_t>(column)].direct;
      deciding.insert(direct.begin(), direct.end());
    };
    for (const int key : rank.partition) add(key);
    for (const SortColumn& one : rank.order) add(one.column);
    out.rows.insert(deciding.begin(), deciding.end());
    out.columns.push_back({{}, std::move(deciding)});
    return out;
  }

  Origins operator()(const RelationJoin& join) const {
    Origins out = Input();
    const size_t left = out.columns.size();
    Origins right = OriginsOf(*plan.inputs.back());
    out.rows.merge(std::move(right.rows));
    std::ranges::move(right.columns, std::back_inserter(out.columns));
    if (join.condition != nullptr) out.rows.merge(OriginOf(*join.condition, out.columns).direct);
    if (LeftOnly(join.kind)) out.columns.resize(left);
    return out;
  }

  Origins operator()(const UnionAll&) const {
    Origins out = Input();
    for (auto input = plan.inputs.begin() + 1; input != plan.inputs.end(); ++input) {
      Origins other = OriginsOf(**input);
      out.rows.merge(std::move(other.rows));
      for (size_t i = 0; i < out.columns.size(); ++i) {
        out.columns[i].copy.reset();
        out.columns[i].direct.merge(std::move(other.columns[i].direct));
      }
    }
    return out;
  }
};

Origins OriginsOf(const Plan& plan) { return std::visit(NodeOrigins{plan}, plan.node); }

bool HasProperPrefix(const Paths& paths, ColumnPath path) {
  while (path.path.size() > 1) {
    path.path.pop_back();
    if (paths.contains(path)) return true;
  }
  return false;
}

// Reduces fields to those that `paths` name from their element `depth` on.
arrow::FieldVector PruneFields(const arrow::FieldVector& fields,
                               const std::vector<const ColumnPath*>& paths, size_t depth) {
  arrow::FieldVector kept;
  for (const auto& field : fields) {
    std::vector<const ColumnPath*> below;
    bool whole = field->type()->id() != arrow::Type::STRUCT;
    for (const ColumnPath* path : paths) {
      if (path->path[depth] != field->name()) continue;
      below.push_back(path);
      whole = whole || path->path.size() == depth + 1;
    }
    if (below.empty()) continue;
    if (whole) {
      kept.push_back(field);
      continue;
    }
    kept.push_back(
        field->WithType(arrow::struct_(PruneFields(field->type()->fields(), below, depth + 1))));
  }
  return kept;
}

}  // namespace

std::vector<ColumnLineage> Lineage(const Plan& plan) {
  Origins origins = OriginsOf(plan);
  std::vector<ColumnLineage> out;
  for (size_t i = 0; i < origins.columns.size(); ++i) {
    ColumnLineage lineage;
    lineage.column = plan.schema->field(static_cast<int>(i))->name();
    lineage.direct = std::move(origins.columns[i].direct);
    std::ranges::set_difference(origins.rows, lineage.direct,
                                std::inserter(lineage.indirect, lineage.indirect.end()));
    out.push_back(std::move(lineage));
  }
  return out;
}

std::set<ColumnPath> ReadColumns(const Plan& plan) {
  Origins origins = OriginsOf(plan);
  Paths all = std::move(origins.rows);
  for (Origin& column : origins.columns) all.merge(std::move(column.direct));
  Paths out;
  std::ranges::copy_if(all, std::inserter(out, out.end()),
                       [&](const ColumnPath& path) { return !HasProperPrefix(all, path); });
  return out;
}

std::shared_ptr<arrow::Schema> Prune(const arrow::Schema& schema,
                                     const std::set<ColumnPath>& paths) {
  std::vector<const ColumnPath*> all;
  for (const ColumnPath& path : paths) all.push_back(&path);
  return arrow::schema(PruneFields(schema.fields(), all, 0), schema.metadata());
}

}  // namespace headrace::sql
