#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <thread>

#include "log/log.h"

namespace headrace::log {
namespace {

using ::testing::HasSubstr;

std::string Block(const std::vector<std::string>& values, int64_t timestamp_us = 0) {
  RecordBlockBuilder builder;
  for (const std::string& value : values) {
    builder.Append({.value = value, .timestamp_us = timestamp_us});
  }
  return builder.Finish();
}

class LocalLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "headrace_log_" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    Reopen();
  }
  void TearDown() override {
    log_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Reopen() {
    log_.reset();
    log_ = OpenLocalLog(folder_, OpenMode::kReadWrite).ValueOrDie();
  }
  std::set<std::string> FileNames() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      names.insert(entry.path().filename());
    }
    return names;
  }
  // The values of `topic` from `offset` on.
  static std::vector<std::string> Values(Topic& topic, int64_t offset = 0,
                                         const ReadLimits& limits = {}, int32_t partition = 0) {
    std::vector<std::string> values;
    const auto blocks = topic.Read(partition, offset, limits).ValueOrDie();
    for (const RecordBlock& block : blocks) {
      EXPECT_EQ(block.base_offset(), offset);
      for (int64_t i = 0; i < block.records(); ++i) values.emplace_back(block.record(i).value);
      offset = block.next_offset();
    }
    return values;
  }

  std::string folder_;
  std::unique_ptr<Log> log_;
};

using Strings = std::vector<std::string>;

TEST_F(LocalLogTest, RecordsAndCursorOutliveTheProcess) {
  auto topic = log_->OpenTopic("quakes", {.partitions = 2}).ValueOrDie();
  EXPECT_EQ(topic->Append(1, Block({"a", "b"}), {}).ValueOrDie(), 0);
  EXPECT_EQ(topic->Append(1, Block({"c"}), {"http", "etag-1"}).ValueOrDie(), 2);
  topic.reset();
  Reopen();
  topic = log_->FindTopic("quakes").ValueOrDie();
  EXPECT_EQ(topic->partitions(), 2);
  EXPECT_EQ(Values(*topic, 0, {}, 1), (Strings{"a", "b", "c"}));
  EXPECT_EQ(topic->Offsets(1)->next, 3);
  EXPECT_EQ(topic->Offsets(0)->next, 0);
  EXPECT_EQ(topic->ReadCursor("http").ValueOrDie(), "etag-1");
  EXPECT_EQ(topic->ReadCursor("other").ValueOrDie(), std::nullopt);
  EXPECT_EQ(topic->Append(1, Block({"d"}), {}).ValueOrDie(), 3);
}

TEST_F(LocalLogTest, CursorIsStoredWithoutRecords) {
  auto topic = log_->OpenTopic("t", {}).ValueOrDie();
  ASSERT_TRUE(topic->StoreCursor({"http", "p1"}).ok());
  ASSERT_TRUE(topic->StoreCursor({"http", "p2"}).ok());
  EXPECT_EQ(topic->ReadCursor("http").ValueOrDie(), "p2");
  EXPECT_EQ(topic->Offsets(0)->next, 0);
}

TEST_F(LocalLogTest, ReadBeginsAndEndsAnywhere) {
  auto topic = log_->OpenTopic("t", {}).ValueOrDie();
  ASSERT_TRUE(topic->Append(0, Block({"0", "1", "2"}), {}).ok());
  ASSERT_TRUE(topic->Append(0, Block({"3", "4"}), {}).ok());
  EXPECT_EQ(Values(*topic, 1), (Strings{"1", "2", "3", "4"}));
  EXPECT_EQ(Values(*topic, 2, {.records = 2}), (Strings{"2", "3"}));
  EXPECT_EQ(Values(*topic, 0, {.bytes = 1}), (Strings{"0", "1", "2"}));
  EXPECT_EQ(Values(*topic, 0, {.records = 0, .bytes = 0}), (Strings{"0"}));
  EXPECT_EQ(Values(*topic, 5), Strings{});
  EXPECT_TRUE(topic->Read(0, 6, {}).status().IsInvalid());
  EXPECT_TRUE(topic->Read(0, -1, {}).status().IsInvalid());
  EXPECT_TRUE(topic->Read(1, 0, {}).status().IsInvalid());
}

TEST_F(LocalLogTest, WhatIsNoBlockIsRefused) {
  auto topic = log_->OpenTopic("t", {}).ValueOrDie();
  EXPECT_TRUE(topic->Append(0, "nonsense", {}).status().IsInvalid());
  EXPECT_TRUE(topic->Append(0, RecordBlockBuilder().Finish(), {}).status().IsInvalid());
  EXPECT_TRUE(topic->Append(3, Block({"a"}), {}).status().IsInvalid());
  EXPECT_EQ(topic->Offsets(0)->next, 0);
}

