#include "sql/parser.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "sql/error.h"
#include "sql/expression_parser.h"
#include "sql/names.h"
#include "sql/token_stream.h"

namespace headrace::sql {
namespace {

// How many SELECTs one statement joins.
constexpr size_t kBranchesMax = 100;

class QueryParser {
 public:
  explicit QueryParser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<ast::Query> Run() {
    ast::Query query;
    bool distinct_union = false;
    do {
      ASSIGN_OR_RAISE(ast::Select select, ParseSelect());
      query.branches.push_back({std::move(select), distinct_union});
      if (query.branches.size() > kBranchesMax)
        return ErrorAt(tokens_.Peek().span,
                       fmt::format("the statement joins more than {} SELECTs", kBranchesMax));
    } while (TakeUnion(&distinct_union));
    RETURN_NOT_OK(RefuseClause());
    tokens_.TakeSymbol(";");
    if (tokens_.Peek().kind != TokenKind::kEnd) return tokens_.Unexpected(ExpectedAfterQuery());
    return query;
  }

 private:
  bool TakeUnion(bool* distinct) {
    if (!tokens_.TakeWord("UNION")) return false;
    *distinct = !tokens_.TakeWord("ALL");
    if (*distinct) tokens_.TakeWord("DISTINCT");
    return true;
  }

  Result<ast::Select> ParseSelect() {
    ast::Select select;
    select.span = tokens_.Peek().span;
    if (!tokens_.TakeWord("SELECT")) return RefuseStatement();
    select.distinct = tokens_.IsWord("DISTINCT") && !tokens_.IsSymbol(",", 1) &&
                      !tokens_.IsSymbol(".", 1) && !tokens_.IsWord("FROM", 1);
    if (select.distinct) tokens_.Next();
    if (tokens_.IsWord("ALL") && !tokens_.IsSymbol(",", 1) && !tokens_.IsWord("FROM", 1))
      tokens_.Next();
    do {
      ASSIGN_OR_RAISE(ast::SelectItem item, ParseItem());
      select.items.push_back(std::move(item));
    } while (tokens_.TakeSymbol(","));
    if (!tokens_.IsWord("FROM")) return ExpectedFrom();
    tokens_.Next();
    ASSIGN_OR_RAISE(select.from, ParseRelation());
    if (tokens_.TakeWord("WHERE")) {
      ASSIGN_OR_RAISE(select.where, ExpressionParser(&tokens_).Parse());
    }
    if (tokens_.IsWord("GROUP")) {
      ASSIGN_OR_RAISE(select.group_by, ParseGroupBy());
    }
    if (tokens_.TakeWord("HAVING")) {
      ASSIGN_OR_RAISE(select.having, ExpressionParser(&tokens_).Parse());
    }
    clauses_taken_ = select.having != nullptr   ? 3
                     : !select.group_by.empty() ? 2
                     : select.where != nullptr  ? 1
                                                : 0;
    return select;
  }

  Status RefuseStatement() const {
    const Token& token = tokens_.Peek();
    if (tokens_.IsWord("WITH"))
      return NotSupported(token.span, "WITH", "make it a view of its own");
    if (tokens_.IsSymbol("(")) return NotSupported(token.span, "a SELECT in parentheses");
    if (tokens_.IsAnyWord({"VALUES", "TABLE", "FROM", "INSERT", "CREATE", "UPDATE", "DELETE",
                           "MERGE", "DROP", "ALTER", "SHOW", "DESCRIBE", "EXPLAIN", "SET", "USE"}))
      return ErrorAt(token.span,
                     fmt::format("a statement must be a SELECT, not {}", Upper(token.text)));
    return tokens_.Unexpected("SELECT");
  }

  Status ExpectedFrom() const {
    if (tokens_.Peek().kind == TokenKind::kEnd || tokens_.IsSymbol(";"))
      return tokens_.Unexpected("FROM", "a statement reads a source or a view");
    return tokens_.Unexpected("',' or FROM");
  }

  // The word after an expression is its alias, unless it begins a clause.
  Result<ast::SelectItem> ParseItem() {
    ast::SelectItem item;
    ASSIGN_OR_RAISE(item.expression, ExpressionParser(&tokens_).Parse());
    if (tokens_.TakeWord("AS")) {
      if (tokens_.IsSymbol("(")) return NotSupported(tokens_.Peek().span, "several aliases");
      if (tokens_.IsWord("FROM") && !tokens_.IsWord("FROM", 1))
        return tokens_.Unexpected("an alias");
      ASSIGN_OR_RAISE(item.alias, tokens_.ExpectName("an alias"));
    } else if (tokens_.IsName() && !BeginsClause()) {
      ASSIGN_OR_RAISE(item.alias, tokens_.ExpectName("an alias"));
    }
    return item;
  }

  bool BeginsClause() const {
    return tokens_.IsAnyWord({"FROM",       "WHERE",      "GROUP",    "HAVING", "UNION",
                              "EXCEPT",     "MINUS",      "ORDER",    "SORT",   "CLUSTER",
                              "LIMIT",      "DISTRIBUTE", "OFFSET",   "WINDOW", "LATERAL",
                              "INTERSECT",  "QUALIFY",    "SETMINUS", "PIVOT",  "UNPIVOT",
                              "TABLESAMPLE"}) ||
           IsJoin();
  }

