#include "sql/join_condition.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "sql/coercion.h"
#include "sql/structure.h"

namespace headrace::sql {
namespace {

enum class Side { kNone, kLeft, kRight, kBoth };

// A timestamp that is a column or a field, and a constant.
struct TimeTerm {
  ExpressionPtr time;
  int64_t offset_us = 0;
};

bool IsPath(const Expression& expression) {
  if (const auto* access = std::get_if<FieldAccess>(&expression.node)) return IsPath(*access->base);
  return std::holds_alternative<ColumnReference>(expression.node);
}

std::optional<int64_t> DurationOf(const Expression& expression) {
  const auto* literal = std::get_if<Literal>(&expression.node);
  if (literal == nullptr || !literal->value->is_valid ||
      literal->value->type->id() != arrow::Type::DURATION)
    return std::nullopt;
  return static_cast<const arrow::DurationScalar&>(*literal->value).value;
}

std::optional<TimeTerm> TimeTermOf(const ExpressionPtr& expression) {
  if (!IsTimestamp(*expression->type)) return std::nullopt;
  if (IsPath(*expression)) return TimeTerm{expression, 0};
  const auto* call = std::get_if<Call>(&expression->node);
  if (call == nullptr || call->arguments.size() != 2 || (call->name != "+" && call->name != "-"))
    return std::nullopt;
  const auto duration = DurationOf(*call->arguments[1]);
  auto term = TimeTermOf(call->arguments[0]);
  if (!duration || !term) return std::nullopt;
  const bool overflow = call->name == "+"
                            ? __builtin_add_overflow(term->offset_us, *duration, &term->offset_us)
                            : __builtin_sub_overflow(term->offset_us, *duration, &term->offset_us);
  if (overflow) return std::nullopt;
  return term;
}

class Splitter {
 public:
  explicit Splitter(int left_columns) : left_columns_(left_columns) {}

  void Add(const ExpressionPtr& condition) {
    const auto* call = std::get_if<Call>(&condition->node);
    if (call == nullptr || call->arguments.size() != 2 || !AddComparison(*call, condition))
      out_.rest.push_back(condition);
  }

  JoinCondition Finish() { return std::move(out_); }

 private:
  Side SideOf(const Expression& expression) const {
    const std::set<int> columns = ColumnsOf(expression);
    if (columns.empty()) return Side::kNone;
    const bool left = *columns.begin() < left_columns_;
    const bool right = *columns.rbegin() >= left_columns_;
    if (left && right) return Side::kBoth;
    return left ? Side::kLeft : Side::kRight;
  }

  ExpressionPtr OverRight(const ExpressionPtr& expression) const {
    return MapColumns(expression, [&](int column) { return column - left_columns_; });
  }

  bool AddComparison(const Call& call, const ExpressionPtr& condition) {
    ExpressionPtr left = call.arguments[0];
    ExpressionPtr right = call.arguments[1];
    std::string name = call.name;
    if (SideOf(*left) == Side::kRight && SideOf(*right) == Side::kLeft) {
      std::swap(left, right);
      if (name.starts_with('<') && name != "<>" && name != "<=>") {
        name[0] = '>';
      } else if (name.starts_with('>')) {
        name[0] = '<';
      }
    }
    if (SideOf(*left) != Side::kLeft || SideOf(*right) != Side::kRight) return false;
    if (name == "=" || name == "<=>") {
      if (!left->type->Equals(*right->type)) return false;
      out_.keys.push_back({left, OverRight(right), name == "<=>"});
      return true;
    }
    return AddBound(name, left, right, condition);
  }

  // left + a < right + b says that right - left > a - b.
  bool AddBound(const std::string& name, const ExpressionPtr& left, const ExpressionPtr& right,
                const ExpressionPtr& condition) {
    if (name != "<" && name != "<=" && name != ">" && name != ">=") return false;
    const auto first = TimeTermOf(left);
    const auto second = TimeTermOf(right);
    if (!first || !second) return false;
    int64_t distance_us = 0;
    if (__builtin_sub_overflow(first->offset_us, second->offset_us, &distance_us)) return false;
    // Far from the ends of the range, so that sums with it are safe.
    constexpr int64_t kDistanceMaxUs = std::numeric_limits<int64_t>::max() / 8;
    if (distance_us > kDistanceMaxUs || distance_us < -kDistanceMaxUs) return false;
    JoinCondition::Bound& bound = BoundOf(first->time, OverRight(second->time));
    if (name[0] == '<') {
      const int64_t lower_us = name == "<" ? distance_us + 1 : distance_us;
      bound.lower_us = std::max(lower_us, bound.lower_us.value_or(lower_us));
    } else {
      const int64_t upper_us = name == ">" ? distance_us - 1 : distance_us;
      bound.upper_us = std::min(upper_us, bound.upper_us.value_or(upper_us));
    }
    bound.conditions.push_back(condition);
    return true;
  }

  JoinCondition::Bound& BoundOf(const ExpressionPtr& left, ExpressionPtr right) {
    for (JoinCondition::Bound& bound : out_.bounds) {
      if (SameExpression(bound.left, left) && SameExpression(bound.right, right)) return bound;
    }
    out_.bounds.push_back({left, std::move(right), std::nullopt, std::nullopt, {}});
    return out_.bounds.back();
  }

  const int left_columns_;
  JoinCondition out_;
};

}  // namespace

JoinCondition SplitCondition(const ExpressionPtr& condition, int left_columns) {
  Splitter splitter(left_columns);
  if (condition != nullptr) {
    for (const ExpressionPtr& one : Conjuncts(condition)) splitter.Add(one);
  }
  return splitter.Finish();
}

}  // namespace headrace::sql
