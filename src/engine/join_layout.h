// What a join keeps of its two inputs, and where its condition finds it: from the plan of the join
// and the columns of its result that are read.
#pragma once

#include <set>
#include <vector>

#include "engine/event_time.h"
#include "engine/join.h"
#include "sql/join_condition.h"
#include "sql/plan.h"

namespace headrace::engine {

class JoinLayout {
 public:
  // `plan` is a sql::RelationJoin; `used` are the columns of its result that are read.
  JoinLayout(const sql::Plan& plan, const std::set<int>& used);

  // What the operator has to be given of input `side`, over the columns of that input.
  const std::vector<sql::ExpressionPtr>& columns(int side) const { return columns_[side]; }

  // Says what the operator does with it, where `left` and `right` are the event times of those
  // columns. Its outputs are the columns that are used, in their order.
  JoinSpec MakeSpec(const EventTimes& left, const EventTimes& right) const;

 private:
  int Place(int side, const sql::ExpressionPtr& expression);
  int PlaceOf(int side, const sql::ExpressionPtr& expression) const;
  JoinSpec::Bound MakeBound(const sql::JoinCondition::Bound& bound, const EventTimes& left,
                            const EventTimes& right) const;
  std::optional<JoinSpec::Bound> ChooseBound(const EventTimes& left, const EventTimes& right,
                                             size_t* chosen) const;

  sql::JoinKind kind_;
  int left_columns_;
  sql::JoinCondition condition_;
  std::vector<sql::ExpressionPtr> columns_[2];
  std::vector<std::pair<int, int>> outputs_;  // side, place
};

}  // namespace headrace::engine
