#include "source/nexmark_generator.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace headrace::source {
namespace {

using Json = nlohmann::json;

constexpr int64_t kStart = 1'767'225'600'000'000;  // 2026-01-01

std::string TextOf(const NexmarkGenerator& generator, int64_t number) {
  std::string text(NexmarkGenerator::kEventBytesMax, ' ');
  text.resize(static_cast<size_t>(generator.Write(number, text.data()) - text.data()));
  return text;
}

Json EventOf(const NexmarkGenerator& generator, int64_t number) {
  return Json::parse(TextOf(generator, number));
}

TEST(NexmarkGeneratorTest, OfFiftyEventsOneIsAPersonAndThreeAreAuctions) {
  const NexmarkGenerator generator({.seed = 1, .start_us = kStart});
  std::map<int, int> types;
  for (int64_t number = 0; number < 5000; ++number)
    ++types[EventOf(generator, number)["event_type"]];
  EXPECT_EQ(types, (std::map<int, int>{{0, 100}, {1, 300}, {2, 4600}}));
}

TEST(NexmarkGeneratorTest, EventsHaveTheColumnsOfTheBenchmark) {
  const NexmarkGenerator generator({.seed = 1, .start_us = kStart});
  const auto columns = [&](int64_t number, const char* kind) {
    std::set<std::string> names;
    const Json event = EventOf(generator, number);
    EXPECT_EQ(event.size(), 2) << event;
    for (const auto& [name, value] : event[kind].items()) names.insert(name);
    return names;
  };
  EXPECT_EQ(columns(0, "person"), (std::set<std::string>{"id", "name", "emailAddress", "creditCard",
                                                         "city", "state", "dateTime", "extra"}));
  EXPECT_EQ(columns(1, "auction"),
            (std::set<std::string>{"id", "itemName", "description", "initialBid", "reserve",
                                   "dateTime", "expires", "seller", "category", "extra"}));
  EXPECT_EQ(columns(4, "bid"), (std::set<std::string>{"auction", "bidder", "price", "channel",
                                                      "url", "dateTime", "extra"}));
}

TEST(NexmarkGeneratorTest, IdsCountUpAndBidsGoToAuctionsThatAreThereOrSoon) {
  const NexmarkGenerator generator({.seed = 3, .start_us = kStart});
  int64_t people = 0;
  int64_t auctions = 0;
  for (int64_t number = 0; number < 100'000; ++number) {
    const Json event = EventOf(generator, number);
    if (event["event_type"] == 0) {
      ASSERT_EQ(event["person"]["id"], 1000 + people++);
    } else if (event["event_type"] == 1) {
      ASSERT_EQ(event["auction"]["id"], 1000 + auctions++);
      ASSERT_LT(event["auction"]["seller"], 1000 + people + 10);
      ASSERT_LE(event["auction"]["initialBid"], event["auction"]["reserve"]);
      ASSERT_LT(event["auction"]["dateTime"], event["auction"]["expires"]);
    } else {
      ASSERT_GE(event["bid"]["auction"], 1000);
      ASSERT_LT(event["bid"]["auction"], 1000 + auctions + 10);
      ASSERT_GE(event["bid"]["bidder"], 1000);
      ASSERT_GE(event["bid"]["price"], 100);
    }
  }
}

TEST(NexmarkGeneratorTest, HalfOfTheBidsGoToTheHotAuctionAndThreeQuartersComeFromTheHotBidder) {
  const NexmarkGenerator generator({.seed = 3, .start_us = kStart});
  std::map<int64_t, int> auctions, bidders;
  std::map<std::string, int> channels;
  // 500 events make 30 auctions: the hot one changes after 1,666 events, the hot bidder after
  // 5,000.
  int bids = 0;
  for (int64_t number = 1'700; number < 3'300; ++number) {
    const Json event = EventOf(generator, number);
    if (event["event_type"] != 2) continue;
    ++bids;
    ++auctions[event["bid"]["auction"]];
    ++bidders[event["bid"]["bidder"]];
    ++channels[event["bid"]["channel"]];
  }
  EXPECT_NEAR(auctions[1100], bids / 2, bids / 20);
  EXPECT_NEAR(bidders[1001], bids * 3 / 4, bids / 20);
  EXPECT_NEAR(channels["Apple"], bids / 8, bids / 20);
}

TEST(NexmarkGeneratorTest, AnEventFollowsFromSeedAndNumberAlone) {
  const NexmarkGenerator one({.seed = 7, .start_us = kStart});
  const NexmarkGenerator again({.seed = 7, .start_us = kStart});
  const NexmarkGenerator other({.seed = 8, .start_us = kStart});
  EXPECT_EQ(TextOf(one, 123'456), TextOf(again, 123'456));
  EXPECT_EQ(TextOf(one, 50), TextOf(again, 50));
  EXPECT_NE(TextOf(one, 50), TextOf(other, 50));
  EXPECT_NE(EventOf(one, 4)["bid"]["extra"], EventOf(one, 5)["bid"]["extra"]);
}

TEST(NexmarkGeneratorTest, EventTimeGoesOnByTheRate) {
  const NexmarkGenerator generator({.seed = 1, .start_us = kStart, .events_per_second = 10'000});
  EXPECT_EQ(EventOf(generator, 0)["person"]["dateTime"], "2026-01-01 00:00:00.000");
  EXPECT_EQ(EventOf(generator, 12'345)["bid"]["dateTime"], "2026-01-01 00:00:01.234");
  EXPECT_EQ(generator.TimeOf(12'345), kStart + 1'234'500);
  EXPECT_EQ(EventOf(generator, 864'000'050)["person"]["dateTime"], "2026-01-02 00:00:00.005");
}

TEST(NexmarkGeneratorTest, BytesAreThoseOfTheBenchmarkOnAverage) {
  const NexmarkGenerator generator({.seed = 1, .start_us = kStart});
  int64_t bids = 0;
  int64_t bytes = 0;
  int64_t longest = 0;
  for (int64_t number = 0; number < 20'000; ++number) {
    const Json event = EventOf(generator, number);
    longest = std::max<int64_t>(longest, std::ssize(TextOf(generator, number)));
    if (event["event_type"] != 2) continue;
    ++bids;
    bytes += 32 + std::ssize(event["bid"]["extra"].get<std::string>());
  }
  EXPECT_NEAR(static_cast<double>(bytes) / static_cast<double>(bids), 100, 2);
  EXPECT_LT(longest, NexmarkGenerator::kEventBytesMax / 4);
}

}  // namespace
}  // namespace headrace::source
