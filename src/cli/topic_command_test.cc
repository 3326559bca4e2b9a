#include "cli/topic_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/call_headrace.h"
#include "cli/topic_tail.h"
#include "log/log.h"

namespace headrace::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class TopicCommandTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "headrace_topic_command";
    std::filesystem::remove_all(folder_);
    log_ = log::OpenLocalLog(folder_ + "/log", log::OpenMode::kReadWrite).ValueOrDie();
    auto topic = log_->OpenTopic("feed", {.partitions = 2}).ValueOrDie();
    for (int i = 0; i < 4; ++i) {
      log::RecordBlockBuilder builder;
      builder.Append({.key = "k" + std::to_string(i),
                      .value = "v" + std::to_string(i),
                      .timestamp_us = i * 1'000'000});
      ASSERT_TRUE(topic->Append(i % 2, builder.Finish(), {}).ok());
    }
    ASSERT_TRUE(topic->CommitOffset("engine", 0, 1).ok());
  }
  void TearDown() override {
    log_.reset();
    std::filesystem::remove_all(folder_);
  }

  Outcome Topic(std::vector<std::string> words) {
    words.insert(words.begin(), "topic");
    return CallHeadrace(std::move(words), {TopicCommand()});
  }

  std::string folder_;
  std::unique_ptr<log::Log> log_;
};

TEST_F(TopicCommandTest, ListsAndShowsBesideARunningProcess) {
  EXPECT_THAT(Topic({"list", folder_}).out, HasSubstr("feed            2             4"));
  EXPECT_THAT(Topic({"list", folder_, "--json"}).out, HasSubstr(R"({"topic":"feed","records":4)"));
  const Outcome shown = Topic({"show", folder_, "feed"});
  EXPECT_THAT(shown.out, HasSubstr("partition  1: offsets 0 to 2\n"));
  EXPECT_THAT(shown.out, HasSubstr("reader     engine: partition 0 up to offset 1, 1 behind\n"));
  EXPECT_THAT(Topic({"show", folder_, "feed", "--json"}).out,
              HasSubstr(R"("readers":[{"reader":"engine","partition":0,"offset":1}])"));
}

TEST_F(TopicCommandTest, TailPrintsTheNewestRecords) {
  EXPECT_EQ(Topic({"tail", folder_, "feed", "-n", "3"}).out,
            "1:0  1970-01-01T00:00:01Z  k1  v1\n"
            "0:1  1970-01-01T00:00:02Z  k2  v2\n"
            "1:1  1970-01-01T00:00:03Z  k3  v3\n");
  EXPECT_EQ(Topic({"tail", folder_, "feed", "--partition", "1", "--from", "1"}).out,
            "1:1  1970-01-01T00:00:03Z  k3  v3\n");
}

TEST_F(TopicCommandTest, WhatIsNotThereIsAUsageError) {
  const Outcome topic = Topic({"tail", folder_, "fed"});
  EXPECT_EQ(topic.status, kUsageFailed);
  EXPECT_THAT(topic.error, HasSubstr("did you mean 'feed'?"));
  EXPECT_EQ(Topic({"tail", folder_, "feed", "--partition", "2"}).status, kUsageFailed);
  EXPECT_EQ(Topic({"show", folder_}).status, kUsageFailed);
  EXPECT_EQ(Topic({}).status, kUsageFailed);
  std::filesystem::create_directories(folder_ + "/empty");
  EXPECT_THAT(Topic({"list", folder_ + "/empty"}).error, HasSubstr("there is no log"));
}

TEST(TopicTail, BytesThatAreNoText) {
  const log::Record record{
      .key = "k", .value = "\x01\xff", .timestamp_us = 1, .headers = {{"reason", "no \"JSON\""}}};
  EXPECT_EQ(RecordText(record, 0, 7),
            "0:7  1970-01-01T00:00:00.000001Z  k  \\x01\\xff  reason=no \"JSON\"");
  EXPECT_EQ(
      RecordJson(record, 0, 7),
      R"({"partition":0,"offset":7,"timestamp":"1970-01-01T00:00:00.000001Z","tombstone":false,)"
      R"("key":"k","value_base64":"Af8=","headers":[{"name":"reason","value":"no \"JSON\""}]})");
  EXPECT_THAT(RecordText({.key = "k", .tombstone = true}, 0, 0), HasSubstr("(deleted)"));
}

}  // namespace
}  // namespace headrace::cli
