// OVER (PARTITION BY ... ORDER BY ...) behind a function, and lists of ORDER BY.
#include <utility>

#include "sql/error.h"
#include "sql/expression_parser.h"

namespace headrace::sql {

Result<std::vector<ast::SortItem>> ExpressionParser::ParseSortItems() {
  std::vector<ast::SortItem> items;
  do {
    ast::SortItem item;
    ASSIGN_OR_RAISE(item.expression, Parse());
    if (tokens_.TakeWord("DESC")) {
      item.descending = true;
    } else {
      tokens_.TakeWord("ASC");
    }
    // As in Spark nulls come first where values ascend.
    item.nulls_first = !item.descending;
    if (tokens_.TakeWord("NULLS")) {
      item.nulls_first = tokens_.TakeWord("FIRST");
      if (!item.nulls_first) RETURN_NOT_OK(tokens_.ExpectWord("LAST"));
    }
    items.push_back(std::move(item));
  } while (tokens_.TakeSymbol(","));
  return items;
}

Result<std::shared_ptr<const ast::WindowSpec>> ExpressionParser::ParseOver() {
  auto spec = std::make_shared<ast::WindowSpec>();
  const Span start = tokens_.Peek().span;
  tokens_.Next();
  if (!tokens_.IsSymbol("(")) return NotSupported(tokens_.Peek().span, "a named window");
  tokens_.Next();
  if (tokens_.IsAnyWord({"PARTITION", "DISTRIBUTE"}) && tokens_.IsWord("BY", 1)) {
    tokens_.Next();
    tokens_.Next();
    do {
      ASSIGN_OR_RAISE(ast::ExpressionPtr key, Parse());
      spec->partition_by.push_back(std::move(key));
    } while (tokens_.TakeSymbol(","));
  }
  if (tokens_.IsAnyWord({"ORDER", "SORT"}) && tokens_.IsWord("BY", 1)) {
    tokens_.Next();
    tokens_.Next();
    ASSIGN_OR_RAISE(spec->order_by, ParseSortItems());
  }
  if (tokens_.IsAnyWord({"ROWS", "RANGE"}))
    return NotSupported(tokens_.Peek().span, "a frame of OVER (ROWS, RANGE)");
  RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
  spec->span = tokens_.SpanFrom(start);
  return spec;
}

}  // namespace headrace::sql
