#include "sql/plan_text.h"

#include <arrow/type_traits.h>
#include <arrow/util/string.h>
#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include "sql/names.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

// Operators that stand between two operands.
constexpr std::array<std::string_view, 22> kInfix = {
    "&",  "|", "^", "+",  "-",  "*",   "/",   "%",  "div",  "||",    "=",
    "<>", "<", ">", "<=", ">=", "<=>", "and", "or", "like", "ilike", "rlike"};

bool IsInfix(std::string_view name) {
  for (const std::string_view infix : kInfix) {
    if (infix == name) return true;
  }
  return false;
}

std::string LiteralText(const arrow::Scalar& value) {
  if (!value.is_valid) return "NULL";
  const std::string text = value.ToString();
  switch (value.type->id()) {
    case arrow::Type::STRING:
      return fmt::format("'{}'", text);
    case arrow::Type::BINARY:
      return fmt::format("X'{}'", arrow::HexEncode(text));
    case arrow::Type::DATE32:
      return fmt::format("DATE '{}'", text);
    case arrow::Type::TIMESTAMP:
      return fmt::format("{} '{}'", TypeName(*value.type), text);
    case arrow::Type::DURATION:
      return fmt::format("INTERVAL '{}'",
                         DurationText(static_cast<const arrow::DurationScalar&>(value).value));
    case arrow::Type::INTERVAL_MONTHS:
      return fmt::format("INTERVAL '{} months'",
                         static_cast<const arrow::MonthIntervalScalar&>(value).value);
    default:
      return text;
  }
}

class Printer {
 public:
  explicit Printer(const arrow::Schema& input) : input_(input) {}

  std::string Print(const Expression& expression) const {
    return std::visit([&](const auto& node) { return Node(node, expression); }, expression.node);
  }

 private:
  std::string Node(const ColumnReference& column, const Expression&) const {
    return input_.field(column.index)->name();
  }
  std::string Node(const Literal& literal, const Expression&) const {
    return LiteralText(*literal.value);
  }
  std::string Node(const FieldAccess& access, const Expression&) const {
    return fmt::format("{}.{}", Print(*access.base), access.field);
  }
  std::string Node(const Cast& cast, const Expression& expression) const {
    // A number is as readable without the cast to another type of number.
    if (std::holds_alternative<Literal>(cast.operand->node) &&
        arrow::is_numeric(cast.operand->type->id()) && arrow::is_numeric(expression.type->id()))
      return Print(*cast.operand);
    return fmt::format("{}({} AS {})", cast.try_cast ? "TRY_CAST" : "CAST", Print(*cast.operand),
                       TypeName(*expression.type));
  }
  std::string Node(const LambdaVariable& variable, const Expression&) const {
    return variable.name;
  }
  std::string Node(const Lambda& lambda, const Expression&) const {
    std::vector<std::string> names;
    for (const LambdaVariable& parameter : lambda.parameters) names.push_back(parameter.name);
    return fmt::format("({}) -> {}", fmt::join(names, ", "), Print(*lambda.body));
  }
  std::string Node(const Call& call, const Expression& expression) const {
    const auto& arguments = call.arguments;
    if (arguments.size() == 2 && IsInfix(call.name))
      return fmt::format("({} {} {})", Print(*arguments[0]), Upper(call.name),
                         Print(*arguments[1]));
    if (arguments.size() == 2 && call.name == "[]")
      return fmt::format("{}[{}]", Print(*arguments[0]), Print(*arguments[1]));
    if (call.name == "not") return fmt::format("(NOT {})", Print(*arguments[0]));
    if (call.name == "negative") return fmt::format("(- {})", Print(*arguments[0]));
    // is_null, is_not_true, ...
    if (call.name.starts_with("is_"))
      return fmt::format("({} {})", Print(*arguments[0]), Words(call.name));
    if (call.name == "case_when") return CaseText(arguments);
    if (call.name == "struct") return StructText(arguments, *expression.type);
    if (call.name == "in" && !arguments.empty())
      return fmt::format("({} IN ({}))", Print(*arguments[0]), List(arguments, 1));
    return fmt::format("{}({})", call.name, List(arguments, 0));
  }

  static std::string Words(std::string_view name) {
    std::string out = Upper(name);
    for (char& c : out) {
      if (c == '_') c = ' ';
    }
    return out;
  }

  std::string List(const std::vector<ExpressionPtr>& expressions, size_t from) const {
    std::string out;
    for (size_t i = from; i < expressions.size(); ++i) {
      if (i > from) out += ", ";
      out += Print(*expressions[i]);
    }
    return out;
  }

  std::string CaseText(const std::vector<ExpressionPtr>& arguments) const {
    std::string out = "CASE";
    for (size_t i = 0; i + 1 < arguments.size(); i += 2)
      out += fmt::format(" WHEN {} THEN {}", Print(*arguments[i]), Print(*arguments[i + 1]));
    if (arguments.size() % 2 == 1) out += " ELSE " + Print(*arguments.back());
    return out + " END";
  }

  std::string StructText(const std::vector<ExpressionPtr>& arguments,
                         const arrow::DataType& type) const {
    std::string out;
    for (size_t i = 0; i < arguments.size(); ++i)
      out += fmt::format("{}{} AS {}", i == 0 ? "" : ", ", Print(*arguments[i]),
                         type.field(static_cast<int>(i))->name());
    return fmt::format("struct({})", out);
  }

