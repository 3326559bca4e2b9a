#include "log/log_keys.h"

#include <cstring>

namespace headrace::log {
namespace {

template <typename T>
void AppendBigEndian(T value, std::string* out) {
  for (int shift = 8 * (sizeof(T) - 1); shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(static_cast<uint64_t>(value) >> shift));
  }
}

template <typename T>
T LoadBigEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return static_cast<T>(value);
}

template <typename T>
T Take(std::string_view* bytes) {
  const T value = LoadBigEndian<T>(*bytes);
  bytes->remove_prefix(sizeof(T));
  return value;
}

}  // namespace

std::string TopicKey(std::string_view name) { return kTopicPrefix + std::string(name); }

std::string CursorKey(uint32_t topic, std::string_view producer) {
  std::string key(1, kCursorPrefix);
  AppendBigEndian(topic, &key);
  return key.append(producer);
}

std::string ReaderKeyPrefix(uint32_t topic) {
  std::string key(1, kReaderPrefix);
  AppendBigEndian(topic, &key);
  return key;
}

std::string ReaderKey(uint32_t topic, int32_t partition, std::string_view reader) {
  std::string key = ReaderKeyPrefix(topic);
  AppendBigEndian(partition, &key);
  return key.append(reader);
}

std::string IndexKey(uint32_t topic, int32_t partition, int64_t base_offset) {
  return kIndexPrefix + BlockKey(topic, partition, base_offset);
}

std::string BlockKey(uint32_t topic, int32_t partition, int64_t base_offset) {
  std::string key;
  AppendBigEndian(topic, &key);
  AppendBigEndian(partition, &key);
  AppendBigEndian(base_offset, &key);
  return key;
}

int64_t BaseOffsetOf(std::string_view key) {
  return LoadBigEndian<int64_t>(key.substr(key.size() - sizeof(int64_t)));
}

std::string EncodeTopic(const TopicEntry& entry) {
  std::string value;
  AppendBigEndian(entry.id, &value);
  AppendBigEndian(entry.options.partitions, &value);
  AppendBigEndian(entry.options.retention_us, &value);
  AppendBigEndian(entry.options.retention_bytes, &value);
  return value;
}

std::optional<TopicEntry> DecodeTopic(std::string_view value) {
  if (value.size() != 24) return std::nullopt;
  TopicEntry entry;
  entry.id = Take<uint32_t>(&value);
  entry.options.partitions = Take<int32_t>(&value);
  entry.options.retention_us = Take<int64_t>(&value);
  entry.options.retention_bytes = Take<int64_t>(&value);
  return entry;
}

std::string EncodeOffset(int64_t offset) {
  std::string value;
  AppendBigEndian(offset, &value);
  return value;
}

std::optional<ReaderOffset> DecodeReader(std::string_view key, std::string_view value) {
  constexpr size_t kNameOffset = 1 + sizeof(uint32_t) + sizeof(int32_t);
  if (key.size() < kNameOffset || value.size() != sizeof(int64_t)) return std::nullopt;
  return ReaderOffset{.reader = std::string(key.substr(kNameOffset)),
                      .partition = LoadBigEndian<int32_t>(key.substr(1 + sizeof(uint32_t))),
                      .offset = LoadBigEndian<int64_t>(value)};
}

std::string EncodeIndex(const IndexEntry& entry) {
  std::string value;
  AppendBigEndian(entry.records, &value);
  AppendBigEndian(entry.max_timestamp_us, &value);
  AppendBigEndian(entry.bytes, &value);
  AppendBigEndian(entry.bytes_before, &value);
  return value;
}

std::optional<IndexEntry> DecodeIndex(std::string_view value) {
  if (value.size() != 24) return std::nullopt;
  IndexEntry entry;
  entry.records = Take<uint32_t>(&value);
  entry.max_timestamp_us = Take<int64_t>(&value);
  entry.bytes = Take<uint32_t>(&value);
  entry.bytes_before = Take<int64_t>(&value);
  return entry;
}

}  // namespace headrace::log