  bool IsJoin() const {
    return tokens_.IsAnyWord({"JOIN", "CROSS", "INNER", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI",
                              "NATURAL", "ON", "USING"});
  }

  Result<ast::Relation> ParseRelation() {
    const Span start = tokens_.Peek().span;
    if (tokens_.IsSymbol("(")) return NotSupported(start, "a subquery in FROM", "make it a view");
    if (tokens_.IsAnyWord({"VALUES", "LATERAL"}) && !tokens_.IsWord("WHERE", 1) &&
        tokens_.Peek(1).kind != TokenKind::kEnd)
      return NotSupported(start, fmt::format("{} in FROM", Upper(tokens_.Peek().text)));
    ast::Relation relation;
    ASSIGN_OR_RAISE(relation.name, tokens_.ExpectName("a source or a view"));
    while (tokens_.TakeSymbol(".")) {
      ASSIGN_OR_RAISE(const ast::Identifier part, tokens_.ExpectName("a name"));
      relation.name.name += "." + part.name;
    }
    relation.name.span = tokens_.SpanFrom(start);
    if (tokens_.IsSymbol("(")) return NotSupported(start, "a table function");
    if (tokens_.TakeWord("AS") || (tokens_.IsName() && !BeginsClause() && !IsTravel())) {
      ASSIGN_OR_RAISE(relation.alias, tokens_.ExpectName("an alias"));
      if (tokens_.IsSymbol("("))
        return NotSupported(tokens_.Peek().span, "a list of column aliases");
    }
    RETURN_NOT_OK(RefuseAfterRelation());
    return relation;
  }

  // FROM t TIMESTAMP AS OF ..., VERSION AS OF ...
  bool IsTravel() const {
    return tokens_.IsAnyWord({"TIMESTAMP", "VERSION", "FOR"}) &&
           (tokens_.IsWord("AS", 1) || tokens_.IsAnyWord({"SYSTEM_TIME", "SYSTEM_VERSION"}, 1));
  }

  Status RefuseAfterRelation() const {
    const Token& token = tokens_.Peek();
    if (IsJoin()) return NotSupported(token.span, "JOIN");
    if (tokens_.IsSymbol(",")) return NotSupported(token.span, "FROM with several relations");
    if (IsTravel()) return NotSupported(token.span, "reading an earlier version");
    if (tokens_.IsWord("LATERAL")) return NotSupported(token.span, "LATERAL VIEW");
    if (tokens_.IsAnyWord({"PIVOT", "UNPIVOT", "TABLESAMPLE"}))
      return NotSupported(token.span, Upper(token.text));
    return Status::OK();
  }

  Result<std::vector<ast::ExpressionPtr>> ParseGroupBy() {
    tokens_.Next();
    RETURN_NOT_OK(tokens_.ExpectWord("BY"));
    std::vector<ast::ExpressionPtr> keys;
    do {
      const Token& token = tokens_.Peek();
      if (tokens_.IsWord("GROUPING") && tokens_.IsWord("SETS", 1))
        return NotSupported(token.span, "GROUPING SETS");
      if (tokens_.IsAnyWord({"CUBE", "ROLLUP"}) && tokens_.IsSymbol("(", 1))
        return NotSupported(token.span, Upper(token.text));
      if (tokens_.IsWord("ALL") && !tokens_.IsSymbol(".", 1))
        return NotSupported(token.span, "GROUP BY ALL");
      ASSIGN_OR_RAISE(ast::ExpressionPtr key, ExpressionParser(&tokens_).Parse());
      keys.push_back(std::move(key));
    } while (tokens_.TakeSymbol(","));
    if (tokens_.IsWord("AS"))
      return NotSupported(tokens_.Peek().span, "an alias in GROUP BY", "give it in SELECT");
    if (tokens_.IsWord("WITH") && tokens_.IsAnyWord({"CUBE", "ROLLUP"}, 1))
      return NotSupported(tokens_.Peek().span, "WITH " + Upper(tokens_.Peek(1).text));
    return keys;
  }

  // Clauses that may follow a query in Spark.
  Status RefuseClause() const {
    const Token& token = tokens_.Peek();
    if (tokens_.IsAnyWord({"ORDER", "SORT", "CLUSTER", "DISTRIBUTE"}) && tokens_.IsWord("BY", 1))
      return NotSupported(token.span, Upper(token.text) + " BY",
                          "the rows of a view have no order; a sink gives them theirs");
    if (tokens_.IsAnyWord(
            {"LIMIT", "OFFSET", "WINDOW", "QUALIFY", "EXCEPT", "MINUS", "INTERSECT", "SETMINUS"}))
      return NotSupported(token.span, Upper(token.text));
    return Status::OK();
  }

  std::string_view ExpectedAfterQuery() const {
    static constexpr std::string_view kExpected[] = {
        "WHERE, GROUP BY, HAVING, UNION or the end", "GROUP BY, HAVING, UNION or the end",
        "HAVING, UNION or the end", "UNION or the end"};
    return kExpected[clauses_taken_];
  }

  TokenStream tokens_;
  size_t clauses_taken_ = 0;  // of the last SELECT: how far its clauses went
};

}  // namespace

Result<ast::Query> Parse(std::string_view statement) {
  ASSIGN_OR_RAISE(std::vector<Token> tokens, Tokenize(statement));
  return QueryParser(std::move(tokens)).Run();
}

}  // namespace headrace::sql
