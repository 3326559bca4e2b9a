#include "sql/parser.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>
#include <vector>

#include "sql/error.h"
#include "sql/expression_parser.h"
#include "sql/group_by_parser.h"
#include "sql/names.h"
#include "sql/token_stream.h"

namespace headrace::sql {
namespace {

// How many SELECTs one statement has, those of subqueries too.
constexpr size_t kSelectsMax = 100;
// How deep subqueries may nest.
constexpr int kQueryDepthMax = 32;

// Of clauses_taken_: nothing can follow.
constexpr size_t kAllClauses = 4;

// How many relations one FROM joins.
constexpr size_t kRelationsMax = 64;

class QueryParser {
 public:
  explicit QueryParser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<ast::Query> Run() {
    ASSIGN_OR_RAISE(ast::Query query, ParseQuery());
    tokens_.TakeSymbol(";");
    if (tokens_.Peek().kind != TokenKind::kEnd) return tokens_.Unexpected(ExpectedAfterQuery());
    return query;
  }

 private:
  Result<ast::Query> ParseQuery() {
    ast::Query query;
    const Span start = tokens_.Peek().span;
    if (depth_ >= kQueryDepthMax)
      return ErrorAt(start, fmt::format("subqueries are nested deeper than {}", kQueryDepthMax),
                     "make one of them a view of its own");
    ++depth_;
    if (tokens_.IsWord("WITH")) {
      ASSIGN_OR_RAISE(query.tables, ParseCommonTables());
    }
    bool distinct_union = false;
    do {
      if (++selects_ > kSelectsMax)
        return ErrorAt(tokens_.Peek().span,
                       fmt::format("the statement has more than {} SELECTs", kSelectsMax));
      ASSIGN_OR_RAISE(ast::Select select, ParseBranch());
      query.branches.push_back({std::move(select), distinct_union});
    } while (TakeUnion(&distinct_union));
    if (tokens_.IsWord("ORDER") && tokens_.IsWord("BY", 1)) RETURN_NOT_OK(ParseFirstRows(&query));
    RETURN_NOT_OK(RefuseClause());
    --depth_;
    return query;
  }

  // ORDER BY keys LIMIT number
  Status ParseFirstRows(ast::Query* query) {
    const Span start = tokens_.Next().span;
    tokens_.Next();
    ASSIGN_OR_RAISE(query->order_by, ExpressionParser(&tokens_).ParseSortItems());
    if (!tokens_.TakeWord("LIMIT"))
      return NotSupported(start, "ORDER BY without LIMIT",
                          "the rows of a view have no order; a sink gives them theirs");
    const Token& number = tokens_.Peek();
    const auto [end, error] =
        std::from_chars(number.text.data(), number.text.data() + number.text.size(), query->limit);
    if (number.kind != TokenKind::kInteger || error != std::errc() ||
        end != number.text.data() + number.text.size() || query->limit < 1)
      return tokens_.Unexpected("a whole number from 1 on");
    tokens_.Next();
    clauses_taken_ = kAllClauses;
    return Status::OK();
  }

  // WITH a AS (query), b (x, y) AS (query)
  Result<std::vector<ast::CommonTable>> ParseCommonTables() {
    tokens_.Next();
    if (tokens_.IsWord("RECURSIVE") && !tokens_.IsWord("AS", 1) && !tokens_.IsSymbol("(", 1))
      return NotSupported(tokens_.Peek().span, "WITH RECURSIVE");
    std::vector<ast::CommonTable> tables;
    do {
      ast::CommonTable table;
      ASSIGN_OR_RAISE(table.name, tokens_.ExpectName("a name for the query"));
      if (tokens_.IsSymbol("(")) {
        ASSIGN_OR_RAISE(table.columns, ParseNames());
      }
      tokens_.TakeWord("AS");
      if (!tokens_.IsSymbol("(")) return tokens_.Unexpected("'('");
      ASSIGN_OR_RAISE(table.query, ParseSubquery());
      tables.push_back(std::move(table));
    } while (tokens_.TakeSymbol(","));
    return tables;
  }

