#include "engine/join_layout.h"

#include <algorithm>

#include "sql/structure.h"

namespace headrace::engine {
namespace {

sql::ExpressionPtr ColumnAt(const arrow::Schema& schema, int column) {
  auto expression = std::make_shared<sql::Expression>();
  expression->node = sql::ColumnReference{column};
  expression->type = schema.field(column)->type();
  expression->nullable = schema.field(column)->nullable();
  return expression;
}

// How much of the state a bound ends: 2 both sides, 0 none.
int Worth(const JoinSpec::Bound& bound) {
  return (bound.EndsLeft() ? 1 : 0) + (bound.EndsRight() ? 1 : 0);
}

}  // namespace

JoinLayout::JoinLayout(const sql::Plan& plan, const std::set<int>& used) {
  const auto& join = std::get<sql::RelationJoin>(plan.node);
  kind_ = join.kind;
  left_columns_ = plan.inputs[0]->schema->num_fields();
  condition_ = sql::SplitCondition(join.condition, left_columns_);
  const auto place_column = [&](int column) {
    const int side = column < left_columns_ ? 0 : 1;
    const int own = side == 0 ? column : column - left_columns_;
    return std::pair<int, int>(side, Place(side, ColumnAt(*plan.inputs[side]->schema, own)));
  };
  for (const int column : used) outputs_.push_back(place_column(column));
  for (const auto& key : condition_.keys) {
    Place(0, key.left);
    Place(1, key.right);
  }
  for (const auto& bound : condition_.bounds) {
    Place(0, bound.left);
    Place(1, bound.right);
    for (const auto& one : bound.conditions) {
      for (const int column : sql::ColumnsOf(*one)) place_column(column);
    }
  }
  for (const auto& one : condition_.rest) {
    for (const int column : sql::ColumnsOf(*one)) place_column(column);
  }
  // A batch needs a column to have rows.
  for (int side = 0; side < 2; ++side) {
    if (columns_[side].empty()) Place(side, ColumnAt(*plan.inputs[side]->schema, 0));
  }
}

int JoinLayout::PlaceOf(int side, const sql::ExpressionPtr& expression) const {
  const auto found = std::find_if(
      columns_[side].begin(), columns_[side].end(),
      [&](const sql::ExpressionPtr& other) { return sql::SameExpression(other, expression); });
  return static_cast<int>(found - columns_[side].begin());
}

int JoinLayout::Place(int side, const sql::ExpressionPtr& expression) {
  const int place = PlaceOf(side, expression);
  if (static_cast<size_t>(place) == columns_[side].size()) columns_[side].push_back(expression);
  return place;
}

JoinSpec::Bound JoinLayout::MakeBound(const sql::JoinCondition::Bound& bound,
                                      const EventTimes& left, const EventTimes& right) const {
  JoinSpec::Bound made;
  made.left = PlaceOf(0, bound.left);
  made.right = PlaceOf(1, bound.right);
  made.lower_us = bound.lower_us;
  made.upper_us = bound.upper_us;
  made.left_time = BoundAt(left, made.left);
  made.right_time = BoundAt(right, made.right);
  return made;
}

// Returns the bound that ends most of the state: one that was written (`chosen` says which), or two
// event times that must be equal.
std::optional<JoinSpec::Bound> JoinLayout::ChooseBound(const EventTimes& left,
                                                       const EventTimes& right,
                                                       size_t* chosen) const {
  std::optional<JoinSpec::Bound> best;
  *chosen = condition_.bounds.size();
  for (size_t i = 0; i < condition_.bounds.size(); ++i) {
    const JoinSpec::Bound bound = MakeBound(condition_.bounds[i], left, right);
    if (Worth(bound) == 0 || (best.has_value() && Worth(bound) <= Worth(*best))) continue;
    best = bound;
    *chosen = i;
  }
  for (const auto& key : condition_.keys) {
    if (key.null_safe) continue;
    const JoinSpec::Bound bound = MakeBound({key.left, key.right, 0, 0, {}}, left, right);
    if (Worth(bound) == 0 || (best.has_value() && Worth(bound) <= Worth(*best))) continue;
    best = bound;
    *chosen = condition_.bounds.size();
  }
  return best;
}

JoinSpec JoinLayout::MakeSpec(const EventTimes& left, const EventTimes& right) const {
  const int places_left = static_cast<int>(columns_[0].size());
  JoinSpec spec;
  spec.kind = kind_;
  spec.left_columns = places_left;
  for (const auto& key : condition_.keys) {
    spec.keys.push_back({PlaceOf(0, key.left), PlaceOf(1, key.right), key.null_safe});
  }
  size_t chosen = 0;
  spec.bound = ChooseBound(left, right, &chosen);
  std::vector<sql::ExpressionPtr> rest = condition_.rest;
  for (size_t i = 0; i < condition_.bounds.size(); ++i) {
    if (i == chosen) continue;
    const auto& conditions = condition_.bounds[i].conditions;
    rest.insert(rest.end(), conditions.begin(), conditions.end());
  }
  const auto place = [&](int column) {
    for (int side = 0; side < 2; ++side) {
      const int own = side == 0 ? column : column - left_columns_;
      if (side == 0 && column >= left_columns_) continue;
      for (size_t i = 0; i < columns_[side].size(); ++i) {
        const auto* known = std::get_if<sql::ColumnReference>(&columns_[side][i]->node);
        if (known != nullptr && known->index == own) {
          return static_cast<int>(i) + (side == 0 ? 0 : places_left);
        }
      }
    }
    return -1;
  };
  if (!rest.empty()) spec.residual = sql::MapColumns(sql::Conjunction(rest), place);
  for (const auto& [side, column] : outputs_) {
    spec.outputs.push_back(side == 0 ? column : places_left + column);
  }
  return spec;
}

}  // namespace headrace::engine
