#include "sql/lexer.h"

#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "sql/error.h"
#include "sql/names.h"

namespace headrace::sql {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Bytes of a character beyond ASCII count as letters.
bool IsWord(char c) {
  return IsDigit(c) || (ToLower(c) >= 'a' && ToLower(c) <= 'z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

// Longest first. Shifts are left to the parser, which sees two '>' side by side: in a type
// ARRAY<ARRAY<INT>> they are brackets.
constexpr std::array<std::string_view, 34> kSymbols = {
    "<=>", "::", "<=", "<>", ">=", "!=", "!>", "!<", "==", "||", "->", "=>",
    "<<",  "+",  "-",  "*",  "/",  "%",  "=",  "<",  ">",  "!",  "(",  ")",
    "[",   "]",  ",",  ".",  ";",  ":",  "~",  "&",  "|",  "^"};

void AppendUtf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    *out += static_cast<char>(code);
  } else if (code < 0x800) {
    *out += static_cast<char>(0xC0 | (code >> 6));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *out += static_cast<char>(0xE0 | (code >> 12));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    *out += static_cast<char>(0xF0 | (code >> 18));
    *out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

std::optional<uint32_t> ParseDigits(std::string_view text, size_t count, uint32_t base) {
  if (text.size() < count) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text.substr(0, count)) {
    const uint32_t digit = IsDigit(c) ? static_cast<uint32_t>(c - '0')
                           : ToLower(c) >= 'a' && ToLower(c) <= 'f'
                               ? static_cast<uint32_t>(ToLower(c) - 'a' + 10)
                               : base;
    if (digit >= base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> Run() {
    arrow::util::InitializeUTF8();
    if (!arrow::util::ValidateUTF8(text_))
      return ErrorAt({0, 0}, "the statement is not valid UTF-8");
    if (text_.size() > kStatementBytesMax)
      return ErrorAt({0, 0}, fmt::format("the statement has {} bytes, more than {}", text_.size(),
                                         kStatementBytesMax));
    while (true) {
      RETURN_NOT_OK(SkipSpace());
      if (at_ == text_.size()) break;
      RETURN_NOT_OK(Lex());
    }
    tokens_.push_back({TokenKind::kEnd, "", {text_.size(), 0}});
    return std::move(tokens_);
  }

 private:
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool StartsWith(std::string_view prefix) const { return text_.substr(at_).starts_with(prefix); }

  void Add(TokenKind kind, size_t start, std::string value) {
    tokens_.push_back({kind, std::move(value), {start, at_ - start}});
  }

  Status SkipSpace() {
    while (at_ < text_.size()) {
      if (IsSpace(Peek())) {
        ++at_;
      } else if (StartsWith("--")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (StartsWith("/*")) {
        RETURN_NOT_OK(SkipBlockComment());
      } else {
        break;
      }
    }
    return Status::OK();
  }

  // Block comments nest.
  Status SkipBlockComment() {
    const size_t start = at_;
    size_t depth = 0;
    do {
      if (StartsWith("/*")) {
        ++depth;
        at_ += 2;
      } else if (StartsWith("*/")) {
        --depth;
        at_ += 2;
      } else if (at_++ >= text_.size()) {
        at_ = text_.size();
        return ErrorAt({start, 2}, "this comment does not end", "close it with */");
      }
    } while (depth > 0);
    return Status::OK();
  }

  Status Lex() {
    const char c = Peek();
    if ((c == 'r' || c == 'R') && (Peek(1) == '\'' || Peek(1) == '"')) return LexRawString();
    if (c == '\'' || c == '"') return LexString();
    if (c == '`') return LexQuotedIdentifier();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)) && !AfterName())) return LexNumber();
    if (IsWord(c)) return LexWord();
    for (const std::string_view symbol : kSymbols) {
      if (!StartsWith(symbol)) continue;
      const size_t start = at_;
      at_ += symbol.size();
      Add(TokenKind::kSymbol, start, std::string(symbol));
      return Status::OK();
    }
    return ErrorAt({at_, 1}, fmt::format("unexpected character '{}'", c));
  }

  // In `a.1b` the point separates names.
  bool AfterName() const {
    return !tokens_.empty() && tokens_.back().span.offset + tokens_.back().span.length == at_ &&
           (tokens_.back().kind == TokenKind::kIdentifier ||
            tokens_.back().kind == TokenKind::kQuotedIdentifier);
  }

  Status AddName(TokenKind kind, size_t start, std::string name) {
    if (name.size() > kNameBytesMax)
      return ErrorAt({start, at_ - start}, fmt::format("the name has {} bytes, more than {}",
                                                       name.size(), kNameBytesMax));
    Add(kind, start, std::move(name));
    return Status::OK();
  }

  Status LexWord() {
    const size_t start = at_;
    while (IsWord(Peek())) ++at_;
    return AddName(TokenKind::kIdentifier, start, std::string(text_.substr(start, at_ - start)));
  }

  // Takes digits, point, exponent and suffix; a word that only begins with digits is a name.
  Status LexNumber() {
    const size_t start = at_;
    while (IsDigit(Peek())) ++at_;
    bool integer = true;
    if (Peek() == '.') {
      integer = false;
      ++at_;
      while (IsDigit(Peek())) ++at_;
    }
    if (ToLower(Peek()) == 'e') {
      const size_t sign = Peek(1) == '+' || Peek(1) == '-' ? 1 : 0;
      if (IsDigit(Peek(1 + sign))) {
        integer = false;
        at_ += 1 + sign;
        while (IsDigit(Peek())) ++at_;
      }
    }
    const size_t digits_end = at_;
    while (IsWord(Peek())) ++at_;
    const std::string suffix = Lower(text_.substr(digits_end, at_ - digits_end));
    const std::string number(text_.substr(start, at_ - start));
    const bool known = suffix == "d" || suffix == "f" || suffix == "bd" ||
                       (integer && (suffix == "l" || suffix == "s" || suffix == "y"));
    if (suffix.empty() || known) {
      Add(integer && suffix.empty() ? TokenKind::kInteger : TokenKind::kNumber, start, number);
      return Status::OK();
    }
    if (number.find_first_of(".+-") == std::string::npos) {
      return AddName(TokenKind::kIdentifier, start, number);
    }
    return ErrorAt({start, at_ - start}, fmt::format("'{}' is not a number", number),
                   "the suffixes of a number are L, S, Y (integers), F, D and BD");
  }

  Status LexQuotedIdentifier() {
    const size_t start = at_++;
    std::string value;
    while (true) {
      if (at_ == text_.size())
        return ErrorAt({start, 1}, "this quoted name does not end", "close it with `");
      if (Peek() == '`') {
        ++at_;
        if (Peek() != '`') break;
      }
      value += text_[at_++];
    }
    if (value.empty()) return ErrorAt({start, at_ - start}, "a name must not be empty");
    return AddName(TokenKind::kQuotedIdentifier, start, std::move(value));
  }

  Status LexRawString() {
    const size_t start = at_;
    const char quote = Peek(1);
    const size_t end = text_.find(quote, at_ + 2);
    if (end == std::string_view::npos) return UnterminatedString(start);
    std::string value(text_.substr(at_ + 2, end - at_ - 2));
    at_ = end + 1;
    Add(TokenKind::kString, start, std::move(value));
    return Status::OK();
  }

  Status LexString() {
    const size_t start = at_;
    const char quote = text_[at_++];
    std::string value;
    while (true) {
      if (at_ == text_.size()) return UnterminatedString(start);
      const char c = text_[at_++];
      if (c == '\\') {
        if (at_ == text_.size()) return UnterminatedString(start);
        Unescape(&value);
      } else if (c != quote) {
        value += c;
      } else if (Peek() == quote) {
        value += text_[at_++];
      } else {
        break;
      }
    }
    Add(TokenKind::kString, start, std::move(value));
    return Status::OK();
  }

  Status UnterminatedString(size_t start) const {
    return ErrorAt({start, 1}, "this string does not end",
                   "close it with the quote it begins with; a quote inside is written \\' or ''");
  }

  // Appends what the escape after a backslash stands for (Spark: ParserUtils.unescapeSQLString).
  void Unescape(std::string* out) {
    const std::string_view rest = text_.substr(at_);
    if (rest[0] == 'u' || rest[0] == 'U') {
      const size_t digits = rest[0] == 'u' ? 4 : 8;
      if (const auto code = ParseDigits(rest.substr(1), digits, 16); code && IsScalarValue(*code)) {
        at_ += 1 + digits;
        return AppendUtf8(*code, out);
      }
    }
    if (rest[0] == '0' || rest[0] == '1') {
      if (const auto code = ParseDigits(rest, 3, 8)) {
        at_ += 3;
        return AppendUtf8(*code, out);
      }
    }
    ++at_;
    switch (rest[0]) {
      case '0':
        *out += '\0';
        return;
      case 'b':
        *out += '\b';
        return;
      case 'n':
        *out += '\n';
        return;
      case 'r':
        *out += '\r';
        return;
      case 't':
        *out += '\t';
        return;
      case 'Z':
        *out += '\x1A';
        return;
      // Kept for LIKE, which knows them as escapes.
      case '%':
        *out += "\\%";
        return;
      case '_':
        *out += "\\_";
        return;
      default:
        *out += rest[0];
    }
  }

  static bool IsScalarValue(uint32_t code) {
    return code < 0xD800 || (code > 0xDFFF && code <= 0x10FFFF);
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> Tokenize(std::string_view text) { return Lexer(text).Run(); }

}  // namespace headrace::sql
