// UTF-8 as Java's strings see it: UTF-16 code units.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headrace::hudi {

// Calls `visit(uint16_t)` with each code unit. A byte that belongs to no character counts as
// U+FFFD.
template <typename Visit>
void ForEachUtf16Unit(std::string_view text, Visit visit) {
  for (size_t i = 0; i < text.size();) {
    const uint8_t first = static_cast<uint8_t>(text[i++]);
    if (first < 0x80) {
      visit(static_cast<uint16_t>(first));
      continue;
    }
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    uint32_t point = first & (0x3F >> more);
    bool good = first >= 0xC2 && first < 0xF5 && i + more <= text.size();
    for (int n = 0; good && n < more; ++n) {
      const uint8_t next = static_cast<uint8_t>(text[i + n]);
      good = (next & 0xC0) == 0x80;
      point = point << 6 | (next & 0x3F);
    }
    if (!good) {
      visit(static_cast<uint16_t>(0xFFFD));
      continue;
    }
    i += more;
    if (point < 0x10000) {
      visit(static_cast<uint16_t>(point));
    } else {
      visit(static_cast<uint16_t>(0xD800 + ((point - 0x10000) >> 10)));
      visit(static_cast<uint16_t>(0xDC00 + ((point - 0x10000) & 0x3FF)));
    }
  }
}

// Appends a code point as UTF-8.
inline void AppendUtf8(uint32_t point, std::string* out) {
  if (point < 0x80) {
    out->push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out->push_back(static_cast<char>(0xC0 | point >> 6));
    out->push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else if (point < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | point >> 12));
    out->push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xF0 | point >> 18));
    out->push_back(static_cast<char>(0x80 | (point >> 12 & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (point & 0x3F)));
  }
}

}  // namespace headrace::hudi
