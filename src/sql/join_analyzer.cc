#include "sql/join_analyzer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "sql/error.h"
#include "sql/expression_analyzer.h"
#include "sql/functions.h"
#include "sql/names.h"
#include "sql/structure.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

using Conditions = std::vector<ExpressionPtr>;

// Conditions on the two sides of a join, by what they may be moved to.
struct Sides {
  Conditions left;   // over the columns of the left input
  Conditions right;  // over those of the right input
  Conditions both;   // over all columns
};

// Distributes conditions over the columns of both inputs, of which `left_columns` are the left
// ones. One that reads no column belongs to both.
Sides Distribute(const Conditions& conditions, int left_columns) {
  Sides sides;
  for (const ExpressionPtr& one : conditions) {
    const std::set<int> columns = ColumnsOf(*one);
    if (columns.empty() || (*columns.begin() < left_columns && *columns.rbegin() >= left_columns)) {
      sides.both.push_back(one);
    } else if (*columns.begin() < left_columns) {
      sides.left.push_back(one);
    } else {
      sides.right.push_back(MapColumns(one, [&](int column) { return column - left_columns; }));
    }
  }
  return sides;
}

ExpressionPtr OverBoth(const ExpressionPtr& right_condition, int left_columns) {
  return MapColumns(right_condition, [&](int column) { return column + left_columns; });
}

PlanPtr PushAll(const Conditions& conditions, const PlanPtr& plan) {
  return conditions.empty() ? plan : PushFilter(Conjunction(conditions), plan);
}

std::shared_ptr<arrow::Schema> JoinedSchema(JoinKind kind, const arrow::Schema& left,
                                            const arrow::Schema& right) {
  arrow::FieldVector fields;
  for (const auto& field : left.fields())
    fields.push_back(KeepsRight(kind) ? field->WithNullable(true) : field);
  if (LeftOnly(kind)) return arrow::schema(std::move(fields));
  for (const auto& field : right.fields())
    fields.push_back(KeepsLeft(kind) ? field->WithNullable(true) : field);
  return arrow::schema(std::move(fields));
}

// Two columns, one a side, that USING makes one.
struct Shared {
  int left;
  int right;
  Span span;
};

class JoinAnalyzer {
 public:
  explicit JoinAnalyzer(int64_t* nodes) : nodes_(nodes) {}

  Result<FromClause> Join(FromClause left, const ast::Join& join, FromClause right) const {
    const int left_columns = left.scope.relation_columns();
    Scope scope = left.scope;
    scope.Append(right.scope);
    const int columns = scope.relation_columns();
    std::vector<Shared> shared;
    if (join.natural) {
      ASSIGN_OR_RAISE(shared, NaturalColumns(scope, left_columns, join.span));
    } else {
      ASSIGN_OR_RAISE(shared, UsingColumns(scope, left_columns, join));
    }
    Conditions conditions;
    for (const Shared& pair : shared) {
      ASSIGN_OR_RAISE(ExpressionPtr equal, ResolveCall("=",
                                                       {scope.ColumnAt(pair.left, pair.span),
                                                        scope.ColumnAt(pair.right, pair.span)},
                                                       pair.span));
      conditions.push_back(std::move(equal));
    }
    if (join.on != nullptr) {
      ASSIGN_OR_RAISE(ExpressionPtr on, AnalyzeOn(scope, *join.on));
      conditions = Conjuncts(on);
    }
    PlanPtr plan = MakeJoin(join.kind, left.plan, right.plan, conditions);
    if (LeftOnly(join.kind)) return FromClause{std::move(plan), std::move(left.scope)};
    if (KeepsRight(join.kind)) scope.SetNullable(0, left_columns);
    if (KeepsLeft(join.kind)) scope.SetNullable(left_columns, columns);
    ASSIGN_OR_RAISE(plan, Merge(join.kind, shared, std::move(plan), &scope));
    return FromClause{std::move(plan), std::move(scope)};
  }

 private:
  Result<ExpressionPtr> AnalyzeOn(const Scope& scope, const ast::Expression& on) const {
    ASSIGN_OR_RAISE(ExpressionPtr condition,
                    ExpressionAnalyzer(scope, {.clause = "ON"}, nodes_).Analyze(on));
    if (condition->type->id() == arrow::Type::NA)
      return ResolveCast(condition, arrow::boolean(), false, on.span);
    if (condition->type->id() == arrow::Type::BOOL) return condition;
    return ErrorAt(on.span, fmt::format("the condition of ON must be BOOLEAN, this is {}",
                                        TypeName(*condition->type)));
  }

  static Result<int> ColumnOf(const Scope& scope, const ast::Identifier& name, int begin, int end,
                              std::string_view side) {
    const std::vector<int> found = scope.Find(name.name, begin, end);
    if (found.size() == 1) return found[0];
    if (found.empty())
      return ErrorAt(name.span,
                     fmt::format("the column '{}' of USING is not on the {} side", name.name, side),
                     "both sides need it; or write ON with the name of each");
    return ErrorAt(name.span, fmt::format("the column '{}' of USING is ambiguous on the {} side",
                                          name.name, side));
  }

  static Result<std::vector<Shared>> UsingColumns(const Scope& scope, int left_columns,
                                                  const ast::Join& join) {
    std::vector<Shared> shared;
    for (const ast::Identifier& name : join.using_) {
      ASSIGN_OR_RAISE(const int left, ColumnOf(scope, name, 0, left_columns, "left"));
      ASSIGN_OR_RAISE(const int right,
                      ColumnOf(scope, name, left_columns, scope.relation_columns(), "right"));
      shared.push_back({left, right, name.span});
    }
    return shared;
  }

