#include "sql/expression_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sql/error.h"
#include "sql/literal.h"
#include "sql/names.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

using ast::ExpressionPtr;

// Adds the depth and size of the nodes below `node` to those of `out`.
struct Measure {
  ast::Expression* out;

  void Below(const ExpressionPtr& child) const {
    if (child == nullptr) return;
    out->depth = std::max(out->depth, child->depth + 1);
    out->size += child->size;
  }
  void operator()(const ast::Literal&) const {}
  void operator()(const ast::Name&) const {}
  void operator()(const ast::Star&) const {}
  void operator()(const ast::Field& field) const { Below(field.base); }
  void operator()(const ast::Cast& cast) const { Below(cast.operand); }
  void operator()(const ast::Lambda& lambda) const { Below(lambda.body); }
  void operator()(const ast::Subquery& subquery) const { Below(subquery.operand); }
  void operator()(const ast::Operator& call) const {
    for (const auto& operand : call.operands) Below(operand);
  }
  void operator()(const ast::Function& call) const {
    for (const auto& argument : call.arguments) Below(argument);
    Below(call.filter);
    if (call.over == nullptr) return;
    for (const auto& key : call.over->partition_by) Below(key);
    for (const auto& item : call.over->order_by) Below(item.expression);
  }
};

Status TooDeep(Span span) {
  return ErrorAt(span, fmt::format("the expression is nested deeper than {}", kDepthMax),
                 "compute parts of it in a view of their own");
}

}  // namespace

Result<ExpressionPtr> ExpressionParser::Make(decltype(ast::Expression::node) node, Span start) {
  auto expression = std::make_shared<ast::Expression>();
  expression->node = std::move(node);
  expression->span = tokens_.SpanFrom(start);
  std::visit(Measure{expression.get()}, expression->node);
  if (expression->depth > kDepthMax) return TooDeep(expression->span);
  if (expression->size > kExpressionNodesMax)
    return ErrorAt(expression->span,
                   fmt::format("the expression has more than {} parts", kExpressionNodesMax),
                   "compute parts of it in a view of their own");
  return expression;
}

Result<ExpressionPtr> ExpressionParser::MakeOperator(std::string name, Operands operands,
                                                     Span start) {
  return Make(ast::Operator{std::move(name), std::move(operands)}, start);
}

Result<ExpressionPtr> ExpressionParser::Negate(bool negated, ExpressionPtr expression, Span start) {
  if (!negated) return expression;
  return MakeOperator("not", {std::move(expression)}, start);
}

Result<ExpressionPtr> ExpressionParser::Parse() {
  if (depth_ >= kDepthMax) return TooDeep(tokens_.Peek().span);
  ++depth_;
  ASSIGN_OR_RAISE(ExpressionPtr expression, ParseLogical("OR"));
  --depth_;
  return expression;
}

// A chain of ANDs or ORs becomes a balanced tree, as in Spark, so that long ones aren't deep.
Result<ExpressionPtr> ExpressionParser::Balance(std::string_view name, const Operands& operands,
                                                size_t first, size_t last) {
  if (first == last) return operands[first];
  const size_t middle = last - first == 1 ? first : first + (last - first) / 2;
  ASSIGN_OR_RAISE(ExpressionPtr left, Balance(name, operands, first, middle));
  ASSIGN_OR_RAISE(ExpressionPtr right, Balance(name, operands, middle + 1, last));
  const Span span = Join(left->span, right->span);
  ASSIGN_OR_RAISE(ExpressionPtr both,
                  MakeOperator(Lower(name), {std::move(left), std::move(right)}, span));
  return both;
}

Result<ExpressionPtr> ExpressionParser::ParseLogical(std::string_view word) {
  const bool is_or = word == "OR";
  Operands operands;
  do {
    ASSIGN_OR_RAISE(ExpressionPtr operand, is_or ? ParseLogical("AND") : ParseNot());
    operands.push_back(std::move(operand));
  } while (tokens_.TakeWord(word));
  return Balance(word, operands, 0, operands.size() - 1);
}