TEST_F(LocalLogTest, ConcurrentAppendsLeaveNoHoles) {
  constexpr int kThreads = 8;
  constexpr int kAppends = 50;
  auto shared = log_->OpenTopic("shared", {}).ValueOrDie();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      const std::string name = "producer" + std::to_string(thread);
      auto own = log_->OpenTopic(name, {}).ValueOrDie();
      for (int i = 0; i < kAppends; ++i) {
        const std::string value = name + ":" + std::to_string(i);
        EXPECT_TRUE(shared->Append(0, Block({value, value}), {name, value}).ok());
        EXPECT_EQ(own->Append(0, Block({value}), {}).ValueOrDie(), i);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Strings values = Values(*shared);
  ASSERT_EQ(values.size(), size_t{2} * kThreads * kAppends);
  std::map<std::string, int> seen;  // The appends of each thread are in its own order.
  for (size_t i = 0; i < values.size(); i += 2) {
    const std::string name = values[i].substr(0, values[i].find(':'));
    EXPECT_EQ(values[i], name + ":" + std::to_string(seen[name]++));
    EXPECT_EQ(values[i + 1], values[i]);
  }
  EXPECT_EQ(shared->ReadCursor("producer3").ValueOrDie(), "producer3:49");
}

TEST_F(LocalLogTest, RetentionByAgeStopsAtReaders) {
  auto topic = log_->OpenTopic("t", {.retention_us = 100}).ValueOrDie();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(topic->Append(0, Block({std::to_string(i)}, i * 10), {}).ok());
  }
  ASSERT_TRUE(topic->CommitOffset("engine", 0, 3).ok());
  ASSERT_TRUE(topic->CommitOffset("other", 0, 7).ok());
  topic.reset();
  Reopen();
  topic = log_->FindTopic("t").ValueOrDie();
  const auto readers = log_->ListTopics().ValueOrDie()[0].readers;
  ASSERT_EQ(readers.size(), 2u);
  EXPECT_EQ(readers[1].reader, "other");
  EXPECT_EQ(readers[1].offset, 7);
  ASSERT_TRUE(log_->ApplyRetention(100).ok());
  EXPECT_EQ(topic->Offsets(0)->first, 0);  // Nothing is older than 100 us.
  ASSERT_TRUE(log_->ApplyRetention(1000).ok());
  EXPECT_EQ(topic->Offsets(0)->first, 3);
  EXPECT_TRUE(topic->Read(0, 2, {}).status().IsInvalid());
  EXPECT_EQ(Values(*topic, 3).size(), 7u);
  ASSERT_TRUE(topic->CommitOffset("engine", 0, 10).ok());
  ASSERT_TRUE(topic->CommitOffset("other", 0, 10).ok());
  ASSERT_TRUE(log_->ApplyRetention(1000).ok());
  EXPECT_EQ(topic->Offsets(0)->first, 9);  // The newest block stays.
  topic.reset();
  Reopen();
  topic = log_->FindTopic("t").ValueOrDie();
  EXPECT_EQ(topic->Offsets(0)->first, 9);
  EXPECT_EQ(Values(*topic, 9), Strings{"9"});
  EXPECT_EQ(topic->Append(0, Block({"10"}), {}).ValueOrDie(), 10);
}

TEST_F(LocalLogTest, RetentionBySizeCountsOnlyWhatIsKept) {
  const std::string block = Block({std::string(1000, 'x')});
  const auto size = static_cast<int64_t>(block.size());
  auto topic = log_->OpenTopic("t", {.retention_bytes = 3 * size}).ValueOrDie();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(topic->Append(0, block, {}).ok());
  ASSERT_TRUE(log_->ApplyRetention(0).ok());
  EXPECT_EQ(topic->Offsets(0)->first, 7);
  EXPECT_EQ(log_->ListTopics().ValueOrDie()[0].bytes, 3 * size);
  ASSERT_TRUE(topic->Append(0, block, {}).ok());
  topic.reset();
  Reopen();
  EXPECT_EQ(log_->ListTopics().ValueOrDie()[0].bytes, 4 * size);
  ASSERT_TRUE(log_->ApplyRetention(0).ok());
  EXPECT_EQ(log_->FindTopic("t").ValueOrDie()->Offsets(0)->first, 8);
}

