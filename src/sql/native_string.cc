// Kernels on strings. Positions count characters, that is code points, from 1.
#include <openssl/evp.h>
#include <re2/re2.h>
#include <zlib.h>

#include <algorithm>
#include <memory>

#include "sql/native_rows.h"

namespace headrace::sql {
namespace {

using Text = std::string_view;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

int64_t CountCharacters(Text text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); });
}

// Returns the byte at which character `index` (from 0) begins, or the end.
size_t ByteOf(Text text, int64_t index) {
  size_t byte = 0;
  for (; byte < text.size(); ++byte) {
    if (!IsContinuation(text[byte]) && index-- == 0) return byte;
  }
  return byte;
}

Text Slice(Text text, int64_t start, int64_t end) {
  start = std::max<int64_t>(start, 0);
  if (end <= start) return {};
  const size_t first = ByteOf(text, start);
  return text.substr(first, ByteOf(text.substr(first), end - start));
}

// Source: Spark's UTF8String.substringSQL.
std::string Substring(Text text, int32_t position, int32_t length) {
  const int64_t characters = position < 0 ? CountCharacters(text) : 0;
  const int64_t start = position > 0 ? position - 1 : position < 0 ? characters + position : 0;
  return std::string(Slice(text, start, start + length));
}

void SubstringKernel(const NativeUse& use, NativeRows& rows) {
  if (use.arguments.size() == 2) {
    rows.Map<std::string, Text, int32_t>([](Text text, int32_t position) {
      return Substring(text, position, std::numeric_limits<int32_t>::max());
    });
  } else {
    rows.Map<std::string, Text, int32_t, int32_t>(Substring);
  }
}

std::string SubstringIndex(Text text, Text delimiter, int32_t count) {
  if (delimiter.empty() || count == 0) return "";
  size_t at = count > 0 ? 0 : text.size();
  for (int64_t left = count; left != 0; left += count > 0 ? -1 : 1) {
    if (count > 0) {
      const size_t found = text.find(delimiter, at);
      if (found == Text::npos) return std::string(text);
      if (left == 1) return std::string(text.substr(0, found));
      at = found + 1;
    } else {
      if (at == 0) return std::string(text);
      const size_t found = text.substr(0, at + delimiter.size() - 1).rfind(delimiter, at - 1);
      if (found == Text::npos) return std::string(text);
      if (left == -1) return std::string(text.substr(found + delimiter.size()));
      at = found;
    }
  }
  return std::string(text);
}

std::string Overlay(Text text, Text with, int32_t position, int32_t length) {
  std::string out(Slice(text, 0, std::max<int64_t>(0, int64_t{position} - 1)));
  out += with;
  const int64_t replaced = length >= 0 ? length : CountCharacters(with);
  out += Slice(text, int64_t{position} - 1 + replaced, std::numeric_limits<int64_t>::max());
  return out;
}

void OverlayKernel(const NativeUse& use, NativeRows& rows) {
  if (use.arguments.size() == 3) {
    rows.Map<std::string, Text, Text, int32_t>(
        [](Text text, Text with, int32_t position) { return Overlay(text, with, position, -1); });
  } else {
    rows.Map<std::string, Text, Text, int32_t, int32_t>(Overlay);
  }
}

void Locate(const NativeUse&, NativeRows& rows) {
  rows.Map<int32_t, Text, Text, int32_t>([](Text what, Text text, int32_t position) -> int32_t {
    if (position < 1) return 0;
    if (what.empty()) return 1;
    if (position - 1 > CountCharacters(text)) return 0;
    const size_t found = text.find(what, ByteOf(text, position - 1));
    return found == Text::npos ? 0
                               : static_cast<int32_t>(CountCharacters(text.substr(0, found)) + 1);
  });
}

// The characters that pad `text` to `length`.
std::string Padding(Text text, int32_t length, Text with) {
  const int64_t missing = length - CountCharacters(text);
  const int64_t period = CountCharacters(with);
  std::string padding;
  if (missing <= 0 || period == 0) return padding;
  for (int64_t i = 0; i < missing / period; ++i) padding += with;
  return padding + std::string(Slice(with, 0, missing % period));
}

// A text that one row can't sensibly hold is refused before memory is taken for it.
constexpr int64_t kTextBytesMax = int64_t{64} << 20;

bool CheckSize(int64_t bytes, NativeRows& rows) {
  if (bytes <= kTextBytesMax) return true;
  rows.Fail("[INVALID_PARAMETER_VALUE] the string would be longer than 64 MiB");
  return false;
}

void Repeat(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, Text, int32_t>([&](Text text, int32_t count) {
    std::string out;
    if (!CheckSize(static_cast<int64_t>(text.size()) * count, rows)) return out;
    for (int32_t i = 0; i < count && !text.empty(); ++i) out += text;
    return out;
  });
}

std::string Pad(Text text, int32_t length, Text with, bool left, NativeRows& rows) {
  if (!CheckSize(with.empty() ? 0 : length, rows)) return "";
  const std::string kept(Slice(text, 0, length));
  const std::string padding = Padding(text, length, with);
  return left ? padding + kept : kept + padding;
}

template <bool kLeft>
void PadKernel(const NativeUse& use, NativeRows& rows) {
  if (use.arguments.size() == 2) {
    rows.Map<std::string, Text, int32_t>(
        [&](Text text, int32_t length) { return Pad(text, length, " ", kLeft, rows); });
  } else {
    rows.Map<std::string, Text, int32_t, Text>(
        [&](Text text, int32_t length, Text with) { return Pad(text, length, with, kLeft, rows); });
  }
}