Result<ExpressionPtr> ExpressionParser::ParseNot() {
  const Span start = tokens_.Peek().span;
  if (!tokens_.IsWord("NOT") && !tokens_.IsSymbol("!")) return ParsePredicate();
  if (depth_ >= kDepthMax) return TooDeep(start);
  tokens_.Next();
  ++depth_;
  ASSIGN_OR_RAISE(ExpressionPtr operand, ParseNot());
  --depth_;
  return Negate(true, std::move(operand), start);
}

Result<ExpressionPtr> ExpressionParser::ParsePredicate() {
  ASSIGN_OR_RAISE(ExpressionPtr left, ParseComparison());
  return ParsePredicateOf(left);
}

Result<ExpressionPtr> ExpressionParser::ParsePredicateOf(const ExpressionPtr& left) {
  if (tokens_.TakeWord("IS")) return ParseIs(left);
  const bool negated = tokens_.IsWord("NOT") &&
                       tokens_.IsAnyWord({"BETWEEN", "IN", "LIKE", "ILIKE", "RLIKE", "REGEXP"}, 1);
  if (negated) tokens_.Next();
  ExpressionPtr predicate = left;
  if (tokens_.TakeWord("BETWEEN")) {
    ASSIGN_OR_RAISE(ExpressionPtr low, ParseComparison());
    RETURN_NOT_OK(tokens_.ExpectWord("AND"));
    ASSIGN_OR_RAISE(ExpressionPtr high, ParseComparison());
    ASSIGN_OR_RAISE(predicate, MakeOperator("between", {left, low, high}, left->span));
  } else if (tokens_.TakeWord("IN")) {
    ASSIGN_OR_RAISE(predicate, ParseIn(left));
  } else if (tokens_.IsAnyWord({"LIKE", "ILIKE"})) {
    ASSIGN_OR_RAISE(predicate, ParseLike(left, Lower(tokens_.Next().text)));
  } else if (tokens_.IsAnyWord({"RLIKE", "REGEXP"})) {
    tokens_.Next();
    ASSIGN_OR_RAISE(ExpressionPtr pattern, ParseComparison());
    ASSIGN_OR_RAISE(predicate, MakeOperator("rlike", {left, std::move(pattern)}, left->span));
  }
  return Negate(negated, std::move(predicate), left->span);
}

Result<ExpressionPtr> ExpressionParser::ParseIn(const ExpressionPtr& left) {
  RETURN_NOT_OK(tokens_.ExpectSymbol("("));
  if (BeginsQuery(0)) return ParseSubquery(left, left->span, "IN");
  Operands operands = {left};
  do {
    ASSIGN_OR_RAISE(ExpressionPtr value, Parse());
    operands.push_back(std::move(value));
  } while (tokens_.TakeSymbol(","));
  RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
  return MakeOperator("in", std::move(operands), left->span);
}

// SELECT or WITH, maybe behind brackets.
bool ExpressionParser::BeginsQuery(size_t ahead) const {
  while (tokens_.IsSymbol("(", ahead)) ++ahead;
  return tokens_.IsAnyWord({"SELECT", "WITH"}, ahead);
}

// query ) behind [operand] IN ( or EXISTS (
Result<ExpressionPtr> ExpressionParser::ParseSubquery(ExpressionPtr operand, Span start,
                                                      std::string_view what) {
  if (parse_query_ == nullptr)
    return NotSupported(tokens_.Peek().span, fmt::format("{} with a subquery here", what),
                        "in WHERE it is; or join with the query in FROM");
  ASSIGN_OR_RAISE(ast::QueryPtr query, parse_query_(depth_));
  RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
  return Make(ast::Subquery{std::move(operand), std::move(query)}, start);
}

Result<ExpressionPtr> ExpressionParser::ParseLike(const ExpressionPtr& left, std::string name) {
  if (tokens_.IsAnyWord({"ANY", "SOME", "ALL"}) && tokens_.IsSymbol("(", 1))
    return NotSupported(tokens_.Peek().span, fmt::format("{} {}", Upper(name), tokens_.Peek().text),
                        "write several LIKE, joined by AND or OR");
  ASSIGN_OR_RAISE(ExpressionPtr pattern, ParseComparison());
  Operands operands = {left, std::move(pattern)};
  if (tokens_.TakeWord("ESCAPE")) {
    const Token& token = tokens_.Peek();
    if (token.kind != TokenKind::kString || token.text.size() != 1)
      return tokens_.Unexpected("a string of one character");
    ASSIGN_OR_RAISE(ExpressionPtr escape, ParseString());
    operands.push_back(std::move(escape));
  }
  return MakeOperator(std::move(name), std::move(operands), left->span);
}