  static Result<std::vector<Shared>> NaturalColumns(const Scope& scope, int left_columns,
                                                    Span span) {
    std::vector<Shared> shared;
    for (int left = 0; left < left_columns; ++left) {
      const ast::Identifier name{scope.field(left)->name(), span};
      if (scope.Find(name.name, left, left + 1).empty() ||
          scope.Find(name.name, left_columns, scope.relation_columns()).empty())
        continue;
      ASSIGN_OR_RAISE(const int right,
                      ColumnOf(scope, name, left_columns, scope.relation_columns(), "right"));
      shared.push_back({left, right, span});
    }
    return shared;
  }

  // Makes one column of each pair: the one that is there; of a full join whichever is.
  static Result<PlanPtr> Merge(JoinKind kind, const std::vector<Shared>& shared, PlanPtr plan,
                               Scope* scope) {
    if (shared.empty()) return plan;
    std::vector<int> merged;
    std::vector<int> hidden;
    Project project;
    arrow::FieldVector fields = plan->schema->fields();
    for (int i = 0; i < plan->schema->num_fields(); ++i)
      project.expressions.push_back(scope->ColumnAt(i, {}));
    for (const Shared& pair : shared) {
      hidden.push_back(kind == JoinKind::kRight ? pair.left : pair.right);
      merged.push_back(kind == JoinKind::kRight ? pair.right : pair.left);
      if (kind != JoinKind::kFull) continue;
      ASSIGN_OR_RAISE(ExpressionPtr either, ResolveCall("coalesce",
                                                        {scope->ColumnAt(pair.left, pair.span),
                                                         scope->ColumnAt(pair.right, pair.span)},
                                                        pair.span));
      const auto& name = scope->field(pair.left)->name();
      fields.push_back(arrow::field(name, either->type, either->nullable));
      project.expressions.push_back(std::move(either));
      hidden.push_back(pair.left);
      merged.back() = scope->AddMerged(fields.back());
    }
    scope->Merge(merged, hidden);
    if (kind != JoinKind::kFull) return plan;
    return std::make_shared<Plan>(
        Plan{std::move(project), {std::move(plan)}, arrow::schema(std::move(fields))});
  }

  int64_t* nodes_;
};

}  // namespace

PlanPtr MakeJoin(JoinKind kind, const PlanPtr& left, const PlanPtr& right,
                 const Conditions& conditions) {
  const int left_columns = left->schema->num_fields();
  Sides sides = Distribute(conditions, left_columns);
  const bool asks_left =
      kind == JoinKind::kInner || kind == JoinKind::kRight || kind == JoinKind::kLeftSemi;
  const bool asks_right = !KeepsRight(kind);
  PlanPtr left_input = left;
  PlanPtr right_input = right;
  if (asks_left) {
    left_input = PushAll(sides.left, left);
  } else {
    std::ranges::copy(sides.left, std::back_inserter(sides.both));
  }
  if (asks_right) {
    right_input = PushAll(sides.right, right);
  } else {
    for (const ExpressionPtr& one : sides.right) sides.both.push_back(OverBoth(one, left_columns));
  }
  auto schema = JoinedSchema(kind, *left->schema, *right->schema);
  return std::make_shared<Plan>(Plan{RelationJoin{kind, Conjunction(sides.both)},
                                     {std::move(left_input), std::move(right_input)},
                                     std::move(schema)});
}

PlanPtr PushFilter(const ExpressionPtr& predicate, const PlanPtr& plan) {
  const auto* join = std::get_if<RelationJoin>(&plan->node);
  if (join == nullptr) return std::make_shared<Plan>(Plan{Filter{predicate}, {plan}, plan->schema});
  const int left_columns = plan->inputs[0]->schema->num_fields();
  Sides sides = Distribute(Conjuncts(predicate), left_columns);
  if (join->kind == JoinKind::kInner) {
    Conditions conditions;
    if (join->condition != nullptr) conditions = Conjuncts(join->condition);
    std::ranges::copy(sides.both, std::back_inserter(conditions));
    return MakeJoin(join->kind, PushAll(sides.left, plan->inputs[0]),
                    PushAll(sides.right, plan->inputs[1]), conditions);
  }
  std::vector<PlanPtr> inputs = plan->inputs;
  if (KeepsRight(join->kind)) {
    std::ranges::copy(sides.left, std::back_inserter(sides.both));
  } else {
    inputs[0] = PushAll(sides.left, inputs[0]);
  }
  if (join->kind == JoinKind::kRight) {
    inputs[1] = PushAll(sides.right, inputs[1]);
  } else {
    for (const ExpressionPtr& one : sides.right) sides.both.push_back(OverBoth(one, left_columns));
  }
  const auto joined = std::make_shared<Plan>(Plan{*join, std::move(inputs), plan->schema});
  if (sides.both.empty()) return joined;
  return std::make_shared<Plan>(Plan{Filter{Conjunction(sides.both)}, {joined}, plan->schema});
}

Result<FromClause> AnalyzeJoins(FromClause from, const std::vector<ast::Join>& joins,
                                const std::function<Result<FromClause>(const ast::Relation&)>& read,
                                int64_t* nodes) {
  for (const ast::Join& join : joins) {
    ASSIGN_OR_RAISE(FromClause right, read(join.right));
    ASSIGN_OR_RAISE(from, JoinAnalyzer(nodes).Join(std::move(from), join, std::move(right)));
  }
  return from;
}

}  // namespace headrace::sql
