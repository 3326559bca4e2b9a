#include "sink/topic_sink.h"

#include <gmock/gmock.h>

#include "sink/change_rows.h"

namespace headrace::sink {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> ValuesOf(log::Topic& topic) {
  std::vector<std::string> values;
  for (const log::RecordBlock& block : topic.Read(0, 0, {}).ValueOrDie()) {
    for (int64_t i = 0; i < block.records(); ++i) values.emplace_back(block.record(i).value);
  }
  return values;
}

TEST(TopicSink, AppendsAnEpochOnce) {
  const TestFolder folder;
  auto log = log::OpenLocalLog(folder.path("log"), log::OpenMode::kReadWrite).ValueOrDie();
  auto topic = log->OpenTopic("side", {}).ValueOrDie();
  {
    auto sink = TopicSink::Open(topic, "pipeline").ValueOrDie();
    EXPECT_EQ(sink->last_epoch(), 0);
    sink->Write({.key = "k", .value = "one", .headers = {{"reason", "bad"}}});
    sink->Write({.value = "two"});
    ASSERT_TRUE(sink->Commit(3).ok());
    ASSERT_TRUE(sink->Commit(4).ok());
    EXPECT_EQ(sink->last_epoch(), 3);
  }
  // After a crash the epoch runs again.
  auto sink = TopicSink::Open(topic, "pipeline").ValueOrDie();
  EXPECT_EQ(sink->last_epoch(), 3);
  sink->Write({.value = "one"});
  ASSERT_TRUE(sink->Commit(3).ok());
  sink->Write({.value = "three"});
  ASSERT_TRUE(sink->Commit(4).ok());
  EXPECT_THAT(ValuesOf(*topic), ElementsAre("one", "two", "three"));
  const auto blocks = topic->Read(0, 0, {}).ValueOrDie();
  const log::Record first = blocks[0].record(0);
  EXPECT_EQ(first.key, "k");
  ASSERT_EQ(first.headers.size(), 1u);
  EXPECT_EQ(first.headers[0].second, "bad");
}

TEST(TopicSink, RefusesACursorThatIsNoEpoch) {
  const TestFolder folder;
  auto log = log::OpenLocalLog(folder.path("log"), log::OpenMode::kReadWrite).ValueOrDie();
  auto topic = log->OpenTopic("side", {}).ValueOrDie();
  ASSERT_TRUE(topic->StoreCursor({"pipeline", "etag"}).ok());
  EXPECT_THAT(TopicSink::Open(topic, "pipeline").status().message(), HasSubstr("is no epoch"));
}

}  // namespace
}  // namespace headrace::sink
