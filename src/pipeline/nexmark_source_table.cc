#include <arrow/util/value_parsing.h>
#include <fmt/format.h>

#include "pipeline/check_nexmark.h"
#include "pipeline/tables.h"
#include "sql/type.h"

namespace headrace::pipeline {
namespace {

// The rows of the benchmark's generator, as its users declare them in SQL.
constexpr char kColumns[] =
    "event_type INT, "
    "person STRUCT<id: BIGINT, name: STRING, emailAddress: STRING, creditCard: STRING, "
    "city: STRING, state: STRING, dateTime: TIMESTAMP, extra: STRING>, "
    "auction STRUCT<id: BIGINT, itemName: STRING, description: STRING, initialBid: BIGINT, "
    "reserve: BIGINT, dateTime: TIMESTAMP, expires: TIMESTAMP, seller: BIGINT, category: BIGINT, "
    "extra: STRING>, "
    "bid STRUCT<auction: BIGINT, bidder: BIGINT, price: BIGINT, channel: STRING, url: STRING, "
    "dateTime: TIMESTAMP, extra: STRING>";

constexpr int64_t kStartMaxUs = 32'503'680'000'000'000;  // the year 3000

}  // namespace

Table NexmarkSourceTable() {
  Field start = TextField("start", &NexmarkSource::start, "The event time of the first event.",
                          "2026-01-01T00:00:00");
  start.default_text = NexmarkSource{}.start;
  return {
      .name = "nexmark",
      .title = "sources.NAME.nexmark",
      .description =
          "Generates the events of the Nexmark benchmark: of 50, one is a person, three are "
          "auctions and 46 are bids. The columns are `event_type` (0, 1, 2) and the structs "
          "`person`, `auction` and `bid`, of which one isn't NULL. The same seed gives the same "
          "events.",
      .fields = {
          IntegerField("events", &NexmarkSource::events,
                       "How many events there are. 0: they don't end.", "2000000")
              .Between(0, NexmarkSource::kEventsMax),
          IntegerField("seed", &NexmarkSource::seed, "What everything random follows from.", "42"),
          IntegerField("rate", &NexmarkSource::rate,
                       "Events that come a second. 0: as many as are read.", "10000")
              .Between(0, 1'000'000'000),
          std::move(start),
          IntegerField("events_per_second", &NexmarkSource::events_per_second,
                       "Events in a second of event time.", "10000")
              .Between(1, 1'000'000'000),
      }};
}

void CheckNexmark(Checking& checking, Source& source, const std::string& path) {
  auto& nexmark = std::get<NexmarkSource>(source.connector);
  bool zone = false;
  if (!arrow::TimestampParser::MakeISO8601()->operator()(nexmark.start.data(), nexmark.start.size(),
                                                         arrow::TimeUnit::MICRO, &nexmark.start_us,
                                                         &zone) ||
      nexmark.start_us < 0 || nexmark.start_us > kStartMaxUs) {
    checking.Report(fmt::format("'{}' is no time to start at", nexmark.start),
                    "write it as '2026-01-01T00:00:00' (UTC), from 1970 to 2999",
                    checking.places.Of(path + ".nexmark.start"));
  }
  for (const char* key : {"schema", "key", "order_by"}) {
    const std::string here = fmt::format("{}.{}", path, key);
    if (!checking.places.Has(here)) continue;
    checking.Report("the events of a nexmark source have columns of their own, and no key",
                    fmt::format("leave '{}' out", key), checking.places.KeyOf(here));
  }
  source.key.clear();
  source.order_by.clear();
  source.schema = sql::ParseSchema(kColumns).ValueOrDie();
}

}  // namespace headrace::pipeline