TEST_F(LocalLogTest, AReaderNeedsPartitionsItHasNotNamed) {
  auto topic = log_->OpenTopic("t", {.partitions = 2, .retention_us = 1}).ValueOrDie();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(topic->Append(i % 2, Block({"v"}), {}).ok());
  ASSERT_TRUE(topic->CommitOffset("engine", 0, 2).ok());
  ASSERT_TRUE(log_->ApplyRetention(1000).ok());
  EXPECT_EQ(topic->Offsets(0)->first, 1);
  EXPECT_EQ(topic->Offsets(1)->first, 0);
}

TEST_F(LocalLogTest, ASecondWriterIsRefusedAReaderIsNot) {
  auto topic = log_->OpenTopic("t", {}).ValueOrDie();
  ASSERT_TRUE(topic->Append(0, Block({"a"}), {}).ok());
  const Status refused = OpenLocalLog(folder_, OpenMode::kReadWrite).status();
  EXPECT_EQ(KindOf(refused), ErrorKind::kUser);
  EXPECT_THAT(refused.message(), HasSubstr(folder_));
  EXPECT_THAT(refused.message(), HasSubstr("process " + std::to_string(::getpid())));

  const auto before = FileNames();
  auto reader = OpenLocalLog(folder_, OpenMode::kReadOnly).ValueOrDie();
  EXPECT_EQ(FileNames(), before);
  auto seen = reader->FindTopic("t").ValueOrDie();
  ASSERT_TRUE(topic->Append(0, Block({"b"}), {}).ok());
  EXPECT_EQ(Values(*seen), Strings{"a"});
  EXPECT_TRUE(seen->Append(0, Block({"c"}), {}).status().IsInvalid());
  EXPECT_TRUE(seen->StoreCursor({"p", "x"}).IsInvalid());
  EXPECT_TRUE(seen->CommitOffset("r", 0, 0).IsInvalid());
  EXPECT_TRUE(reader->OpenTopic("new", {}).status().IsInvalid());
  seen.reset();
  reader = OpenLocalLog(folder_, OpenMode::kReadOnly).ValueOrDie();
  EXPECT_EQ(Values(*reader->FindTopic("t").ValueOrDie()), (Strings{"a", "b"}));
}

TEST_F(LocalLogTest, ALogThatIsNotThereIsAUserError) {
  const Status status = OpenLocalLog(folder_ + "/none", OpenMode::kReadOnly).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/none"));
}

TEST_F(LocalLogTest, TopicsAreCheckedListedAndGrow) {
  ASSERT_TRUE(log_->OpenTopic("b", {.partitions = 2, .retention_us = 5}).ok());
  ASSERT_TRUE(log_->OpenTopic("a", {}).ok());
  EXPECT_EQ(KindOf(log_->OpenTopic("b", {.partitions = 1}).status()), ErrorKind::kUser);
  EXPECT_EQ(KindOf(log_->OpenTopic("no/slash", {}).status()), ErrorKind::kUser);
  EXPECT_EQ(KindOf(log_->OpenTopic("", {}).status()), ErrorKind::kUser);
  EXPECT_EQ(KindOf(log_->OpenTopic("x", {.partitions = 0}).status()), ErrorKind::kUser);
  EXPECT_TRUE(log_->FindTopic("x").status().IsKeyError());
  auto grown = log_->OpenTopic("b", {.partitions = 3}).ValueOrDie();
  EXPECT_EQ(grown->Append(2, Block({"v"}), {}).ValueOrDie(), 0);
  grown.reset();
  Reopen();
  const auto topics = log_->ListTopics().ValueOrDie();
  ASSERT_EQ(topics.size(), 2u);
  EXPECT_EQ(topics[0].name, "a");
  EXPECT_EQ(topics[1].partitions.size(), 3u);
  EXPECT_EQ(topics[1].partitions[2].next, 1);
  EXPECT_EQ(topics[1].options.retention_us, 0);
}

TEST_F(LocalLogTest, WaitEndsWithTheRecordOrTheTime) {
  auto topic = log_->OpenTopic("t", {}).ValueOrDie();
  EXPECT_FALSE(topic->WaitForRecords(0, 0, 1000));
  std::thread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_TRUE(topic->Append(0, Block({"a"}), {}).ok());
  });
  EXPECT_TRUE(topic->WaitForRecords(0, 0, 60'000'000));
  writer.join();
  EXPECT_FALSE(topic->WaitForRecords(0, 1, 0));
}

TEST_F(LocalLogTest, ATopicOutlivesItsLog) {
  auto topic = log_->OpenTopic("t", {}).ValueOrDie();
  log_.reset();
  EXPECT_TRUE(topic->Append(0, Block({"a"}), {}).ok());
  topic.reset();
  Reopen();
}

}  // namespace
}  // namespace headrace::log