Result<ExpressionPtr> ExpressionParser::ParseIs(const ExpressionPtr& left) {
  const bool negated = tokens_.TakeWord("NOT");
  if (tokens_.TakeWord("NULL"))
    return MakeOperator(negated ? "is_not_null" : "is_null", {left}, left->span);
  ExpressionPtr test;
  if (tokens_.TakeWord("UNKNOWN")) {
    ASSIGN_OR_RAISE(test, MakeOperator("is_null", {left}, left->span));
  } else if (tokens_.IsAnyWord({"TRUE", "FALSE"})) {
    const std::string name = tokens_.IsWord("TRUE") ? "is_true" : "is_false";
    tokens_.Next();
    ASSIGN_OR_RAISE(test, MakeOperator(name, {left}, left->span));
  } else if (tokens_.TakeWord("DISTINCT")) {
    RETURN_NOT_OK(tokens_.ExpectWord("FROM"));
    ASSIGN_OR_RAISE(ExpressionPtr right, ParseComparison());
    ASSIGN_OR_RAISE(test, MakeOperator("<=>", {left, std::move(right)}, left->span));
    return Negate(!negated, std::move(test), left->span);
  } else {
    return tokens_.Unexpected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS");
  }
  return Negate(negated, std::move(test), left->span);
}

Result<ExpressionPtr> ExpressionParser::ParseComparison() {
  // Each spelling, and the operator it stands for.
  static constexpr std::pair<std::string_view, std::string_view> kComparisons[] = {
      {"=", "="},   {"==", "="}, {"<>", "<>"}, {"!=", "<>"}, {"<", "<"},    {"<=", "<="},
      {"!>", "<="}, {">", ">"},  {">=", ">="}, {"!<", ">="}, {"<=>", "<=>"}};
  ASSIGN_OR_RAISE(ExpressionPtr left, ParseBits(0));
  while (true) {
    const auto* found =
        std::find_if(std::begin(kComparisons), std::end(kComparisons),
                     [&](const auto& comparison) { return tokens_.IsSymbol(comparison.first); });
    if (found == std::end(kComparisons)) return left;
    tokens_.Next();
    const Span start = left->span;
    ASSIGN_OR_RAISE(ExpressionPtr right, ParseBits(0));
    ASSIGN_OR_RAISE(
        left, MakeOperator(std::string(found->second), {std::move(left), std::move(right)}, start));
  }
}

// | binds less than ^, and that less than &.
Result<ExpressionPtr> ExpressionParser::ParseBits(size_t level) {
  static constexpr std::string_view kLevels[] = {"|", "^", "&"};
  if (level == std::size(kLevels)) return ParseShift();
  ASSIGN_OR_RAISE(ExpressionPtr left, ParseBits(level + 1));
  while (tokens_.TakeSymbol(kLevels[level])) {
    const Span start = left->span;
    ASSIGN_OR_RAISE(ExpressionPtr right, ParseBits(level + 1));
    ASSIGN_OR_RAISE(left, MakeOperator(std::string(kLevels[level]),
                                       {std::move(left), std::move(right)}, start));
  }
  return left;
}

