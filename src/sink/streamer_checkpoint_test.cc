#include "sink/streamer_checkpoint.h"

#include <gtest/gtest.h>

namespace headrace::sink {
namespace {

TEST(StreamerCheckpoint, ListsThePartitionsOfOneTopic) {
  EXPECT_EQ(StreamerCheckpoint({{"in/orders", 1, 456, "orders"}, {"in/orders", 0, 123, "orders"}}),
            "orders,0:123,1:456");
  EXPECT_EQ(StreamerCheckpoint({{"orders", 0, 0, "shop.orders"}}), "shop.orders,0:0");
}

TEST(StreamerCheckpoint, SaysNothingOfNoTopicOrOfSeveral) {
  EXPECT_EQ(StreamerCheckpoint({}), std::nullopt);
  EXPECT_EQ(StreamerCheckpoint({{"orders", 0, 1}}), std::nullopt);
  EXPECT_EQ(StreamerCheckpoint({{"in/orders", 0, 1, "orders"}, {"in/items", 0, 1, "items"}}),
            std::nullopt);
}

}  // namespace
}  // namespace headrace::sink
