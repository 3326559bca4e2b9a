#include "log/record.h"

#include <gtest/gtest.h>

#include <limits>

#include "log/block_format.h"

namespace headrace::log {
namespace {

std::string ThreeRecords() {
  RecordBlockBuilder builder;
  builder.Append({.key = "a", .value = "first", .timestamp_us = 1000});
  builder.Append({.key = "b", .tombstone = true, .timestamp_us = 900});
  builder.Append({.value = std::string_view("\0x", 2),
                  .timestamp_us = 2000,
                  .headers = {{"reason", "late"}, {"", ""}}});
  return builder.Finish();
}

TEST(RecordBlock, GivesBackWhatWasAppended) {
  auto block = RecordBlock::Parse(ThreeRecords(), 40).ValueOrDie();
  ASSERT_EQ(block.records(), 3);
  EXPECT_EQ(block.base_offset(), 40);
  EXPECT_EQ(block.next_offset(), 43);
  EXPECT_EQ(block.record(0).key, "a");
  EXPECT_EQ(block.record(0).value, "first");
  EXPECT_EQ(block.record(0).timestamp_us, 1000);
  EXPECT_TRUE(block.record(1).tombstone);
  EXPECT_EQ(block.record(1).timestamp_us, 900);
  EXPECT_EQ(block.record(2).value, std::string_view("\0x", 2));
  EXPECT_EQ(block.record(2).timestamp_us, 2000);
  ASSERT_EQ(block.record(2).headers.size(), 2u);
  EXPECT_EQ(block.record(2).headers[0].second, "late");
}

TEST(RecordBlock, KeepsTimestampsAtTheEndsOfTheirRange) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  RecordBlockBuilder builder;
  for (const int64_t timestamp : {kMin, kMax, int64_t{0}}) {
    builder.Append({.value = "v", .timestamp_us = timestamp});
  }
  const std::string bytes = builder.Finish();
  EXPECT_EQ(ReadBlockHeader(bytes)->max_timestamp_us, kMax);
  auto block = RecordBlock::Parse(bytes, 0).ValueOrDie();
  EXPECT_EQ(block.record(0).timestamp_us, kMin);
  EXPECT_EQ(block.record(1).timestamp_us, kMax);
  EXPECT_EQ(block.record(2).timestamp_us, 0);
}

TEST(RecordBlock, BuilderStartsAfresh) {
  RecordBlockBuilder builder;
  builder.Append({.value = "one"});
  const std::string first = builder.Finish();
  EXPECT_EQ(builder.records(), 0);
  EXPECT_EQ(builder.bytes(), 0);
  builder.Append({.value = "one"});
  EXPECT_EQ(builder.Finish(), first);
}

TEST(RecordBlock, TrimKeepsTheRecordsOfARange) {
  auto block = RecordBlock::Parse(ThreeRecords(), 40).ValueOrDie();
  block.Trim(41, 42);
  ASSERT_EQ(block.records(), 1);
  EXPECT_EQ(block.base_offset(), 41);
  EXPECT_EQ(block.record(0).key, "b");
}

TEST(RecordBlock, RecordsOfAnotherLogKeepTheirOffsets) {
  auto owner = std::make_shared<const std::string>("onetwo");
  const std::string_view bytes = *owner;
  std::vector<Record> records = {{.value = bytes.substr(0, 3)}, {.value = bytes.substr(3)}};
  const std::weak_ptr<const std::string> watched = owner;
  const auto block = RecordBlock::Of(std::move(records), {41, 45}, 40, 50, std::move(owner));
  EXPECT_EQ(block.base_offset(), 40);
  EXPECT_EQ(block.next_offset(), 50);
  ASSERT_EQ(block.records(), 2);
  EXPECT_EQ(block.offset(0), 41);
  EXPECT_EQ(block.offset(1), 45);
  EXPECT_EQ(block.record(1).value, "two");
  EXPECT_FALSE(watched.expired());
}

TEST(RecordBlock, EveryChangedByteIsNoticed) {
  const std::string good = ThreeRecords();
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_TRUE(RecordBlock::Parse(bad, 0).status().IsInvalid()) << "byte " << i;
  }
}

TEST(RecordBlock, EveryCutIsNoticed) {
  const std::string good = ThreeRecords();
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_TRUE(RecordBlock::Parse(good.substr(0, size), 0).status().IsInvalid()) << size;
  }
}

TEST(RecordBlock, MoreRecordsThanBytesIsNoticedBeforeMemoryIsTaken) {
  std::string bytes = ThreeRecords();
  SealBlock({.records = 4'000'000'000}, &bytes);
  EXPECT_TRUE(RecordBlock::Parse(bytes, 0).status().IsInvalid());
}

TEST(RecordBlock, LengthsBeyondTheBlockAreNoticed) {
  std::string bytes(kBlockHeaderBytes, '\0');
  bytes += std::string("\0\0\0", 3);  // flags, timestamp, empty key
  AppendVarint(std::numeric_limits<uint64_t>::max(), &bytes);
  SealBlock({.records = 1}, &bytes);
  EXPECT_TRUE(RecordBlock::Parse(bytes, 0).status().IsInvalid());
}

}  // namespace
}  // namespace headrace::log