// <<, and >> and >>>, which are several tokens side by side: MAP<INT, ARRAY<INT>> ends with two.
Result<ExpressionPtr> ExpressionParser::ParseShift() {
  const auto adjacent = [&](size_t ahead) {
    return tokens_.IsSymbol(">", ahead) &&
           tokens_.Peek(ahead).span.offset == tokens_.Peek(ahead - 1).span.offset + 1;
  };
  ASSIGN_OR_RAISE(ExpressionPtr left, ParseAdditive());
  while (true) {
    std::string name;
    if (tokens_.IsSymbol("<<")) {
      name = tokens_.Next().text;
    } else if (tokens_.IsSymbol(">") && adjacent(1)) {
      name = adjacent(2) ? ">>>" : ">>";
      for (size_t i = 0; i < name.size(); ++i) tokens_.Next();
    } else {
      return left;
    }
    const Span start = left->span;
    ASSIGN_OR_RAISE(ExpressionPtr right, ParseAdditive());
    ASSIGN_OR_RAISE(left, MakeOperator(name, {std::move(left), std::move(right)}, start));
  }
}

Result<ExpressionPtr> ExpressionParser::ParseAdditive() {
  ASSIGN_OR_RAISE(ExpressionPtr left, ParseMultiplicative());
  while (tokens_.IsSymbol("+") || tokens_.IsSymbol("-") || tokens_.IsSymbol("||")) {
    const std::string name = tokens_.Next().text;
    const Span start = left->span;
    ASSIGN_OR_RAISE(ExpressionPtr right, ParseMultiplicative());
    ASSIGN_OR_RAISE(left, MakeOperator(name, {std::move(left), std::move(right)}, start));
  }
  return left;
}

Result<ExpressionPtr> ExpressionParser::ParseMultiplicative() {
  ASSIGN_OR_RAISE(ExpressionPtr left, ParseUnary());
  while (tokens_.IsSymbol("*") || tokens_.IsSymbol("/") || tokens_.IsSymbol("%") ||
         tokens_.IsWord("DIV")) {
    const std::string name = Lower(tokens_.Next().text);
    const Span start = left->span;
    ASSIGN_OR_RAISE(ExpressionPtr right, ParseUnary());
    ASSIGN_OR_RAISE(left, MakeOperator(name, {std::move(left), std::move(right)}, start));
  }
  return left;
}

Result<ExpressionPtr> ExpressionParser::ParseUnary() {
  const Span start = tokens_.Peek().span;
  if (tokens_.IsSymbol("~")) {
    if (depth_ >= kDepthMax) return TooDeep(start);
    tokens_.Next();
    ++depth_;
    ASSIGN_OR_RAISE(ExpressionPtr operand, ParseUnary());
    --depth_;
    return MakeOperator("~", {std::move(operand)}, start);
  }
  const bool negative = tokens_.IsSymbol("-");
  const TokenKind next = tokens_.Peek(1).kind;
  const bool number = next == TokenKind::kInteger || next == TokenKind::kNumber;
  // A minus before a number belongs to the literal: -2147483648 is an INT.
  if ((!negative && !tokens_.IsSymbol("+")) || (negative && number)) return ParsePostfix();
  if (depth_ >= kDepthMax) return TooDeep(start);
  tokens_.Next();
  ++depth_;
  ASSIGN_OR_RAISE(ExpressionPtr operand, ParseUnary());
  --depth_;
  return MakeOperator(negative ? "negative" : "positive", {std::move(operand)}, start);
}

Result<ExpressionPtr> ExpressionParser::ParsePostfix() {
  const Span start = tokens_.Peek().span;
  ASSIGN_OR_RAISE(ExpressionPtr base, ParsePrimary());
  while (true) {
    if (tokens_.TakeSymbol("[")) {
      ASSIGN_OR_RAISE(ExpressionPtr index, Parse());
      RETURN_NOT_OK(tokens_.ExpectSymbol("]"));
      ASSIGN_OR_RAISE(base, MakeOperator("[]", {std::move(base), std::move(index)}, start));
    } else if (tokens_.TakeSymbol("::")) {
      ASSIGN_OR_RAISE(auto type, ParseType(&tokens_));
      ASSIGN_OR_RAISE(base, Make(ast::Cast{std::move(base), std::move(type), false}, start));
    } else if (tokens_.TakeSymbol(".")) {
      ASSIGN_OR_RAISE(ast::Identifier field, tokens_.ExpectName("the name of a field"));
      ASSIGN_OR_RAISE(base, Make(ast::Field{std::move(base), std::move(field)}, start));
    } else {
      return base;
    }
  }
}

}  // namespace headrace::sql
