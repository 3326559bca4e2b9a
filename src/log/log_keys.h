// The keys and small values of the local log's RocksDB, as docs/LOCAL_LOG.md describes them.
// Integers in keys are big-endian, so that RocksDB's order is theirs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "log/log.h"

namespace headrace::log {

// Of the column family "default".
inline constexpr std::string_view kVersionKey = "v";
inline constexpr std::string_view kFormatVersion = "1";
inline constexpr char kTopicPrefix = 't';
inline constexpr char kCursorPrefix = 'c';
inline constexpr char kReaderPrefix = 'r';
inline constexpr char kIndexPrefix = 'i';

std::string TopicKey(std::string_view name);
std::string CursorKey(uint32_t topic, std::string_view producer);
// Every reader of a topic lies behind ReaderKeyPrefix(topic).
std::string ReaderKeyPrefix(uint32_t topic);
std::string ReaderKey(uint32_t topic, int32_t partition, std::string_view reader);
std::string IndexKey(uint32_t topic, int32_t partition, int64_t base_offset);

// Of the column family "blocks".
std::string BlockKey(uint32_t topic, int32_t partition, int64_t base_offset);

// Both kinds end with the base offset.
int64_t BaseOffsetOf(std::string_view key);

struct TopicEntry {
  uint32_t id = 0;
  TopicOptions options;
};
std::string EncodeTopic(const TopicEntry& entry);
std::optional<TopicEntry> DecodeTopic(std::string_view value);

struct ReaderOffset {
  std::string reader;
  int32_t partition = 0;
  int64_t offset = 0;
};
std::string EncodeOffset(int64_t offset);
std::optional<ReaderOffset> DecodeReader(std::string_view key, std::string_view value);

// What retention asks of a block, without reading it.
struct IndexEntry {
  uint32_t records = 0;
  int64_t max_timestamp_us = 0;
  uint32_t bytes = 0;        // of the block
  int64_t bytes_before = 0;  // of all blocks before it in the partition, deleted or not
};
std::string EncodeIndex(const IndexEntry& entry);
std::optional<IndexEntry> DecodeIndex(std::string_view value);

}  // namespace headrace::log
