#include "hudi/file_name.h"

#include <fmt/format.h>

#include <charconv>
#include <random>

#include "hudi/instant.h"

namespace headrace::hudi {
namespace {

constexpr auto kNone = std::string_view::npos;
constexpr size_t kBucketDigits = 8;

// Also keeps out what only looks like a data file, such as Hadoop's "..x.log.1_0-0-0.crc".
bool IsWriteToken(std::string_view text) { return text.find_first_not_of("0123456789-") == kNone; }

std::optional<DataFileName> ParseBaseName(std::string_view name) {
  constexpr std::string_view kExtension = ".parquet";
  if (!name.ends_with(kExtension)) return std::nullopt;
  name.remove_suffix(kExtension.size());
  const size_t first = name.find('_');
  const size_t last = name.rfind('_');
  if (first == kNone || first == 0 || first == last) return std::nullopt;
  DataFileName parsed;
  parsed.file_id = name.substr(0, first);
  parsed.write_token = name.substr(first + 1, last - first - 1);
  parsed.instant = name.substr(last + 1);
  if (!IsInstantTime(parsed.instant) || !IsWriteToken(parsed.write_token)) return std::nullopt;
  return parsed;
}

std::optional<DataFileName> ParseLogName(std::string_view name) {
  const size_t log = name.find(".log.");
  if (log == kNone) return std::nullopt;
  const std::string_view head = name.substr(1, log - 1);
  const std::string_view tail = name.substr(log + 5);
  const size_t last = head.rfind('_');
  const size_t token = std::min(tail.find('_'), tail.size());
  if (last == kNone || last == 0 || tail.ends_with(".cdc")) return std::nullopt;
  DataFileName parsed;
  parsed.is_log = true;
  parsed.file_id = head.substr(0, last);
  parsed.instant = head.substr(last + 1);
  parsed.write_token = tail.substr(std::min(token + 1, tail.size()));
  const auto [end, error] = std::from_chars(tail.data(), tail.data() + token, parsed.log_version);
  if (error != std::errc() || end != tail.data() + token || !IsInstantTime(parsed.instant) ||
      !IsWriteToken(parsed.write_token) || parsed.file_id[0] == '.')
    return std::nullopt;
  return parsed;
}

}  // namespace

std::string DataFileName::ToString() const {
  if (!is_log) return file_id + "_" + write_token + "_" + instant + ".parquet";
  return fmt::format(".{}_{}.log.{}_{}", file_id, instant, log_version, write_token);
}

std::optional<DataFileName> ParseDataFileName(std::string_view name) {
  if (name.empty()) return std::nullopt;
  return name[0] == '.' ? ParseLogName(name) : ParseBaseName(name);
}

std::string MakeFileId(std::optional<int32_t> bucket) {
  static thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  const uint64_t high = generator();
  const uint64_t low = generator();
  // A random UUID (RFC 4122, version 4) whose first eight digits are the bucket.
  const std::string first =
      bucket.has_value() ? fmt::format("{:08}", *bucket) : fmt::format("{:08x}", generator() >> 32);
  return fmt::format("{}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}-0", first, high & 0xFFFF,
                     high >> 16 & 0xFFF, 8 + (high >> 28 & 3), high >> 32 & 0xFFF,
                     low & 0xFFFF'FFFF'FFFF);
}

std::optional<int32_t> BucketOfFileId(std::string_view file_id) {
  int32_t bucket = 0;
  if (file_id.size() <= kBucketDigits || file_id[kBucketDigits] != '-') return std::nullopt;
  const auto [end, error] = std::from_chars(file_id.data(), file_id.data() + kBucketDigits, bucket);
  if (error != std::errc() || end != file_id.data() + kBucketDigits) return std::nullopt;
  return bucket;
}

}  // namespace headrace::hudi
