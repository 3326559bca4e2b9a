#include "sql/expression_analyzer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "sql/aggregate_functions.h"
#include "sql/error.h"
#include "sql/functions.h"
#include "sql/generator.h"
#include "sql/names.h"
#include "sql/structure.h"
#include "sql/token_stream.h"
#include "sql/type.h"

namespace headrace::sql {

Status ExpressionAnalyzer::Count(int depth, int64_t size, Span span) {
  depth_max_ = std::max(depth_max_, depth_ + depth);
  size_ += size;
  nodes_ += size;
  if (depth_max_ > kDepthMax)
    return ErrorAt(
        span, fmt::format("the expression is nested deeper than {}, aliases expanded", kDepthMax),
        "compute parts of it in a view of their own");
  if (nodes_ > kStatementNodesMax)
    return ErrorAt(
        span,
        fmt::format("the statement has more than {} parts, aliases expanded", kStatementNodesMax),
        "compute parts of it in a view of their own");
  return Status::OK();
}

Result<ExpressionPtr> ExpressionAnalyzer::Analyze(const ast::Expression& expression) {
  RETURN_NOT_OK(Count(1, 1, expression.span));
  ++depth_;
  auto result =
      std::visit([&](const auto& node) { return Node(node, expression.span); }, expression.node);
  --depth_;
  return result;
}

Result<std::vector<ExpressionPtr>> ExpressionAnalyzer::AnalyzeAll(
    const std::vector<ast::ExpressionPtr>& operands) {
  std::vector<ExpressionPtr> out;
  std::vector<Diagnostic> errors;
  for (const ast::ExpressionPtr& operand : operands) {
    auto analyzed = Analyze(*operand);
    if (analyzed.ok()) {
      out.push_back(*std::move(analyzed));
      continue;
    }
    if (KindOf(analyzed.status()) != ErrorKind::kUser) return analyzed.status();
    std::ranges::copy(DiagnosticsOf(analyzed.status()), std::back_inserter(errors));
    // Past a limit the other operands would only say the same.
    if (nodes_ > kStatementNodesMax || depth_max_ > kDepthMax) break;
  }
  if (!errors.empty()) return UserError(std::move(errors));
  return out;
}

Result<ExpressionPtr> ExpressionAnalyzer::Node(const ast::Literal& literal, Span span) {
  return MakeLiteral(literal.value, span);
}

Result<ExpressionPtr> ExpressionAnalyzer::FindAlias(const ast::Name& name, Span span, bool* found) {
  const ast::Identifier& first = name.parts.front();
  const Alias* alias = nullptr;
  if (rules_.aliases != nullptr && !in_aggregate_) {
    for (const Alias& candidate : *rules_.aliases) {
      if (!SameName(candidate.name, first.name)) continue;
      if (alias != nullptr)
        return ErrorAt(first.span, fmt::format("the alias '{}' is ambiguous", first.name));
      alias = &candidate;
    }
  }
  *found = alias != nullptr;
  if (alias == nullptr) return nullptr;
  RETURN_NOT_OK(Count(alias->depth, alias->size, span));
  ExpressionPtr expression = alias->expression;
  for (auto field = name.parts.begin() + 1; field != name.parts.end(); ++field) {
    ASSIGN_OR_RAISE(expression, AccessField(std::move(expression), *field));
  }
  return expression;
}

Result<ExpressionPtr> ExpressionAnalyzer::Node(const ast::Name& name, Span span) {
  if (!variables_.empty()) {
    ASSIGN_OR_RAISE(ExpressionPtr variable, FindVariable(name, span));
    if (variable != nullptr) return variable;
  }
  const bool column = scope_.Knows(name.parts);
  if (!column || rules_.aliases_first) {
    bool found = false;
    ASSIGN_OR_RAISE(ExpressionPtr expression, FindAlias(name, span, &found));
    if (found) return expression;
  }
  if (!column && rules_.items != nullptr && name.parts.size() == 1) {
    for (const ast::SelectItem& item : *rules_.items) {
      if (!item.alias || !SameName(item.alias->name, name.parts[0].name)) continue;
      // An alias of an alias isn't looked for: they could go round in a circle.
      Rules rules = rules_;
      rules.items = nullptr;
      std::swap(rules, rules_);
      auto analyzed = Analyze(*item.expression);
      std::swap(rules, rules_);
      return analyzed;
    }
  }
  if (!column && name.parts.size() == 1 && IsFunctionWithoutBrackets(name.parts[0].name))
    return ResolveCall(Lower(name.parts[0].name), {}, span);
  if (!column &&
      (SameName(name.parts[0].name, "window") || SameName(name.parts[0].name, "session_window")))
    return ErrorAt(name.parts[0].span, "there is no window here",
                   "GROUP BY window(time, '1 hour'), then use window.start and window.end");
  return scope_.Resolve(name.parts, span);
}

Result<ExpressionPtr> ExpressionAnalyzer::Node(const ast::Star&, Span span) {
  return ErrorAt(span, "* stands only as a column of its own in SELECT, or in count(*)");
}

Result<ExpressionPtr> ExpressionAnalyzer::Node(const ast::Field& field, Span) {
  ASSIGN_OR_RAISE(ExpressionPtr base, Analyze(*field.base));
  return AccessField(std::move(base), field.field);
}

Result<ExpressionPtr> ExpressionAnalyzer::Node(const ast::Lambda&, Span span) {
  return ErrorAt(span, "a function stands only as an argument: transform(array, x -> x + 1)");
}

Result<ExpressionPtr> ExpressionAnalyzer::Node(const ast::Subquery&, Span span) {
  return NotSupported(span, "a subquery inside a condition",
                      "in WHERE it stands by itself, or joined to the rest by AND");
}

Result<ExpressionPtr> ExpressionAnalyzer::Node(const ast::Cast& cast, Span span) {
  ASSIGN_OR_RAISE(ExpressionPtr operand, Analyze(*cast.operand));
  return ResolveCast(std::move(operand), cast.type, cast.try_cast, span);
}

Result<ExpressionPtr> ExpressionAnalyzer::Node(const ast::Operator& call, Span span) {
  if (call.name == "between") return Between(call, span);
  if (call.name == "[]") return Subscript(call, span);
  ASSIGN_OR_RAISE(std::vector<ExpressionPtr> operands, AnalyzeAll(call.operands));
  return ResolveCall(call.name, std::move(operands), span);
}

Result<ExpressionPtr> ExpressionAnalyzer::Between(const ast::Operator& call, Span span) {
  ASSIGN_OR_RAISE(const std::vector<ExpressionPtr> operands, AnalyzeAll(call.operands));
  ASSIGN_OR_RAISE(ExpressionPtr from, ResolveCall(">=", {operands[0], operands[1]}, span));
  ASSIGN_OR_RAISE(ExpressionPtr to, ResolveCall("<=", {operands[0], operands[2]}, span));
  return ResolveCall("and", {std::move(from), std::move(to)}, span);
}

// An element of an array, a value of a map, or a struct's field by its name in a string.
Result<ExpressionPtr> ExpressionAnalyzer::Subscript(const ast::Operator& call, Span span) {
  ASSIGN_OR_RAISE(std::vector<ExpressionPtr> operands, AnalyzeAll(call.operands));
  if (operands[0]->type->id() == arrow::Type::STRUCT) {
    const auto* name = std::get_if<Literal>(&operands[1]->node);
    if (name == nullptr || name->value->type->id() != arrow::Type::STRING)
      return ErrorAt(operands[1]->span, "the field of a struct is named by a string literal",
                     "write name.field or name['field']");
    return AccessField(operands[0], {name->value->ToString(), operands[1]->span});
  }
  return ResolveCall("[]", std::move(operands), span);
}

Result<ExpressionPtr> ExpressionAnalyzer::Node(const ast::Function& call, Span span) {
  if (call.over != nullptr) return WindowFunction(call, span);
  if (SameName(call.name.name, "window") || SameName(call.name.name, "session_window"))
    return WindowColumn(call, span);
  if (SameName(call.name.name, "grouping") || SameName(call.name.name, "grouping_id"))
    return GroupingFunction(call, span);
  if (const std::string aggregate = AggregateFunction(call.name.name); !aggregate.empty())
    return Aggregate(aggregate, call, span);
  if (IsGenerator(call.name.name))
    return NotSupported(call.name.span,
                        fmt::format("the generator {} inside an expression", Lower(call.name.name)),
                        "make it a column of its own, or use LATERAL VIEW");
  if (IsUnsupportedFunction(call.name.name))
    return NotSupported(call.name.span, fmt::format("the function {}", Lower(call.name.name)));
  if (call.distinct || call.filter != nullptr)
    return ErrorAt(span, fmt::format("{} is no aggregate function: it takes no {}", call.name.name,
                                     call.distinct ? "DISTINCT" : "FILTER"));
  const bool plain = std::ranges::none_of(call.arguments, [](const ast::ExpressionPtr& one) {
    return std::holds_alternative<ast::Lambda>(one->node);
  });
  if (TakesFunction(call.name.name) && !(plain && SameName(call.name.name, "array_sort")))
    return HigherOrder(call, span);
  ASSIGN_OR_RAISE(std::vector<ExpressionPtr> arguments, AnalyzeAll(call.arguments));
  return ResolveCall(Lower(call.name.name), std::move(arguments), span);
}

}  // namespace headrace::sql
