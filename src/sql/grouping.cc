#include "sql/grouping.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "sql/aggregate_functions.h"
#include "sql/coercion.h"
#include "sql/error.h"
#include "sql/plan_text.h"
#include "sql/structure.h"

namespace headrace::sql {
namespace {

ExpressionPtr Column(int index, std::shared_ptr<arrow::DataType> type, bool nullable, Span span) {
  return std::make_shared<Expression>(
      Expression{ColumnReference{index}, std::move(type), nullable, span});
}

// The two columns that say which grouping set a row is of.
std::shared_ptr<arrow::Field> SetField(int i) {
  return arrow::field(i == 0 ? "grouping_id()" : "grouping set", arrow::int64(), false);
}

// The columns below an Aggregate: each expression once, each name once.
class Columns {
 public:
  explicit Columns(const arrow::Schema& input) : input_(input) {}

  // What is added from now on is no column that is there already.
  void Seal() { shared_ = expressions_.size(); }

  int Add(const ExpressionPtr& expression) {
    for (size_t i = shared_; i < expressions_.size(); ++i) {
      if (SameExpression(expressions_[i], expression)) return static_cast<int>(i);
    }
    expressions_.push_back(expression);
    const std::string text = ExpressionText(*expression, input_);
    std::string name = text;
    for (int i = 2; !names_.insert(name).second; ++i) name = fmt::format("{} #{}", text, i);
    fields_.push_back(arrow::field(name, expression->type, expression->nullable));
    return static_cast<int>(expressions_.size()) - 1;
  }

  const std::shared_ptr<arrow::Field>& field(int i) const {
    return fields_[static_cast<size_t>(i)];
  }

  PlanPtr Over(PlanPtr input) {
    return std::make_shared<Plan>(Plan{
        Project{std::move(expressions_)}, {std::move(input)}, arrow::schema(std::move(fields_))});
  }

 private:
  const arrow::Schema& input_;
  std::vector<ExpressionPtr> expressions_;
  size_t shared_ = 0;
  std::set<std::string> names_;
  arrow::FieldVector fields_;
};

}  // namespace

bool WindowCall::Same(const WindowCall& other) const {
  return session == other.session && size_us == other.size_us && slide_us == other.slide_us &&
         start_us == other.start_us && SameExpression(time, other.time);
}

std::shared_ptr<arrow::DataType> WindowType() {
  return arrow::struct_(
      {arrow::field("start", TimestampType(), false), arrow::field("end", TimestampType(), false)});
}

void Grouping::SetColumns(int relation_columns) {
  relation_columns_ = relation_columns;
  columns_ = relation_columns + (window_ ? 1 : 0) + (sets_.empty() ? 0 : 1);
}

size_t Grouping::AddKey(ExpressionPtr key) {
  const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const ExpressionPtr& other) {
    return SameExpression(other, key);
  });
  const auto index = static_cast<size_t>(found - keys_.begin());
  if (found == keys_.end()) keys_.push_back(std::move(key));
  return index;
}

ExpressionPtr Grouping::GroupingIdColumn(Span span) const {
  return Column(columns_ - 1, arrow::int64(), false, span);
}

bool Grouping::KeyCanBeLeftOut(size_t key) const {
  return std::any_of(sets_.begin(), sets_.end(),
                     [key](const std::vector<bool>& set) { return !set[key]; });
}

ExpressionPtr Grouping::AddCall(const std::string& function, ExpressionPtr argument, bool distinct,
                                std::shared_ptr<arrow::DataType> type,
                                std::vector<double> parameters, Span span) {
  const auto same = [&](const CallOfGroup& call) {
    return call.function == function && call.distinct == distinct &&
           call.parameters == parameters && call.type->Equals(*type) &&
           (call.argument == nullptr || argument == nullptr
                ? call.argument == argument
                : SameExpression(call.argument, argument));
  };
  const auto found = std::find_if(calls_.begin(), calls_.end(), same);
  const int index = columns_ + static_cast<int>(found - calls_.begin());
  if (found == calls_.end())
    calls_.push_back({function, std::move(argument), distinct, type, std::move(parameters)});
  return Column(index, std::move(type), AggregateCanBeNull(function), span);
}

