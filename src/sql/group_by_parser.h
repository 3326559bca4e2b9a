// Parses GROUP BY: keys, ALL, and the grouping sets of GROUPING SETS, ROLLUP and CUBE.
#pragma once

#include <cstddef>
#include <vector>

#include "base/status.h"
#include "sql/ast.h"
#include "sql/token_stream.h"

namespace headrace::sql {

// How many grouping sets one GROUP BY may have.
inline constexpr size_t kGroupingSetsMax = 1024;

class GroupByParser {
 public:
  explicit GroupByParser(TokenStream* tokens) : tokens_(*tokens) {}

  // Parses the clause at the cursor into `select`.
  Status Parse(ast::Select* select);

 private:
  // A set holds positions of keys_.
  using Set = std::vector<size_t>;
  using Sets = std::vector<Set>;

  Result<Sets> ParseElement();
  Result<Sets> ParseGroupingSets();
  Result<Set> ParseSet();
  Result<Set> AddKey();
  Result<std::vector<Set>> ParseSetList();
  Status Multiply(const Sets& sets, Span span);

  TokenStream& tokens_;
  std::vector<ast::ExpressionPtr> keys_;
  Sets sets_ = {{}};
  int depth_ = 0;
};

}  // namespace headrace::sql