  const arrow::Schema& input_;
};

struct NodePrinter {
  const Plan& plan;

  const arrow::Schema& input() const { return *plan.inputs.front()->schema; }

  std::string operator()(const Scan& scan) const { return "Scan " + scan.relation; }
  std::string operator()(const Filter& filter) const {
    return "Filter " + ExpressionText(*filter.predicate, input());
  }
  std::string operator()(const Project& project) const {
    std::string out = "Project";
    for (size_t i = 0; i < project.expressions.size(); ++i) {
      const std::string text = ExpressionText(*project.expressions[i], input());
      const std::string& name = plan.schema->field(static_cast<int>(i))->name();
      out += fmt::format("{}{}", i == 0 ? " " : ", ", text);
      if (text != name) out += " AS " + name;
    }
    return out;
  }
  std::string operator()(const Aggregate& aggregate) const {
    std::string out = "Aggregate";
    std::vector<std::string> keys;
    if (aggregate.window) keys.push_back(WindowText(*aggregate.window));
    for (const int key : aggregate.keys) keys.push_back(input().field(key)->name());
    std::vector<std::string> calls;
    for (const AggregateCall& call : aggregate.calls)
      calls.push_back(fmt::format("{}({}{}{}{})", call.function, call.distinct ? "DISTINCT " : "",
                                  call.argument ? input().field(*call.argument)->name() : "*",
                                  call.parameters.empty() ? "" : ", ",
                                  fmt::join(call.parameters, ", ")));
    if (!keys.empty()) out += fmt::format(" by {}", fmt::join(keys, ", "));
    if (!calls.empty()) out += fmt::format(" compute {}", fmt::join(calls, ", "));
    return out;
  }
  std::string operator()(const Distinct&) const { return "Distinct"; }
  std::string operator()(const UnionAll&) const { return "UnionAll"; }
  std::string operator()(const Rank& rank) const {
    std::vector<std::string> keys;
    for (const int key : rank.partition) keys.push_back(input().field(key)->name());
    std::vector<std::string> order;
    for (const SortColumn& one : rank.order)
      order.push_back(
          fmt::format("{}{}", input().field(one.column)->name(), one.descending ? " DESC" : ""));
    return fmt::format("Rank {}{} order {}", rank.function,
                       keys.empty() ? "" : fmt::format(" by {}", fmt::join(keys, ", ")),
                       fmt::join(order, ", "));
  }
  std::string operator()(const GroupingSets& sets) const {
    std::vector<std::string> texts;
    for (const std::vector<bool>& set : sets.sets) {
      std::vector<std::string> keys;
      for (size_t i = 0; i < set.size(); ++i) {
        if (set[i]) keys.push_back(input().field(static_cast<int>(i))->name());
      }
      texts.push_back(fmt::format("({})", fmt::join(keys, ", ")));
    }
    return fmt::format("GroupingSets {}", fmt::join(texts, ", "));
  }
  std::string operator()(const Generate& generate) const {
    return fmt::format("Generate {}{} of {}",
                       generate.fields     ? "inline"
                       : generate.position ? "posexplode"
                                           : "explode",
                       generate.outer ? " outer" : "", input().fields().back()->name());
  }
  std::string operator()(const RelationJoin& join) const {
    std::string out = fmt::format("Join {}", JoinKindName(join.kind));
    if (join.condition == nullptr) return out;
    return out + " on " + ExpressionText(*join.condition, *JoinInput(plan));
  }

  std::string WindowText(const Window& window) const {
    if (window.session)
      return fmt::format("session_window({}, {})", input().field(window.time_column)->name(),
                         DurationText(window.size_us));
    std::string out = fmt::format("window({}, {}", input().field(window.time_column)->name(),
                                  DurationText(window.size_us));
    if (window.slide_us != window.size_us || window.start_us != 0)
      out += ", " + DurationText(window.slide_us);
    if (window.start_us != 0) out += ", " + DurationText(window.start_us);
    return out + ")";
  }
};

void Append(const Plan& plan, size_t depth, std::string* out) {
  *out += fmt::format("{:{}}{}\n", "", 2 * depth, NodeText(plan));
  for (const PlanPtr& input : plan.inputs) Append(*input, depth + 1, out);
}

}  // namespace

std::string ExpressionText(const Expression& expression, const arrow::Schema& input) {
  return Printer(input).Print(expression);
}

std::string DurationText(int64_t microseconds) {
  static constexpr std::pair<int64_t, std::string_view> kUnits[] = {
      {86'400'000'000, "day"}, {3'600'000'000, "hour"}, {60'000'000, "minute"},
      {1'000'000, "second"},   {1'000, "millisecond"},  {1, "microsecond"}};
  for (const auto& [length, name] : kUnits) {
    if (microseconds % length != 0 || microseconds == 0) continue;
    const int64_t count = microseconds / length;
    return fmt::format("{} {}{}", count, name, count == 1 ? "" : "s");
  }
  return "0 seconds";
}

std::string NodeText(const Plan& plan) { return std::visit(NodePrinter{plan}, plan.node); }

std::string PlanText(const Plan& plan) {
  std::string out;
  Append(plan, 0, &out);
  return out;
}

}  // namespace headrace::sql
