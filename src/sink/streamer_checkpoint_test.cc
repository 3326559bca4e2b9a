#include "sink/streamer_checkpoint.h"

#include <gtest/gtest.h>

namespace headrace::sink {
namespace {

TEST(StreamerCheckpoint, ListsThePartitionsOfOneTopic) {
  EXPECT_EQ(StreamerCheckpoint({{"orders", 1, 456}, {"orders", 0, 123}}), "orders,0:123,1:456");
  EXPECT_EQ(StreamerCheckpoint({{"orders", 0, 0}}), "orders,0:0");
}

TEST(StreamerCheckpoint, SaysNothingOfNoTopicOrOfSeveral) {
  EXPECT_EQ(StreamerCheckpoint({}), std::nullopt);
  EXPECT_EQ(StreamerCheckpoint({{"orders", 0, 1}, {"items", 0, 1}}), std::nullopt);
}

}  // namespace
}  // namespace headrace::sink
