// From SQL text to tokens, as Spark's lexer cuts it (SqlBaseLexer.g4 of Spark 4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace::sql {

enum class TokenKind {
  kIdentifier,  // also every keyword: whether it is one, its place decides
  kQuotedIdentifier,
  kString,
  kInteger,  // digits only
  kNumber,   // with a point, an exponent or a suffix
  kSymbol,
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;  // as written; of strings and quoted identifiers the value
  Span span;
};

// A statement longer than this is refused.
inline constexpr size_t kStatementBytesMax = 256 << 10;

// So is a name: what is looked for among near names must be short.
inline constexpr size_t kNameBytesMax = 255;

// Returns the tokens of `text` without white space and comments; the last one is kEnd.
//
// Errors: a user error where a string, comment or quoted identifier doesn't end, a character
// belongs to no token, or the text or a name is too
// long.
Result<std::vector<Token>> Tokenize(std::string_view text);

}  // namespace headrace::sql
