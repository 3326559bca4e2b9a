#include "sql/token_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "sql/error.h"
#include "sql/names.h"

namespace headrace::sql {

const Token& TokenStream::Peek(size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

const Token& TokenStream::Next() {
  const Token& token = Peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool TokenStream::IsWord(std::string_view word, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kIdentifier && SameName(token.text, word);
}

bool TokenStream::IsAnyWord(std::initializer_list<std::string_view> words, size_t ahead) const {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return IsWord(word, ahead); });
}

bool TokenStream::IsSymbol(std::string_view symbol, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kSymbol && token.text == symbol;
}

bool TokenStream::IsName(size_t ahead) const {
  const TokenKind kind = Peek(ahead).kind;
  return kind == TokenKind::kIdentifier || kind == TokenKind::kQuotedIdentifier;
}

bool TokenStream::TakeWord(std::string_view word) {
  const bool found = IsWord(word);
  if (found) Next();
  return found;
}

bool TokenStream::TakeSymbol(std::string_view symbol) {
  const bool found = IsSymbol(symbol);
  if (found) Next();
  return found;
}

Status TokenStream::ExpectWord(std::string_view word) {
  return TakeWord(word) ? Status::OK() : Unexpected(word);
}

Status TokenStream::ExpectSymbol(std::string_view symbol) {
  return TakeSymbol(symbol) ? Status::OK() : Unexpected(fmt::format("'{}'", symbol));
}

Result<ast::Identifier> TokenStream::ExpectName(std::string_view what) {
  if (!IsName()) return Unexpected(what);
  const Token& token = Next();
  return ast::Identifier{token.text, token.span};
}

Status TokenStream::Unexpected(std::string_view expected, std::string hint) const {
  const Token& token = Peek();
  std::string found;
  switch (token.kind) {
    case TokenKind::kEnd:
      found = "the end";
      break;
    case TokenKind::kString:
      found = "a string";
      break;
    default:
      found = fmt::format("'{}'", token.text);
  }
  return ErrorAt(token.span, fmt::format("expected {}, found {}", expected, found),
                 std::move(hint));
}

Span TokenStream::SpanFrom(Span start) const {
  return at_ == 0 ? start : Join(start, tokens_[at_ - 1].span);
}

}  // namespace headrace::sql