  // ( query )
  Result<ast::QueryPtr> ParseSubquery() {
    tokens_.Next();
    ASSIGN_OR_RAISE(ast::QueryPtr query, ParseQueryInBrackets());
    tokens_.Next();
    return query;
  }

  // query, and a bracket that is left there
  Result<ast::QueryPtr> ParseQueryInBrackets() {
    ASSIGN_OR_RAISE(ast::Query query, ParseQuery());
    if (!tokens_.IsSymbol(")")) return tokens_.Unexpected(ExpectedAfterQuery(")"));
    return std::make_shared<const ast::Query>(std::move(query));
  }

  // ( name, name )
  Result<std::vector<ast::Identifier>> ParseNames() {
    tokens_.Next();
    std::vector<ast::Identifier> names;
    do {
      ASSIGN_OR_RAISE(ast::Identifier name, tokens_.ExpectName("a name for a column"));
      names.push_back(std::move(name));
    } while (tokens_.TakeSymbol(","));
    RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
    return names;
  }

  // A branch of a UNION: a SELECT, or a query in parentheses, which is SELECT * FROM it.
  Result<ast::Select> ParseBranch() {
    if (!tokens_.IsSymbol("(")) return ParseSelect();
    ast::Select select;
    select.span = select.from.name.span = tokens_.Peek().span;
    auto star = std::make_shared<ast::Expression>();
    star->node = ast::Star{};
    star->span = select.span;
    select.items.push_back({std::move(star), std::nullopt});
    ASSIGN_OR_RAISE(select.from.query, ParseSubquery());
    clauses_taken_ = 3;
    return select;
  }

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
    RETURN_NOT_OK(ParseJoins(&select.joins));
    ASSIGN_OR_RAISE(select.lateral_views, ParseLateralViews());
    RETURN_NOT_OK(RefuseAfterRelation());
    if (tokens_.TakeWord("WHERE")) {
      ASSIGN_OR_RAISE(select.where, ParseWhere());
    }
    if (tokens_.IsWord("GROUP")) RETURN_NOT_OK(GroupByParser(&tokens_).Parse(&select));
    if (tokens_.TakeWord("HAVING")) {
      ASSIGN_OR_RAISE(select.having, ExpressionParser(&tokens_).Parse());
    }
    if (tokens_.TakeWord("QUALIFY")) {
      ASSIGN_OR_RAISE(select.qualify, ExpressionParser(&tokens_).Parse());
    }
    clauses_taken_ = select.having != nullptr                          ? 3
                     : !select.group_by.empty() || select.group_by_all ? 2
                     : select.where != nullptr                         ? 1
                                                                       : 0;
    return select;
  }

  // Queries in it nest with the expressions around them: what is parsed is bounded as a whole.
  Result<ast::ExpressionPtr> ParseWhere() {
    const auto parse_query = [this](int depth) -> Result<ast::QueryPtr> {
      const int around = std::exchange(where_depth_, depth);
      ASSIGN_OR_RAISE(ast::QueryPtr query, ParseQueryInBrackets());
      where_depth_ = around;
      return query;
    };
    return ExpressionParser(&tokens_, parse_query, where_depth_).Parse();
  }

