#include "sql/window_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sql/error.h"
#include "sql/expression_analyzer.h"
#include "sql/functions.h"
#include "sql/names.h"
#include "sql/structure.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

// Stands for the column of a window function; its argument is the number of the function.
constexpr std::string_view kPlaceholder = "window_function";

bool SameOrder(const WindowFunctions::Order& a, const WindowFunctions::Order& b) {
  return a.descending == b.descending && a.nulls_first == b.nulls_first &&
         SameExpression(a.expression, b.expression);
}

// Columns of a Project: those of an input, and expressions over them behind.
class Columns {
 public:
  explicit Columns(const PlanPtr& input) : input_(input), fields_(input->schema->fields()) {
    for (int i = 0; i < input->schema->num_fields(); ++i) {
      const auto& field = input->schema->field(i);
      project_.expressions.push_back(std::make_shared<Expression>(
          Expression{ColumnReference{i}, field->type(), field->nullable(), {}}));
    }
  }

  int Add(const ExpressionPtr& expression) {
    const auto known = std::ranges::find_if(project_.expressions, [&](const ExpressionPtr& other) {
      return SameExpression(other, expression);
    });
    if (known != project_.expressions.end())
      return static_cast<int>(known - project_.expressions.begin());
    fields_.push_back(arrow::field("order", expression->type, expression->nullable));
    project_.expressions.push_back(expression);
    return static_cast<int>(fields_.size()) - 1;
  }

  // Returns the Project, or the input where nothing was added.
  PlanPtr Finish() {
    if (static_cast<int>(fields_.size()) == input_->schema->num_fields()) return input_;
    return std::make_shared<Plan>(Plan{std::move(project_), {input_}, arrow::schema(fields_)});
  }

 private:
  PlanPtr input_;
  arrow::FieldVector fields_;
  Project project_;
};

// Returns the first `columns` columns of a plan, and its last one.
PlanPtr WithoutOrder(const PlanPtr& plan, int columns) {
  const int last = plan->schema->num_fields() - 1;
  if (last == columns) return plan;
  Project project;
  arrow::FieldVector fields;
  for (int i = 0; i <= last; ++i) {
    if (i >= columns && i != last) continue;
    const auto& field = plan->schema->field(i);
    fields.push_back(field);
    project.expressions.push_back(std::make_shared<Expression>(
        Expression{ColumnReference{i}, field->type(), field->nullable(), {}}));
  }
  return std::make_shared<Plan>(Plan{std::move(project), {plan}, arrow::schema(fields)});
}

}  // namespace

ExpressionPtr WindowFunctions::Add(const std::string& function,
                                   std::vector<ExpressionPtr> partition, std::vector<Order> order,
                                   Span span) {
  const auto known = std::ranges::find_if(calls_, [&](const CallOfWindow& call) {
    return call.function == function &&
           std::ranges::equal(call.partition, partition, SameExpression) &&
           std::ranges::equal(call.order, order, SameOrder);
  });
  const auto number = static_cast<int32_t>(known - calls_.begin());
  if (known == calls_.end()) calls_.push_back({function, std::move(partition), std::move(order)});
  return std::make_shared<Expression>(
      Expression{Call{std::string(kPlaceholder),
                      {MakeLiteral(std::make_shared<arrow::Int32Scalar>(number), span)}},
                 arrow::int32(), false, span});
}

Status WindowFunctions::Map(const std::function<Result<ExpressionPtr>(const ExpressionPtr&)>& map) {
  for (CallOfWindow& call : calls_) {
    for (ExpressionPtr& key : call.partition) {
      ASSIGN_OR_RAISE(key, map(key));
    }
    for (Order& order : call.order) {
      ASSIGN_OR_RAISE(order.expression, map(order.expression));
    }
  }
  return Status::OK();
}

PlanPtr WindowFunctions::Lower(PlanPtr input) const {
  for (const CallOfWindow& call : calls_) {
    const int columns = input->schema->num_fields();
    Columns project(input);
    Rank rank{call.function, {}, {}};
    for (const ExpressionPtr& key : call.partition) rank.partition.push_back(project.Add(key));
    for (const Order& order : call.order)
      rank.order.push_back({project.Add(order.expression), order.descending, order.nulls_first});
    PlanPtr computed = project.Finish();
    arrow::FieldVector fields = computed->schema->fields();
    fields.push_back(arrow::field(call.function, arrow::int32(), false));
    input =
        WithoutOrder(std::make_shared<Plan>(Plan{
                         std::move(rank), {std::move(computed)}, arrow::schema(std::move(fields))}),
                     columns);
  }
  return input;
}

ExpressionPtr WindowFunctions::Place(const ExpressionPtr& expression, int input_columns) {
  if (const auto* call = std::get_if<Call>(&expression->node);
      call != nullptr && call->name == kPlaceholder) {
    const auto& number = std::get<Literal>(call->arguments[0]->node);
    auto column = std::make_shared<Expression>(*expression);
    column->node = ColumnReference{input_columns +
                                   static_cast<const arrow::Int32Scalar&>(*number.value).value};
    return column;
  }
  // The replacement of a child never fails, nor does that of the whole.
  return *WithChildren(expression, [&](const ExpressionPtr& child) -> Result<ExpressionPtr> {
    return Place(child, input_columns);
  });
}

bool IsRankingFunction(std::string_view function) {
  return SameName(function, "row_number") || SameName(function, "rank") ||
         SameName(function, "dense_rank");
}

Result<ExpressionPtr> ExpressionAnalyzer::WindowFunction(const ast::Function& call, Span span) {
  if (!IsRankingFunction(call.name.name))
    return NotSupported(call.name.span, Lower(call.name.name) + " as a window function (OVER)");
  if (rules_.windows == nullptr || in_aggregate_)
    return ErrorAt(span, "a window function stands only in SELECT and QUALIFY",
                   "filter by it with QUALIFY, or in a query around this one");
  if (!call.arguments.empty())
    return ErrorAt(span, fmt::format("{} takes no argument", Lower(call.name.name)));
  if (call.over->order_by.empty())
    return ErrorAt(call.over->span, fmt::format("{} needs an ORDER BY", Lower(call.name.name)));
  ASSIGN_OR_RAISE(std::vector<ExpressionPtr> partition, AnalyzeAll(call.over->partition_by));
  std::vector<WindowFunctions::Order> order;
  for (const ast::SortItem& item : call.over->order_by) {
    ASSIGN_OR_RAISE(ExpressionPtr expression, Analyze(*item.expression));
    if (!IsComparable(*expression->type) || IsNestedType(*expression->type))
      return ErrorAt(item.expression->span,
                     "ORDER BY cannot compare values of type " + TypeName(*expression->type));
    order.push_back({std::move(expression), item.descending, item.nulls_first});
  }
  for (const ExpressionPtr& key : partition) {
    if (!IsComparable(*key->type))
      return ErrorAt(key->span,
                     "PARTITION BY cannot compare values of type " + TypeName(*key->type));
  }
  return rules_.windows->Add(Lower(call.name.name), std::move(partition), std::move(order), span);
}

}  // namespace headrace::sql
