#include "hudi/properties.h"

#include <fmt/format.h>

#include <vector>

#include "hudi/utf16.h"

namespace headrace::hudi {
namespace {

constexpr std::string_view kBlank = " \t\f";

// Splits into logical lines: a backslash before the end of a line continues it.
std::vector<std::string> LogicalLines(std::string_view text) {
  std::vector<std::string> lines;
  std::string line;
  bool is_continued = false;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of("\r\n"), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    part.remove_prefix(std::min(part.find_first_not_of(kBlank), part.size()));
    if (!is_continued && (part.empty() || part[0] == '#' || part[0] == '!')) continue;
    size_t backslashes = 0;
    while (backslashes < part.size() && part[part.size() - 1 - backslashes] == '\\') ++backslashes;
    is_continued = backslashes % 2 == 1;
    line += part.substr(0, part.size() - (is_continued ? 1 : 0));
    if (is_continued) continue;
    lines.push_back(std::move(line));
    line.clear();
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

// Reads the four digits of \uXXXX; -1 where they are none.
int32_t HexUnit(std::string_view digits) {
  if (digits.size() < 4) return -1;
  int32_t value = 0;
  for (const char c : digits.substr(0, 4)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out.push_back(text[i]);
      continue;
    }
    const char c = text[++i];
    const int32_t unit = c == 'u' ? HexUnit(text.substr(i + 1)) : -1;
    if (unit >= 0) {
      i += 4;
      uint32_t point = unit;
      const bool is_high = unit >= 0xD800 && unit < 0xDC00;
      if (is_high && text.substr(i + 1, 2) == "\\u") {
        const int32_t low = HexUnit(text.substr(i + 3));
        if (low >= 0xDC00 && low < 0xE000) {
          point = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
          i += 6;
        }
      }
      AppendUtf8(point, &out);
    } else {
      out.push_back(c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'f' ? '\f' : c);
    }
  }
  return out;
}

void Escape(std::string_view text, bool is_key, std::string* out) {
  bool is_first = true;
  ForEachUtf16Unit(text, [&](uint16_t unit) {
    const char c = static_cast<char>(unit);
    if (unit >= 0x7F || (unit < 0x20 && c != '\t' && c != '\n' && c != '\r')) {
      *out += fmt::format("\\u{:04X}", unit);
    } else if (c == '\t' || c == '\n' || c == '\r') {
      *out += c == '\t' ? "\\t" : c == '\n' ? "\\n" : "\\r";
    } else {
      // In a value only a leading blank would be lost; other readers take the rest as it stands.
      const bool is_special = c == '\\' || (c == ' ' && (is_key || is_first)) ||
                              (is_key && (c == ':' || c == '=' || c == '#' || c == '!'));
      if (is_special) out->push_back('\\');
      out->push_back(c);
    }
    is_first = false;
  });
}

}  // namespace

Properties ParseProperties(std::string_view text) {
  Properties properties;
  for (const std::string& line : LogicalLines(text)) {
    size_t key_end = 0;
    while (key_end < line.size() &&
           std::string_view("=: \t\f").find(line[key_end]) == std::string_view::npos) {
      key_end += line[key_end] == '\\' ? 2 : 1;
    }
    key_end = std::min(key_end, line.size());
    size_t value = std::min(line.find_first_not_of(kBlank, key_end), line.size());
    if (value < line.size() && (line[value] == '=' || line[value] == ':'))
      value = std::min(line.find_first_not_of(kBlank, value + 1), line.size());
    properties[Unescape(std::string_view(line).substr(0, key_end))] =
        Unescape(std::string_view(line).substr(value));
  }
  return properties;
}

std::string FormatProperties(const Properties& properties, std::string_view comment) {
  std::string text = fmt::format("# {}\n", comment);
  for (const auto& [key, value] : properties) {
    Escape(key, true, &text);
    text.push_back('=');
    Escape(value, false, &text);
    text.push_back('\n');
  }
  return text;
}

}  // namespace headrace::hudi