  Status RefuseStatement() const {
    const Token& token = tokens_.Peek();
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
      if (tokens_.IsSymbol("(")) {
        ASSIGN_OR_RAISE(item.aliases, ParseNames());
        return item;
      }
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

  Status ParseJoins(std::vector<ast::Join>* joins) {
    while ((tokens_.IsSymbol(",") && !tokens_.IsWord("LATERAL", 1)) || IsJoin()) {
      if (joins->size() + 1 >= kRelationsMax)
        return ErrorAt(tokens_.Peek().span,
                       fmt::format("FROM joins more than {} relations", kRelationsMax));
      ast::Join join;
      const Span start = tokens_.Peek().span;
      const bool comma = tokens_.TakeSymbol(",");
      bool cross = comma;
      if (!comma) RETURN_NOT_OK(ParseJoinWords(&join, &cross));
      join.span = tokens_.SpanFrom(start);
      ASSIGN_OR_RAISE(join.right, ParseRelation());
      if (!comma) RETURN_NOT_OK(ParseJoinCondition(cross, &join));
      joins->push_back(std::move(join));
    }
    return Status::OK();
  }

  // [NATURAL] [INNER | CROSS | LEFT | LEFT SEMI | ...] JOIN
  Status ParseJoinWords(ast::Join* join, bool* cross) {
    join->natural = tokens_.TakeWord("NATURAL");
    if (tokens_.TakeWord("CROSS")) {
      *cross = true;
    } else if (tokens_.TakeWord("LEFT")) {
      join->kind = JoinKind::kLeft;
    } else if (tokens_.TakeWord("RIGHT")) {
      join->kind = JoinKind::kRight;
    } else if (tokens_.TakeWord("FULL")) {
      join->kind = JoinKind::kFull;
    } else {
      tokens_.TakeWord("INNER");
    }
    const bool left = join->kind == JoinKind::kInner || join->kind == JoinKind::kLeft;
    if (left && !*cross && tokens_.TakeWord("SEMI")) {
      join->kind = JoinKind::kLeftSemi;
    } else if (left && !*cross && tokens_.TakeWord("ANTI")) {
      join->kind = JoinKind::kLeftAnti;
    } else if (join->kind != JoinKind::kInner) {
      tokens_.TakeWord("OUTER");
    }
    return tokens_.ExpectWord("JOIN");
  }

  Status ParseJoinCondition(bool cross, ast::Join* join) {
    if (cross || join->natural) return Status::OK();
    if (tokens_.TakeWord("ON")) {
      ASSIGN_OR_RAISE(join->on, ExpressionParser(&tokens_).Parse());
      return Status::OK();
    }
    if (!tokens_.TakeWord("USING")) return Status::OK();
    RETURN_NOT_OK(tokens_.ExpectSymbol("("));
    do {
      ASSIGN_OR_RAISE(ast::Identifier column, tokens_.ExpectName("a column"));
      join->using_.push_back(std::move(column));
    } while (tokens_.TakeSymbol(","));
    return tokens_.ExpectSymbol(")");
  }

  Result<ast::Relation> ParseRelation() {
    const Span start = tokens_.Peek().span;
    if (tokens_.IsSymbol("(")) return ParseRelationOfQuery();
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
    RETURN_NOT_OK(ParseRelationAlias(&relation));
    return relation;
  }

  Result<ast::Relation> ParseRelationOfQuery() {
    ast::Relation relation;
    relation.name.span = tokens_.Peek().span;
    ASSIGN_OR_RAISE(relation.query, ParseSubquery());
    RETURN_NOT_OK(ParseRelationAlias(&relation));
    return relation;
  }

  // LATERAL VIEW [OUTER] generator(...) [name] [AS column, ...], or
  // , LATERAL generator(...) [[AS] name [(column, ...)]]
  Result<std::vector<ast::LateralView>> ParseLateralViews() {
    std::vector<ast::LateralView> views;
    while (true) {
      const bool comma = tokens_.IsSymbol(",") && tokens_.IsWord("LATERAL", 1);
      if (!comma && !(tokens_.IsWord("LATERAL") && tokens_.IsWord("VIEW", 1))) return views;
      tokens_.Next();
      tokens_.Next();
      ast::LateralView view;
      view.outer = !comma && tokens_.IsWord("OUTER") && !tokens_.IsSymbol("(", 1);
      if (view.outer) tokens_.Next();
      if (comma && tokens_.IsSymbol("("))
        return NotSupported(tokens_.Peek().span, "LATERAL with a subquery");
      if (!tokens_.IsName() || !tokens_.IsSymbol("(", 1))
        return tokens_.Unexpected("a function such as explode(array)");
      ASSIGN_OR_RAISE(view.generator, ExpressionParser(&tokens_).Parse());
      if (comma) {
        ast::Relation named;
        RETURN_NOT_OK(ParseRelationAlias(&named));
        view.name = std::move(named.alias);
        view.columns = std::move(named.columns);
      } else {
        RETURN_NOT_OK(ParseViewNames(&view));
      }
      views.push_back(std::move(view));
    }
  }

  Status ParseViewNames(ast::LateralView* view) {
    if (tokens_.IsName() && !tokens_.IsWord("AS") && !BeginsClause()) {
      ASSIGN_OR_RAISE(view->name, tokens_.ExpectName("a name"));
    }
    if (!tokens_.TakeWord("AS") && (!view->name || !tokens_.IsName() || BeginsClause()))
      return Status::OK();
    if (tokens_.IsSymbol("(")) {
      ASSIGN_OR_RAISE(view->columns, ParseNames());
      return Status::OK();
    }
    do {
      ASSIGN_OR_RAISE(ast::Identifier column, tokens_.ExpectName("a name for a column"));
      view->columns.push_back(std::move(column));
    } while (!tokens_.IsWord("LATERAL", 1) && tokens_.TakeSymbol(","));
    return Status::OK();
  }

  // [AS] alias [(columns)]
  Status ParseRelationAlias(ast::Relation* relation) {
    if (!tokens_.TakeWord("AS") && (!tokens_.IsName() || BeginsClause() || IsTravel()))
      return Status::OK();
    ASSIGN_OR_RAISE(relation->alias, tokens_.ExpectName("an alias"));
    if (tokens_.IsSymbol("(")) {
      ASSIGN_OR_RAISE(relation->columns, ParseNames());
    }
    return Status::OK();
  }

  // FROM t TIMESTAMP AS OF ..., VERSION AS OF ...
  bool IsTravel() const {
    return tokens_.IsAnyWord({"TIMESTAMP", "VERSION", "FOR"}) &&
           (tokens_.IsWord("AS", 1) || tokens_.IsAnyWord({"SYSTEM_TIME", "SYSTEM_VERSION"}, 1));
  }

  Status RefuseAfterRelation() const {
    const Token& token = tokens_.Peek();
    if (IsTravel()) return NotSupported(token.span, "reading an earlier version");
    if (tokens_.IsAnyWord({"PIVOT", "UNPIVOT", "TABLESAMPLE"}))
      return NotSupported(token.span, Upper(token.text));
    return Status::OK();
  }

  // Clauses that may follow a query in Spark.
  Status RefuseClause() const {
    const Token& token = tokens_.Peek();
    if (tokens_.IsAnyWord({"SORT", "CLUSTER", "DISTRIBUTE"}) && tokens_.IsWord("BY", 1))
      return NotSupported(token.span, Upper(token.text) + " BY",
                          "the rows of a view have no order; a sink gives them theirs");
    if (tokens_.IsWord("LIMIT"))
      return NotSupported(token.span, "LIMIT without ORDER BY",
                          "chance would say which rows are there");
    if (tokens_.IsAnyWord({"OFFSET", "WINDOW", "EXCEPT", "MINUS", "INTERSECT", "SETMINUS"}))
      return NotSupported(token.span, Upper(token.text));
    return Status::OK();
  }

  std::string ExpectedAfterQuery(std::string_view end = "the end") const {
    static constexpr std::string_view kExpected[] = {"JOIN, WHERE, GROUP BY, HAVING, UNION or ",
                                                     "GROUP BY, HAVING, UNION or ",
                                                     "HAVING, UNION or ", "UNION or ", ""};
    return std::string(kExpected[clauses_taken_]) + (end == ")" ? "')'" : std::string(end));
  }

  TokenStream tokens_;
  size_t clauses_taken_ = 0;  // of the last SELECT: how far its clauses went
  size_t selects_ = 0;
  int depth_ = 0;
  int where_depth_ = 0;  // of the expressions around this query
};

}  // namespace

Result<ast::Query> Parse(std::string_view statement) {
  ASSIGN_OR_RAISE(std::vector<Token> tokens, Tokenize(statement));
  return QueryParser(std::move(tokens)).Run();
}

}  // namespace headrace::sql
