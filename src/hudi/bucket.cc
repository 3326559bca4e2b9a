#include "hudi/bucket.h"

#include <algorithm>

#include "hudi/utf16.h"

namespace headrace::hudi {
namespace {

constexpr auto kNone = std::string_view::npos;

int32_t HashOfField(std::string_view value) {
  return value == "__null__" ? 0 : JavaHash(value == "__empty__" ? "" : value);
}

}  // namespace

int32_t JavaHash(std::string_view text) {
  uint32_t hash = 0;
  ForEachUtf16Unit(text, [&](uint16_t unit) { hash = hash * 31 + unit; });
  return static_cast<int32_t>(hash);
}

int32_t BucketOf(std::string_view key, const std::vector<std::string>& hash_fields,
                 int32_t buckets) {
  uint32_t hash = 1;  // java.util.List.hashCode
  bool is_split = false;
  if (key.find(',') != kNone && key.find(':') != kNone) {
    for (size_t begin = 0; begin < key.size();) {
      const size_t colon = key.find(':', begin);
      if (colon == kNone) break;
      // The value ends at the last comma before the next colon that has one before it.
      size_t end = key.size();
      for (size_t next = key.find(':', colon + 1); next != kNone; next = key.find(':', next + 1)) {
        const size_t comma = key.substr(0, next).rfind(',');
        if (comma == kNone || comma <= colon) continue;
        end = comma;
        break;
      }
      const std::string_view name = key.substr(begin, colon - begin);
      if (std::find(hash_fields.begin(), hash_fields.end(), name) != hash_fields.end()) {
        hash = hash * 31 + HashOfField(key.substr(colon + 1, end - colon - 1));
        is_split = true;
      }
      begin = end + 1;
    }
  }
  if (!is_split) hash = 31 + JavaHash(key);
  return static_cast<int32_t>((hash & 0x7FFFFFFF) % buckets);
}

}  // namespace headrace::hudi
