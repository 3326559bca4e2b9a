// What operators stand between: names, literals, brackets, CASE, CAST, intervals.
#include <fmt/format.h>

#include <utility>

#include "sql/error.h"
#include "sql/expression_parser.h"
#include "sql/interval.h"
#include "sql/literal.h"
#include "sql/names.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

using ast::ExpressionPtr;

// Spark reserves no word by default, but an expression that begins with one of these was meant
// otherwise; in backticks they are names.
bool BeginsClause(const TokenStream& tokens) {
  return tokens.IsAnyWord({"SELECT",  "FROM", "WHERE", "HAVING", "UNION", "EXCEPT", "INTERSECT",
                           "AND",     "OR",   "WHEN",  "THEN",   "ELSE",  "AS",     "ON",
                           "BETWEEN", "IN",   "IS",    "LIKE",   "RLIKE", "ILIKE",  "JOIN"}) ||
         (tokens.IsAnyWord({"GROUP", "ORDER"}) && tokens.IsWord("BY", 1));
}

Result<ast::Literal> IntervalLiteral(const std::optional<Interval>& interval, Span span,
                                     std::string text) {
  if (!interval)
    return ErrorAt(span, fmt::format("{} is not an interval", text),
                   "write INTERVAL '1' HOUR, INTERVAL 90 SECONDS or INTERVAL '1 day 2 hours'");
  if (interval->months != 0 && interval->microseconds != 0)
    return NotSupported(span, "an interval that mixes months with days or less");
  if (interval->months == 0)
    return ast::Literal{std::make_shared<arrow::DurationScalar>(
                            interval->microseconds, arrow::duration(arrow::TimeUnit::MICRO)),
                        std::move(text)};
  if (interval->months > INT32_MAX || interval->months < INT32_MIN)
    return ErrorAt(span, fmt::format("{} is out of range", text));
  return ast::Literal{std::make_shared<arrow::MonthIntervalScalar>(
                          static_cast<int32_t>(interval->months), arrow::month_interval()),
                      std::move(text)};
}

}  // namespace

Result<ExpressionPtr> ExpressionParser::ParsePrimary() {
  const Token& token = tokens_.Peek();
  switch (token.kind) {
    case TokenKind::kInteger:
    case TokenKind::kNumber:
      return ParseNumber(false);
    case TokenKind::kString:
      return ParseString();
    case TokenKind::kQuotedIdentifier:
      return tokens_.IsSymbol("(", 1) ? ParseFunction() : ParseName();
    case TokenKind::kIdentifier:
      return ParseWord();
    default:
      break;
  }
  if (tokens_.TakeSymbol("-")) return ParseNumber(true);
  if (tokens_.IsSymbol("(")) return ParseParenthesized();
  if (tokens_.TakeSymbol("*")) return Make(ast::Star{}, token.span);
  return tokens_.Unexpected("an expression");
}

Result<ExpressionPtr> ExpressionParser::ParseNumber(bool negative) {
  const Token token = tokens_.Next();
  ASSIGN_OR_RAISE(ast::Literal literal, NumberLiteral(token, negative));
  const Span start = negative ? Span{token.span.offset - 1, 1} : token.span;
  return Make(std::move(literal), start);
}

// Strings side by side are one.
Result<ExpressionPtr> ExpressionParser::ParseString() {
  const Span start = tokens_.Peek().span;
  std::string value;
  while (tokens_.Peek().kind == TokenKind::kString) value += tokens_.Next().text;
  return Make(StringLiteral(std::move(value)), start);
}

Result<ExpressionPtr> ExpressionParser::ParseWord() {
  const Span start = tokens_.Peek().span;
  if (tokens_.Peek(1).kind == TokenKind::kString && IsLiteralType(tokens_.Peek().text)) {
    const std::string type = tokens_.Next().text;
    const Token text = tokens_.Next();
    ASSIGN_OR_RAISE(ast::Literal literal, TypedLiteral(type, text, tokens_.SpanFrom(start)));
    return Make(std::move(literal), start);
  }
  const TokenKind next = tokens_.Peek(1).kind;
  if (tokens_.IsWord("INTERVAL") &&
      (next == TokenKind::kString || next == TokenKind::kInteger || next == TokenKind::kNumber ||
       (tokens_.IsSymbol("-", 1) && tokens_.Peek(2).kind == TokenKind::kInteger &&
        UnitOf(tokens_.Peek(3).text))))
    return ParseInterval();
  if (tokens_.IsWord("CASE") && !tokens_.IsSymbol(".", 1) && !tokens_.IsSymbol(",", 1))
    return ParseCase();
  const bool called = tokens_.IsSymbol("(", 1);
  if (called && tokens_.IsWord("CAST")) return ParseCast(false);
  if (called && tokens_.IsWord("TRY_CAST")) return ParseCast(true);
  if (called && tokens_.IsWord("EXISTS") && BeginsQuery(2)) {
    tokens_.Next();
    tokens_.Next();
    return ParseSubquery(nullptr, start, "EXISTS");
  }
  if (BeginsClause(tokens_))
    return tokens_.Unexpected("an expression", "a column of that name is written in backticks");
  if (called) return ParseFunction();
  if (tokens_.IsSymbol("->", 1))
    return ErrorAt(start, "a function stands only as an argument: transform(array, x -> x + 1)");
  if (tokens_.TakeWord("TRUE")) return Make(BooleanLiteral(true), start);
  if (tokens_.TakeWord("FALSE")) return Make(BooleanLiteral(false), start);
  if (tokens_.TakeWord("NULL")) return Make(NullLiteral(), start);
  return ParseName();
}

