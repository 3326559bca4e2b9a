// Parses expressions by recursive descent, with the precedences of Spark's grammar
// (SqlBaseParser.g4 of Spark 4): OR, AND, NOT, predicates (BETWEEN, IN, LIKE, IS), comparison, "|",
// "^", "&", "<< >> >>>", "+ - ||", "* / % DIV", sign and "~", postfix (.field, [index], ::type).
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "sql/ast.h"
#include "sql/token_stream.h"

namespace headrace::sql {

// An expression with more nodes than this is refused.
inline constexpr int64_t kExpressionNodesMax = 10'000;

class ExpressionParser {
 public:
  // Parses the query at the cursor, up to the bracket that ends it. `depth` is that of the
  // expression around it.
  using ParseQuery = std::function<Result<ast::QueryPtr>(int depth)>;

  // Without `parse_query` subqueries are refused. `depth` is what kDepthMax has been used of.
  explicit ExpressionParser(TokenStream* tokens, ParseQuery parse_query = nullptr, int depth = 0)
      : tokens_(*tokens), parse_query_(std::move(parse_query)), depth_(depth) {}

  // Parses the expression at the cursor.
  //
  // Errors: user errors: syntax, nested deeper than kDepthMax, larger than kExpressionNodesMax, or
  // valid Spark SQL that isn't supported.
  Result<ast::ExpressionPtr> Parse();

  // Parses the keys of ORDER BY, behind these words.
  Result<std::vector<ast::SortItem>> ParseSortItems();

 private:
  using Operands = std::vector<ast::ExpressionPtr>;

  // expression_parser.cc: operators.
  Result<ast::ExpressionPtr> ParseLogical(std::string_view word);
  Result<ast::ExpressionPtr> ParseNot();
  Result<ast::ExpressionPtr> ParsePredicate();
  Result<ast::ExpressionPtr> ParsePredicateOf(const ast::ExpressionPtr& left);
  Result<ast::ExpressionPtr> ParseIn(const ast::ExpressionPtr& left);
  bool BeginsQuery(size_t ahead) const;
  Result<ast::ExpressionPtr> ParseSubquery(ast::ExpressionPtr operand, Span start,
                                           std::string_view what);
  Result<ast::ExpressionPtr> ParseLike(const ast::ExpressionPtr& left, std::string name);
  Result<ast::ExpressionPtr> ParseIs(const ast::ExpressionPtr& left);
  Result<ast::ExpressionPtr> ParseComparison();
  Result<ast::ExpressionPtr> ParseAdditive();
  Result<ast::ExpressionPtr> ParseMultiplicative();
  Result<ast::ExpressionPtr> ParseUnary();
  Result<ast::ExpressionPtr> ParsePostfix();
  Result<ast::ExpressionPtr> ParseShift();
  Result<ast::ExpressionPtr> ParseBits(size_t level);

  // primary_parser.cc: what operators stand between.
  Result<ast::ExpressionPtr> ParsePrimary();
  Result<ast::ExpressionPtr> ParseWord();
  Result<ast::ExpressionPtr> ParseParenthesized();
  Result<ast::ExpressionPtr> ParseNumber(bool negative);
  Result<ast::ExpressionPtr> ParseString();
  Result<ast::ExpressionPtr> ParseInterval();
  Result<ast::ExpressionPtr> ParseName();
  Result<ast::ExpressionPtr> ParseCase();
  Result<ast::ExpressionPtr> ParseCast(bool try_cast);

  // function_parser.cc: name(...), with the special forms.
  Result<ast::ExpressionPtr> ParseFunction();
  Result<ast::ExpressionPtr> ParsePlainFunction(const ast::Identifier& name);
  Result<std::optional<Operands>> ParseSpecialForm(const ast::Identifier& name, std::string* as);
  Result<Operands> ParseStruct();
  Result<Operands> ParseExtract();
  Result<Operands> ParseTrim(std::string* as);
  Result<Operands> ParseSubstringOrOverlay(std::string_view second, std::string_view third);
  bool BeginsLambda() const;
  Result<ast::ExpressionPtr> ParseLambda();
  Status RefuseAfterFunction() const;

  // over_parser.cc: OVER (...), from the word on.
  Result<std::shared_ptr<const ast::WindowSpec>> ParseOver();

  // Make a node over the text from `start` to the last token, checked against the limits.
  Result<ast::ExpressionPtr> Make(decltype(ast::Expression::node) node, Span start);
  Result<ast::ExpressionPtr> MakeOperator(std::string name, Operands operands, Span start);
  Result<ast::ExpressionPtr> Negate(bool negated, ast::ExpressionPtr expression, Span start);
  Result<ast::ExpressionPtr> Balance(std::string_view name, const Operands& operands, size_t first,
                                     size_t last);

  TokenStream& tokens_;
  const ParseQuery parse_query_;
  int depth_;
};

}  // namespace headrace::sql