bool Grouping::UsesGroup(const Expression& expression) const {
  if (const auto* column = std::get_if<ColumnReference>(&expression.node))
    return column->index >= relation_columns_;
  const std::vector<ExpressionPtr> children = ChildrenOf(expression);
  return std::any_of(children.begin(), children.end(),
                     [&](const ExpressionPtr& child) { return UsesGroup(*child); });
}

PlanPtr Grouping::Lower(PlanPtr input) const {
  Columns columns(*input->schema);
  Aggregate aggregate;
  arrow::FieldVector fields;
  // A set nulls the first columns, and no others.
  if (has_sets()) {
    for (const ExpressionPtr& key : keys_) columns.Add(key);
    columns.Seal();
  }
  if (window_) {
    aggregate.window = Window{columns.Add(window_->time), window_->size_us, window_->slide_us,
                              window_->start_us, window_->session};
    fields.push_back(arrow::field(window_->column(), WindowType(), false));
  }
  for (size_t i = 0; i < keys_.size(); ++i) {
    aggregate.keys.push_back(has_sets() ? static_cast<int>(i) : columns.Add(keys_[i]));
    const auto& field = columns.field(aggregate.keys.back());
    fields.push_back(field->WithNullable(field->nullable() || KeyCanBeLeftOut(i)));
  }
  for (int i = 0; i < set_columns(); ++i) fields.push_back(SetField(i));
  for (const CallOfGroup& call : calls_) {
    AggregateCall lowered{call.function, std::nullopt, call.distinct, call.type, call.parameters};
    if (call.argument != nullptr) lowered.argument = columns.Add(call.argument);
    const std::string name =
        fmt::format("{}({}{}{}{})", call.function, call.distinct ? "DISTINCT " : "",
                    lowered.argument ? columns.field(*lowered.argument)->name() : "*",
                    call.parameters.empty() ? "" : ", ", fmt::join(call.parameters, ", "));
    fields.push_back(arrow::field(name, call.type, AggregateCanBeNull(call.function)));
    aggregate.calls.push_back(std::move(lowered));
  }
  PlanPtr below = columns.Over(std::move(input));
  if (has_sets()) {
    below = OverSets(std::move(below));
    const int sets = below->schema->num_fields() - set_columns();
    aggregate.keys.insert(aggregate.keys.end(), {sets, sets + 1});
  }
  return std::make_shared<Plan>(
      Plan{std::move(aggregate), {std::move(below)}, arrow::schema(std::move(fields))});
}

PlanPtr Grouping::OverSets(PlanPtr input) const {
  arrow::FieldVector fields = input->schema->fields();
  for (size_t i = 0; i < keys_.size(); ++i)
    fields[i] = fields[i]->WithNullable(fields[i]->nullable() || KeyCanBeLeftOut(i));
  for (int i = 0; i < set_columns(); ++i) fields.push_back(SetField(i));
  return std::make_shared<Plan>(
      Plan{GroupingSets{sets_}, {std::move(input)}, arrow::schema(std::move(fields))});
}

Result<ExpressionPtr> Grouping::OverGroups(const ExpressionPtr& expression) const {
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (SameExpression(keys_[i], expression))
      return Column(first_key() + static_cast<int>(i), expression->type,
                    expression->nullable || KeyCanBeLeftOut(i), expression->span);
  }
  if (const auto* column = std::get_if<ColumnReference>(&expression->node)) {
    if (column->index < relation_columns_) return NotGrouped(*expression);
    int index = first_call() + column->index - columns_;
    if (column->index < columns_)
      index = window_ && column->index == window_column() ? 0 : first_call() - set_columns();
    return Column(index, expression->type, expression->nullable, expression->span);
  }
  return WithChildren(expression, [this](const ExpressionPtr& child) { return OverGroups(child); });
}

Status Grouping::NotGrouped(const Expression& expression) const {
  return ErrorAt(expression.span,
                 keys_.empty() && !window_
                     ? "a column outside of an aggregate function, beside one, needs a GROUP BY"
                     : "this column is neither in GROUP BY nor inside an aggregate function",
                 "add it to GROUP BY, or say which value of the group to take: max(...), min(...)");
}

}  // namespace headrace::sql