void Space(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, int32_t>([&](int32_t count) {
    if (count < 0 || !CheckSize(count, rows)) return std::string();
    return std::string(static_cast<size_t>(count), ' ');
  });
}

void Reverse(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, Text>([](Text text) {
    std::string out;
    for (size_t end = text.size(); end > 0;) {
      size_t start = end - 1;
      while (start > 0 && IsContinuation(text[start])) --start;
      out += text.substr(start, end - start);
      end = start;
    }
    return out;
  });
}

void Character(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, int64_t>([](int64_t code) -> std::string {
    if (code < 0) return "";
    const auto byte = static_cast<unsigned char>(code & 0xFF);
    if (byte < 0x80) return std::string(1, static_cast<char>(byte));
    return {static_cast<char>(0xC0 | (byte >> 6)), static_cast<char>(0x80 | (byte & 0x3F))};
  });
}

void Sha2(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, Text, int32_t>([](Text text, int32_t bits) -> std::optional<std::string> {
    const EVP_MD* digest = bits == 0 || bits == 256 ? EVP_sha256()
                           : bits == 224            ? EVP_sha224()
                           : bits == 384            ? EVP_sha384()
                           : bits == 512            ? EVP_sha512()
                                                    : nullptr;
    if (digest == nullptr) return std::nullopt;
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), bytes, &size, digest, nullptr);
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
      hex += "0123456789abcdef"[bytes[i] >> 4];
      hex += "0123456789abcdef"[bytes[i] & 15];
    }
    return hex;
  });
}

void Crc32(const NativeUse&, NativeRows& rows) {
  rows.Map<int64_t, Text>([](Text text) {
    return static_cast<int64_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
  });
}

// Splits around matches. As in Java an empty match at the start makes no part, one elsewhere parts
// two characters; `limit` parts at most, the last with the rest.
std::vector<Text> Split(Text text, const re2::RE2& pattern, int32_t limit) {
  std::vector<Text> parts;
  size_t start = 0;
  size_t from = 0;
  re2::StringPiece match;
  const re2::StringPiece whole(text.data(), text.size());
  while (from <= text.size() && (limit <= 0 || static_cast<int64_t>(parts.size()) < limit - 1) &&
         pattern.Match(whole, from, text.size(), re2::RE2::UNANCHORED, &match, 1)) {
    const auto at = static_cast<size_t>(match.data() - text.data());
    if (match.empty()) {
      if (at >= text.size()) break;
      from = at + 1;
      while (from < text.size() && IsContinuation(text[from])) ++from;
      if (at == 0) continue;
      parts.push_back(text.substr(start, at - start));
      start = at;
      continue;
    }
    parts.push_back(text.substr(start, at - start));
    start = from = at + match.size();
  }
  parts.push_back(text.substr(start));
  return parts;
}

void SplitKernel(const NativeUse& use, NativeRows& rows) {
  const idx_t count = duckdb_data_chunk_get_size(rows.chunk());
  const Argument<Text> texts(rows.chunk(), 0, use);
  const Argument<Text> patterns(rows.chunk(), 1, use);
  const bool limited = use.arguments.size() == 3;
  const Argument<int32_t> limits(rows.chunk(), limited ? 2 : 0, use);
  auto* entries = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(rows.output()));
  std::string compiled_pattern;
  std::unique_ptr<re2::RE2> pattern;
  uint64_t size = 0;
  for (idx_t row = 0; row < count; ++row) {
    bool valid = true;
    for (idx_t column = 0; column < use.arguments.size(); ++column) {
      valid =
          valid &&
          duckdb_validity_row_is_valid(
              duckdb_vector_get_validity(duckdb_data_chunk_get_vector(rows.chunk(), column)), row);
    }
    if (!valid) {
      rows.SetNull(row);
      entries[row] = {size, 0};
      continue;
    }
    if (pattern == nullptr || compiled_pattern != patterns[row]) {
      compiled_pattern = patterns[row];
      pattern = std::make_unique<re2::RE2>(compiled_pattern, re2::RE2::Quiet);
      if (!pattern->ok()) {
        return rows.Fail("[INVALID_PARAMETER_VALUE.PATTERN] no regular expression: " +
                         pattern->error());
      }
    }
    const std::vector<Text> parts = Split(texts[row], *pattern, limited ? limits[row] : -1);
    duckdb_list_vector_reserve(rows.output(), size + parts.size());
    duckdb_vector child = duckdb_list_vector_get_child(rows.output());
    for (size_t i = 0; i < parts.size(); ++i) {
      duckdb_unsafe_vector_assign_string_element_len(child, size + i, parts[i].data(),
                                                     parts[i].size());
    }
    entries[row] = {size, parts.size()};
    size += parts.size();
  }
  duckdb_list_vector_set_size(rows.output(), size);
}

void SubstringIndexKernel(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, Text, Text, int32_t>(SubstringIndex);
}

struct ByName {
  std::string_view name;
  NativeFunction function;
};
constexpr ByName kKernels[] = {
    {"substring", SubstringKernel},
    {"substring_index", SubstringIndexKernel},
    {"overlay", OverlayKernel},
    {"locate", Locate},
    {"lpad", PadKernel<true>},
    {"rpad", PadKernel<false>},
    {"reverse", Reverse},
    {"repeat", Repeat},
    {"space", Space},
    {"chr", Character},
    {"sha2", Sha2},
    {"crc32", Crc32},
    {"split", SplitKernel},
};

}  // namespace

NativeFunction FindStringNative(const NativeUse& use) {
  for (const ByName& row : kKernels) {
    if (row.name == use.kernel) return row.function;
  }
  return nullptr;
}

}  // namespace headrace::sql
