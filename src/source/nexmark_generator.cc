#include "source/nexmark_generator.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <string_view>

#include "source/nexmark_random.h"

namespace headrace::source {
namespace {

// Of each 50 events the first is a person, the next three are auctions, the others bids.
constexpr int64_t kEvents = 50;
constexpr int64_t kPeople = 1;
constexpr int64_t kAuctions = 3;

constexpr int64_t kFirstPerson = 1000;
constexpr int64_t kFirstAuction = 1000;
constexpr int64_t kFirstCategory = 10;
constexpr int64_t kCategories = 5;
constexpr int64_t kActivePeople = 1000;
constexpr int64_t kAuctionsInFlight = 100;
// How many that are still to come may be named already.
constexpr int64_t kPeopleAhead = 10;
constexpr int64_t kAuctionsAhead = 10;
// One of so many is the hot one, and n - 1 of n choose it.
constexpr int64_t kHotStep = 100;
constexpr int64_t kHotAuctionShare = 2;
constexpr int64_t kHotBidderShare = 4;
constexpr int64_t kHotSellerShare = 4;
constexpr int64_t kHotChannelShare = 2;
constexpr int64_t kChannels = 10'000;
// What an event weighs on average, by the benchmark's own count (8 bytes a number).
constexpr int64_t kPersonBytes = 200;
constexpr int64_t kAuctionBytes = 500;
constexpr int64_t kBidBytes = 100;

constexpr std::array<std::string_view, 4> kHotChannels = {"Google", "Facebook", "Baidu", "Apple"};
constexpr std::array<std::string_view, 11> kFirstNames = {
    "Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"};
constexpr std::array<std::string_view, 9> kLastNames = {
    "Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"};
constexpr std::array<std::string_view, 10> kCities = {
    "Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland",
    "Bend",    "Redmond",     "Seattle",       "Kent",  "Cheyenne"};
constexpr std::array<std::string_view, 6> kStates = {"AZ", "CA", "ID", "OR", "WA", "WY"};

template <size_t N>
std::string_view OneOf(const std::array<std::string_view, N>& words, NexmarkRandom& random) {
  return words[static_cast<size_t>(random.Below(N))];
}

char* Put(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* Put(int64_t number, char* out) { return std::to_chars(out, out + 20, number).ptr; }

char* PutDigits(int64_t number, int width, char* out) {
  for (int i = width - 1; i >= 0; --i, number /= 10) out[i] = static_cast<char>('0' + number % 10);
  return out + width;
}

char* PutTime(int64_t micros, char* out) {
  using namespace std::chrono;
  const auto time = floor<milliseconds>(sys_time<microseconds>(microseconds(micros)));
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const auto millis = (time - day).count();
  out = PutDigits(static_cast<int>(date.year()), 4, out);
  *out++ = '-';
  out = PutDigits(static_cast<unsigned>(date.month()), 2, out);
  *out++ = '-';
  out = PutDigits(static_cast<unsigned>(date.day()), 2, out);
  *out++ = ' ';
  out = PutDigits(millis / 3'600'000, 2, out);
  *out++ = ':';
  out = PutDigits(millis / 60'000 % 60, 2, out);
  *out++ = ':';
  out = PutDigits(millis / 1000 % 60, 2, out);
  *out++ = '.';
  return PutDigits(millis % 1000, 3, out);
}

// The newest person and auction at the time of an event, counted from 0. Before the first auction
// there is one already, as a bid needs one.
int64_t LastPerson(int64_t number) {
  return number / kEvents * kPeople + std::min(number % kEvents, kPeople - 1);
}

int64_t LastAuction(int64_t number) {
  const int64_t in_group = std::min(number % kEvents - kPeople, kAuctions - 1);
  return std::max<int64_t>(0, number / kEvents * kAuctions + in_group);
}

int64_t ActivePerson(int64_t number, NexmarkRandom& random) {
  const int64_t people = LastPerson(number) + 1;
  const int64_t active = std::min(people, kActivePeople);
  return people - active + random.Below(active + kPeopleAhead);
}

int64_t OpenAuction(int64_t number, NexmarkRandom& random) {
  const int64_t newest = LastAuction(number);
  const int64_t oldest = std::max<int64_t>(0, newest - kAuctionsInFlight);
  return oldest + random.Below(newest - oldest + 1 + kAuctionsAhead);
}

}  // namespace

NexmarkGenerator::NexmarkGenerator(const NexmarkOptions& options) : options_(options) {
  // Channels are as old as the world: event -1 made them.
  NexmarkRandom random(options.seed, -1);
  const auto add = [&](std::string name, int64_t id) {
    std::array<char, 128> text;
    char* end = Put("https://www.nexmark.com/", text.data());
    for (int part = 0; part < 3; ++part) {
      end = random.Text(8, '_', end);
      *end++ = '/';
    }
    end = Put("item.htm?query=1", end);
    if (id > 0) end = Put(id, Put("&channel_id=", end));
    channels_.push_back({std::move(name), std::string(text.data(), end)});
  };
  for (const std::string_view name : kHotChannels) add(std::string(name), 0);
  for (int64_t i = 0; i < kChannels; ++i) {
    const bool has_id = random.Below(10) > 0;
    add("channel-" + std::to_string(i), has_id ? 1 + random.Below(1LL << 31) : 0);
  }
}

int64_t NexmarkGenerator::TimeOf(int64_t number) const {
  const int64_t rate = options_.events_per_second;
  return options_.start_us + number / rate * 1'000'000 + number % rate * 1'000'000 / rate;
}

char* NexmarkGenerator::Write(int64_t number, char* out) const {
  const int64_t in_group = number % kEvents;
  if (in_group < kPeople) return WritePerson(number, out);
  if (in_group < kPeople + kAuctions) return WriteAuction(number, out);
  return WriteBid(number, out);
}

char* NexmarkGenerator::WritePerson(int64_t number, char* out) const {
  NexmarkRandom random(options_.seed, number);
  out = Put(R"({"event_type":0,"person":{"id":)", out);
  out = Put(kFirstPerson + LastPerson(number), out);
  const char* const begin = out;
  out = Put(OneOf(kFirstNames, random), Put(R"(,"name":")", out));
  *out++ = ' ';
  out = Put(OneOf(kLastNames, random), out);
  out = random.Letters(3 + random.Below(4), Put(R"(","emailAddress":")", out));
  *out++ = '@';
  out = random.Letters(3 + random.Below(2), out);
  out = Put(R"(.com","creditCard":")", out);
  for (int part = 0; part < 4; ++part) {
    if (part > 0) *out++ = ' ';
    out = PutDigits(random.Below(10'000), 4, out);
  }
  out = Put(OneOf(kCities, random), Put(R"(","city":")", out));
  out = Put(OneOf(kStates, random), Put(R"(","state":")", out));
  const int64_t bytes = 16 + (out - begin) - 50;  // without the names of the columns
  out = PutTime(TimeOf(number), Put(R"(","dateTime":")", out));
  out = random.Filling(bytes, kPersonBytes, Put(R"(","extra":")", out));
  return Put(R"("}})", out);
}

char* NexmarkGenerator::WriteAuction(int64_t number, char* out) const {
  NexmarkRandom random(options_.seed, number);
  out = Put(R"({"event_type":1,"auction":{"id":)", out);
  out = Put(kFirstAuction + LastAuction(number), out);
  char* at = Put(R"(,"itemName":")", out);
  out = random.Text(20, ' ', at);
  int64_t bytes = out - at;
  at = Put(R"(","description":")", out);
  out = random.Text(100, ' ', at);
  bytes += out - at;
  const int64_t first_bid = random.Price();
  out = Put(first_bid, Put(R"(","initialBid":)", out));
  out = Put(first_bid + random.Price(), Put(R"(,"reserve":)", out));
  // As long as it takes for about as many auctions as are in flight.
  const int64_t now_us = TimeOf(number);
  const int64_t horizon_us = TimeOf(number + kAuctionsInFlight * kEvents / kAuctions) - now_us;
  const int64_t length_ms = 1 + random.Below(std::max<int64_t>(1, horizon_us / 1000 * 2));
  out = PutTime(now_us, Put(R"(,"dateTime":")", out));
  out = PutTime(now_us + length_ms * 1000, Put(R"(","expires":")", out));
  const bool hot = random.Below(kHotSellerShare) > 0;
  const int64_t seller =
      hot ? LastPerson(number) / kHotStep * kHotStep : ActivePerson(number, random);
  out = Put(kFirstPerson + seller, Put(R"(","seller":)", out));
  out = Put(kFirstCategory + random.Below(kCategories), Put(R"(,"category":)", out));
  out = random.Filling(bytes + 56, kAuctionBytes, Put(R"(,"extra":")", out));
  return Put(R"("}})", out);
}

char* NexmarkGenerator::WriteBid(int64_t number, char* out) const {
  NexmarkRandom random(options_.seed, number);
  const bool hot_auction = random.Below(kHotAuctionShare) > 0;
  const int64_t auction =
      hot_auction ? LastAuction(number) / kHotStep * kHotStep : OpenAuction(number, random);
  const bool hot_bidder = random.Below(kHotBidderShare) > 0;
  const int64_t bidder =
      hot_bidder ? LastPerson(number) / kHotStep * kHotStep + 1 : ActivePerson(number, random);
  out = Put(kFirstAuction + auction, Put(R"({"event_type":2,"bid":{"auction":)", out));
  out = Put(kFirstPerson + bidder, Put(R"(,"bidder":)", out));
  out = Put(random.Price(), Put(R"(,"price":)", out));
  const bool hot_channel = random.Below(kHotChannelShare) > 0;
  const int64_t channel = hot_channel ? random.Below(std::ssize(kHotChannels))
                                      : std::ssize(kHotChannels) + random.Below(kChannels);
  out = Put(channels_[static_cast<size_t>(channel)].name, Put(R"(,"channel":")", out));
  out = Put(channels_[static_cast<size_t>(channel)].url, Put(R"(","url":")", out));
  out = PutTime(TimeOf(number), Put(R"(","dateTime":")", out));
  out = random.Filling(32, kBidBytes, Put(R"(","extra":")", out));
  return Put(R"("}})", out);
}

}  // namespace headrace::source
