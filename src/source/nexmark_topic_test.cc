#include "source/nexmark_topic.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headrace::source {
namespace {

pipeline::Source Events(int64_t events, int32_t partitions, int64_t rate = 0) {
  pipeline::Source source;
  source.name = "nexmark";
  source.partitions = partitions;
  source.connector = pipeline::NexmarkSource{.events = events, .seed = 5, .rate = rate};
  return source;
}

std::vector<std::string> ReadAll(NexmarkTopic& topic, int32_t partition, int64_t offset,
                                 const log::ReadLimits& limits) {
  std::vector<std::string> values;
  while (true) {
    const auto blocks = topic.Read(partition, offset, limits).ValueOrDie();
    if (blocks.empty()) return values;
    for (const log::RecordBlock& block : blocks) {
      EXPECT_EQ(block.base_offset(), offset);
      for (int64_t i = 0; i < block.records(); ++i) {
        EXPECT_EQ(block.offset(i), offset + i);
        values.emplace_back(block.record(i).value);
      }
      offset = block.next_offset();
    }
  }
}

TEST(NexmarkTopicTest, GoesOnExactlyWhereItWas) {
  NexmarkTopic topic(Events(1000, 1), {0});
  NexmarkTopic again(Events(1000, 1), {300});
  const auto all = ReadAll(topic, 0, 0, {});
  ASSERT_EQ(all.size(), 1000);
  const auto rest = ReadAll(again, 0, 300, {.records = 7});
  EXPECT_EQ(rest, std::vector<std::string>(all.begin() + 300, all.end()));
  EXPECT_EQ(ReadAll(again, 0, 0, {.bytes = 1000}), all);
}

TEST(NexmarkTopicTest, PartitionsTakeTheEventsInTurn) {
  NexmarkTopic whole(Events(10, 1), {0});
  NexmarkTopic parted(Events(10, 3), {0, 0, 0});
  const auto all = ReadAll(whole, 0, 0, {});
  EXPECT_EQ(ReadAll(parted, 0, 0, {}), (std::vector{all[0], all[3], all[6], all[9]}));
  EXPECT_EQ(ReadAll(parted, 2, 0, {}), (std::vector{all[2], all[5], all[8]}));
  EXPECT_EQ(parted.Offsets(1)->next, 3);
  EXPECT_FALSE(parted.Offsets(3).ok());
}

TEST(NexmarkTopicTest, StopsBeforeTheEndThatIsAskedFor) {
  NexmarkTopic topic(Events(100, 1), {0});
  const auto blocks = topic.Read(0, 10, {.end = 12}).ValueOrDie();
  ASSERT_EQ(blocks.size(), 1);
  EXPECT_EQ(blocks[0].next_offset(), 12);
  EXPECT_TRUE(topic.Read(0, 100, {})->empty());
  EXPECT_FALSE(topic.Read(0, 101, {}).ok());
}

TEST(NexmarkTopicTest, WithARateEventsComeFromWhereTheRunBegan) {
  NexmarkTopic slow(Events(1000, 1, 1), {500});
  EXPECT_LT(slow.Offsets(0)->next, 600);
  EXPECT_GE(slow.Offsets(0)->next, 500);
  // An epoch that is run again reads what was planned.
  EXPECT_EQ(slow.Read(0, 500, {.end = 900})->back().next_offset(), 900);
  EXPECT_EQ(slow.Offsets(0)->next, 900);
  EXPECT_FALSE(slow.WaitForRecords(0, 950, 2000));
  NexmarkTopic fast(Events(1000, 1, 1'000'000), {0});
  EXPECT_TRUE(fast.WaitForRecords(0, 10, 60'000'000));
}

TEST(NexmarkTopicTest, WithoutAnEndThereIsAlwaysMore) {
  NexmarkTopic topic(Events(0, 2), {0, 1'000'000});
  EXPECT_GT(topic.Offsets(1)->next, 2'000'000);
  EXPECT_EQ(topic.Read(1, 1'000'000, {.records = 10})->back().next_offset(), 1'000'010);
}

}  // namespace
}  // namespace headrace::source
