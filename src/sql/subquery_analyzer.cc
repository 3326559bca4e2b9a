#include "sql/subquery_analyzer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "sql/ast_walk.h"
#include "sql/coercion.h"
#include "sql/error.h"
#include "sql/expression_analyzer.h"
#include "sql/functions.h"
#include "sql/join_analyzer.h"
#include "sql/select_analyzer.h"
#include "sql/structure.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

// What a subquery reads, and which of its rows match a row outside.
struct Inner {
  PlanPtr plan;
  ExpressionPtr value;                    // of IN: the column, over those of the plan
  std::vector<ExpressionPtr> conditions;  // over the columns outside, then those of the plan
};

class SubqueryAnalyzer {
 public:
  SubqueryAnalyzer(const FromClause& outer, const SubqueryTest& test, Span span,
                   const QueryContext& context)
      : outer_(outer), test_(test), span_(span), context_(context) {}

  Result<PlanPtr> Join() const {
    ASSIGN_OR_RAISE(Inner inner, Read());
    if (test_.subquery->operand != nullptr) {
      ASSIGN_OR_RAISE(ExpressionPtr equal, Equal(*test_.subquery->operand, inner.value));
      inner.conditions.push_back(std::move(equal));
    }
    return MakeJoin(test_.negated ? JoinKind::kLeftAnti : JoinKind::kLeftSemi, outer_.plan,
                    inner.plan, inner.conditions);
  }

 private:
  int outer_columns() const { return outer_.plan->schema->num_fields(); }

  Result<Inner> Read() const {
    const ast::Query& query = *test_.subquery->query;
    if (query.branches.size() == 1 && query.tables.empty() && query.limit == 0) {
      const ast::Select& select = query.branches[0].select;
      ASSIGN_OR_RAISE(FromClause from, AnalyzeFrom(select, context_));
      if (std::ranges::any_of(ConjunctsOf(select.where), [&](const ast::ExpressionPtr& conjunct) {
            return IsCorrelated(*conjunct, from.scope);
          }))
        return ReadCorrelated(select, std::move(from));
      ASSIGN_OR_RAISE(PlanPtr plan, AnalyzeSelect(select, std::move(from), context_));
      return Whole(std::move(plan));
    }
    ASSIGN_OR_RAISE(PlanPtr plan, AnalyzeQuery(query, context_));
    return Whole(std::move(plan));
  }

  // All rows of the query.
  Result<Inner> Whole(PlanPtr plan) const {
    Inner inner{std::move(plan), nullptr, {}};
    if (test_.subquery->operand == nullptr) return inner;
    if (inner.plan->schema->num_fields() != 1)
      return ErrorAt(
          span_, fmt::format("the query of IN has {} columns", inner.plan->schema->num_fields()),
          "it must have one");
    const arrow::Field& field = *inner.plan->schema->field(0);
    inner.value = std::make_shared<Expression>(
        Expression{ColumnReference{0}, field.type(), field.nullable(), span_});
    return inner;
  }

  // Whether a condition of the query names something outside that the query doesn't know.
  bool IsCorrelated(const ast::Expression& condition, const Scope& inner) const {
    if (const auto* name = std::get_if<ast::Name>(&condition.node))
      return !inner.Knows(name->parts) && outer_.scope.Knows(name->parts);
    return std::ranges::any_of(ChildrenOf(condition), [&](const ast::ExpressionPtr& child) {
      return IsCorrelated(*child, inner);
    });
  }

  // Its conditions that name something outside are those of the join.
  Result<Inner> ReadCorrelated(const ast::Select& select, FromClause from) const {
    const auto holds_aggregate = [](const ast::SelectItem& item) {
      return HoldsAggregate(*item.expression);
    };
    if (!select.group_by.empty() || select.group_by_all || select.having != nullptr ||
        select.qualify != nullptr || std::ranges::any_of(select.items, holds_aggregate))
      return NotSupported(select.span, "a subquery that groups and names columns outside of it",
                          "group in a query of FROM or in a view, and compare with that");
    Inner inner;
    Scope both = outer_.scope;
    both.Merge({}, Hidden(from.scope));
    both.Append(from.scope);
    std::vector<ExpressionPtr> own;
    for (const ast::ExpressionPtr& conjunct : ConjunctsOf(select.where)) {
      if (SubqueryTestOf(*conjunct).subquery != nullptr) continue;  // is joined to `from`
      const bool correlated = IsCorrelated(*conjunct, from.scope);
      ASSIGN_OR_RAISE(ExpressionPtr condition, Analyze(*conjunct, correlated ? both : from.scope));
      if (condition->type->id() != arrow::Type::BOOL)
        return ErrorAt(conjunct->span, "the condition of WHERE must be BOOLEAN, this is " +
                                           TypeName(*condition->type));
      (correlated ? inner.conditions : own).push_back(std::move(condition));
    }
    inner.plan = own.empty() ? from.plan : PushFilter(Conjunction(own), from.plan);
    if (test_.subquery->operand == nullptr) return inner;
    if (select.items.size() != 1 ||
        std::holds_alternative<ast::Star>(select.items[0].expression->node))
      return ErrorAt(span_, "the query of IN must name one column");
    ASSIGN_OR_RAISE(inner.value, Analyze(*select.items[0].expression, from.scope));
    return inner;
  }

  // The columns outside whose name alone means one of the query.
  std::vector<int> Hidden(const Scope& inner) const {
    std::vector<int> hidden;
    for (int i = 0; i < outer_.scope.relation_columns(); ++i) {
      if (!inner.Find(outer_.scope.field(i)->name(), 0, inner.relation_columns()).empty())
        hidden.push_back(i);
    }
    return hidden;
  }

  Result<ExpressionPtr> Analyze(const ast::Expression& expression, const Scope& scope) const {
    return ExpressionAnalyzer(scope, {.clause = "WHERE"}, context_.nodes).Analyze(expression);
  }

  // NOT IN is only true where no comparison is unknown.
  Result<ExpressionPtr> Equal(const ast::Expression& operand, const ExpressionPtr& value) const {
    ASSIGN_OR_RAISE(ExpressionPtr left, Analyze(operand, outer_.scope));
    ExpressionPtr right =
        MapColumns(value, [this](int column) { return column + outer_columns(); });
    ASSIGN_OR_RAISE(ExpressionPtr equal,
                    ResolveCall("=", {std::move(left), std::move(right)}, span_));
    if (!test_.negated || !equal->nullable) return equal;
    return ResolveCall(
        "coalesce",
        {std::move(equal), MakeLiteral(std::make_shared<arrow::BooleanScalar>(true), span_)},
        span_);
  }

  const FromClause& outer_;
  const SubqueryTest test_;
  const Span span_;
  const QueryContext& context_;
};

}  // namespace

Result<FromClause> JoinSubqueries(FromClause from, const ast::Select& select,
                                  const QueryContext& context) {
  for (const ast::ExpressionPtr& conjunct : ConjunctsOf(select.where)) {
    const SubqueryTest test = SubqueryTestOf(*conjunct);
    if (test.subquery == nullptr) continue;
    ASSIGN_OR_RAISE(from.plan, SubqueryAnalyzer(from, test, conjunct->span, context).Join());
  }
  return from;
}

}  // namespace headrace::sql
