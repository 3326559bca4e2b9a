// Kernels on strings that DuckDB has nothing for: conv, soundex, mask, luhn_check, regexp_instr.
#include <re2/re2.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "sql/native_rows.h"

namespace headrace::sql {
namespace {

using Text = std::string_view;

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return std::numeric_limits<int>::max();
}

std::string DigitsOf(uint64_t value, uint64_t base) {
  std::string out;
  do {
    out += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value % base];
    value /= base;
  } while (value != 0);
  std::reverse(out.begin(), out.end());
  return out;
}

// A number of one base in another, as an unsigned number of 64 bits; signed where `to` is negative.
// What follows the digits is left out. Source: Spark's NumberConverter.
void Convert(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, Text, int32_t, int32_t>(
      [&](Text text, int32_t from, int32_t to) -> std::optional<std::string> {
        const int64_t to_base = std::abs(int64_t{to});
        if (from < 2 || from > 36 || to_base < 2 || to_base > 36) return std::nullopt;
        while (text.starts_with(' ')) text.remove_prefix(1);
        while (text.ends_with(' ')) text.remove_suffix(1);
        if (text.empty()) return std::nullopt;
        const bool negative = text.starts_with('-');
        uint64_t value = 0;
        for (const char c : text.substr(negative ? 1 : 0)) {
          const int digit = DigitOf(c);
          if (digit >= from) break;
          if (__builtin_mul_overflow(value, static_cast<uint64_t>(from), &value) ||
              __builtin_add_overflow(value, static_cast<uint64_t>(digit), &value)) {
            rows.Fail("[ARITHMETIC_OVERFLOW] Overflow in function conv().");
            return std::nullopt;
          }
        }
        const auto base = static_cast<uint64_t>(to_base);
        if (to > 0) {
          if (negative && static_cast<int64_t>(value) < 0) return DigitsOf(UINT64_MAX, base);
          return DigitsOf(negative ? 0 - value : value, base);
        }
        const auto number = static_cast<int64_t>(negative ? 0 - value : value);
        if (number >= 0) return DigitsOf(static_cast<uint64_t>(number), base);
        return "-" + DigitsOf(0 - static_cast<uint64_t>(number), base);
      });
}

// Source: Spark's UTF8String.soundex.
void Soundex(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, Text>([](Text text) {
    static constexpr Text kCodes = "01230127022455012623017202";
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
    if (text.empty() || upper(text[0]) < 'A' || upper(text[0]) > 'Z') return std::string(text);
    std::string out(1, upper(text[0]));
    char last = kCodes[static_cast<size_t>(out[0] - 'A')];
    for (const char c : text.substr(1)) {
      const char letter = upper(c);
      if (letter < 'A' || letter > 'Z') {
        last = '0';
        continue;
      }
      const char code = kCodes[static_cast<size_t>(letter - 'A')];
      if (code == '7') continue;  // H and W part nothing
      if (code != '0' && code != last) out += code;
      if (out.size() == 4) return out;
      last = code;
    }
    out.append(4 - out.size(), '0');
    return out;
  });
}

void LuhnCheck(const NativeUse&, NativeRows& rows) {
  rows.Map<bool, Text>([](Text text) {
    int sum = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[text.size() - 1 - i];
      if (c < '0' || c > '9') return false;
      const int digit = (c - '0') * (i % 2 == 1 ? 2 : 1);
      sum += digit > 9 ? digit - 9 : digit;
    }
    return !text.empty() && sum % 10 == 0;
  });
}

void RegexpInstr(const NativeUse&, NativeRows& rows) {
  std::string compiled;
  std::unique_ptr<re2::RE2> pattern;
  rows.Map<int32_t, Text, Text>([&](Text text, Text wanted) -> int32_t {
    if (pattern == nullptr || compiled != wanted) {
      compiled = wanted;
      pattern = std::make_unique<re2::RE2>(compiled, re2::RE2::Quiet);
    }
    if (!pattern->ok()) {
      rows.Fail("[INVALID_PARAMETER_VALUE.PATTERN] no regular expression: " + pattern->error());
      return 0;
    }
    re2::StringPiece match;
    if (!pattern->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(),
                        re2::RE2::UNANCHORED, &match, 1))
      return 0;
    const Text before = text.substr(0, static_cast<size_t>(match.data() - text.data()));
    return static_cast<int32_t>(std::count_if(
               before.begin(), before.end(),
               [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; })) +
           1;
  });
}

}  // namespace

NativeFunction FindTextNative(const NativeUse& use) {
  if (use.kernel == "conv") return Convert;
  if (use.kernel == "soundex") return Soundex;
  if (use.kernel == "luhn_check") return LuhnCheck;
  if (use.kernel == "regexp_instr") return RegexpInstr;
  return nullptr;
}

}  // namespace headrace::sql
