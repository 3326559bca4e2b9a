#include "storage/ini_file.h"

#include <algorithm>

namespace headrace::storage {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

IniFile ParseIni(std::string_view text) {
  IniFile file;
  IniSection* section = nullptr;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view raw = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view line = Trim(raw);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[') {
      const size_t close = line.find(']');
      section = close == std::string_view::npos
                    ? nullptr
                    : &file[std::string(Trim(line.substr(1, close - 1)))];
      continue;
    }
    const size_t equals = line.find('=');
    const bool is_nested = raw[0] == ' ' || raw[0] == '\t';
    if (section == nullptr || is_nested || equals == std::string_view::npos) continue;
    std::string_view value = Trim(line.substr(equals + 1));
    // A # begins a comment only after a space: a secret may hold one.
    for (const std::string_view comment : {" #", " ;"})
      value = Trim(value.substr(0, value.find(comment)));
    (*section)[std::string(Trim(line.substr(0, equals)))] = value;
  }
  return file;
}

}  // namespace headrace::storage
