// A cursor over tokens, with the errors of a parser.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "sql/ast.h"
#include "sql/lexer.h"

namespace headrace::sql {

class TokenStream {
 public:
  // `tokens` ends with kEnd.
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  // Returns a token without taking it; past the end that is kEnd.
  const Token& Peek(size_t ahead = 0) const;
  const Token& Next();

  // Whether the token is this word, in any case, without quotes; or one of these words.
  bool IsWord(std::string_view word, size_t ahead = 0) const;
  bool IsAnyWord(std::initializer_list<std::string_view> words, size_t ahead = 0) const;
  bool IsSymbol(std::string_view symbol, size_t ahead = 0) const;
  bool IsName(size_t ahead = 0) const;  // an identifier, quoted or not

  // Take the token where it is the one named.
  bool TakeWord(std::string_view word);
  bool TakeSymbol(std::string_view symbol);

  // Take the token, which must be there; `what` says what for.
  Status ExpectWord(std::string_view word);
  Status ExpectSymbol(std::string_view symbol);
  Result<ast::Identifier> ExpectName(std::string_view what);

  // "expected <what>, found '...'" at the next token.
  Status Unexpected(std::string_view expected, std::string hint = "") const;

  // The text from the token that begins at `start` to the last one taken.
  Span SpanFrom(Span start) const;

 private:
  std::vector<Token> tokens_;
  size_t at_ = 0;
};

// How deep expressions, types and brackets may nest.
inline constexpr int kDepthMax = 128;

}  // namespace headrace::sql