// a, a.b.c, or a.b.*
Result<ExpressionPtr> ExpressionParser::ParseName() {
  const Span start = tokens_.Peek().span;
  std::vector<ast::Identifier> parts;
  do {
    if (!parts.empty() && tokens_.TakeSymbol("*")) return Make(ast::Star{std::move(parts)}, start);
    ASSIGN_OR_RAISE(ast::Identifier part, tokens_.ExpectName("a name"));
    parts.push_back(std::move(part));
    if (parts.size() > static_cast<size_t>(kDepthMax))
      return ErrorAt(tokens_.SpanFrom(start),
                     fmt::format("the name has more than {} parts", kDepthMax));
  } while (tokens_.TakeSymbol("."));
  return Make(ast::Name{std::move(parts)}, start);
}

// ( expression ), or ( a, b ) which is a struct.
Result<ExpressionPtr> ExpressionParser::ParseParenthesized() {
  const Span start = tokens_.Next().span;
  if (tokens_.IsAnyWord({"SELECT", "WITH"}))
    return NotSupported(tokens_.Peek().span, "a subquery in an expression");
  ASSIGN_OR_RAISE(Operands operands, ParseStruct());
  if (operands.empty()) return tokens_.Unexpected("an expression");
  RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
  if (operands.size() == 2) {
    const Span name = operands.front()->span;
    if (name.offset != operands.back()->span.offset)
      return ErrorAt(name, "an expression in parentheses takes no alias",
                     "write struct(value AS name)");
    return operands.back();
  }
  return Make(ast::Function{{"named_struct", start}, std::move(operands)}, start);
}

// CASE [operand] WHEN ... THEN ... [ELSE ...] END. With an operand each WHEN is compared to it.
Result<ExpressionPtr> ExpressionParser::ParseCase() {
  const Span start = tokens_.Next().span;
  ExpressionPtr subject;
  if (!tokens_.IsWord("WHEN")) {
    ASSIGN_OR_RAISE(subject, Parse());
  }
  Operands operands;
  if (!tokens_.IsWord("WHEN")) return tokens_.Unexpected("WHEN");
  while (tokens_.TakeWord("WHEN")) {
    ASSIGN_OR_RAISE(ExpressionPtr condition, Parse());
    if (subject != nullptr) {
      const Span span = condition->span;
      ASSIGN_OR_RAISE(condition, MakeOperator("=", {subject, std::move(condition)}, span));
    }
    RETURN_NOT_OK(tokens_.ExpectWord("THEN"));
    ASSIGN_OR_RAISE(ExpressionPtr value, Parse());
    operands.push_back(std::move(condition));
    operands.push_back(std::move(value));
  }
  if (tokens_.TakeWord("ELSE")) {
    ASSIGN_OR_RAISE(ExpressionPtr value, Parse());
    operands.push_back(std::move(value));
  }
  RETURN_NOT_OK(tokens_.ExpectWord("END"));
  return MakeOperator("case_when", std::move(operands), start);
}

Result<ExpressionPtr> ExpressionParser::ParseCast(bool try_cast) {
  const Span start = tokens_.Next().span;
  RETURN_NOT_OK(tokens_.ExpectSymbol("("));
  ASSIGN_OR_RAISE(ExpressionPtr operand, Parse());
  RETURN_NOT_OK(tokens_.ExpectWord("AS"));
  ASSIGN_OR_RAISE(auto type, ParseType(&tokens_));
  RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
  return Make(ast::Cast{std::move(operand), std::move(type), try_cast}, start);
}

// INTERVAL '1' HOUR, 1 HOUR 30 MINUTES, '1 hour 30 minutes', '1 02:03' DAY TO MINUTE.
Result<ExpressionPtr> ExpressionParser::ParseInterval() {
  const Span start = tokens_.Next().span;
  std::optional<Interval> total = Interval{};
  std::string text = "INTERVAL";
  bool first = true;
  while (true) {
    const bool minus = tokens_.IsSymbol("-");
    const TokenKind kind = tokens_.Peek(minus ? 1 : 0).kind;
    const bool value = kind == TokenKind::kInteger || kind == TokenKind::kNumber ||
                       (kind == TokenKind::kString && !minus);
    // After the first part an operator may follow: INTERVAL 1 HOUR - INTERVAL 1 DAY.
    if (!first && (!value || !UnitOf(tokens_.Peek(minus ? 2 : 1).text))) break;
    if (minus) tokens_.Next();
    const Token token = tokens_.Next();
    const std::string number = (minus ? "-" : "") + token.text;
    text += fmt::format(" '{}'", number);
    const auto unit = tokens_.IsName() ? UnitOf(tokens_.Peek().text) : std::nullopt;
    std::optional<Interval> part;
    if (unit) {
      const std::string name = Upper(tokens_.Next().text);
      text += " " + name;
      if (first && tokens_.TakeWord("TO")) {
        ASSIGN_OR_RAISE(const ast::Identifier to, tokens_.ExpectName("a unit"));
        text += " TO " + Upper(to.name);
        total = ParseIntervalRange(number, name, to.name);
        break;
      }
      part = ParseQuantity(number, *unit);
    } else if (first && token.kind == TokenKind::kString) {
      total = sql::ParseInterval(number);
      break;
    } else {
      return tokens_.Unexpected("a unit such as HOUR");
    }
    total = part ? Add(*total, *part) : std::nullopt;
    if (!total) break;
    first = false;
  }
  ASSIGN_OR_RAISE(ast::Literal literal,
                  IntervalLiteral(total, tokens_.SpanFrom(start), std::move(text)));
  return Make(std::move(literal), start);
}

}  // namespace headrace::sql
