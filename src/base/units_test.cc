#include "base/units.h"

#include <gmock/gmock.h>

namespace headrace {
namespace {

TEST(UnitsTest, ParsesDurations) {
  EXPECT_EQ(ParseDuration("5 s").ValueOrDie(), 5'000'000);
  EXPECT_EQ(ParseDuration("250ms").ValueOrDie(), 250'000);
  EXPECT_EQ(ParseDuration("1 hour").ValueOrDie(), 3'600'000'000);
  EXPECT_EQ(ParseDuration("7 days").ValueOrDie(), 7 * 86'400'000'000);
  EXPECT_EQ(ParseDuration("1.5 minutes").ValueOrDie(), 90'000'000);
}

TEST(UnitsTest, RefusesWhatHasNoUnitOrAnotherOne) {
  for (const char* text :
       {"5", "", "s", "-1 s", "5 parsecs", "1 s 2", "nan s", "1e300 days", "ss"}) {
    const Status status = ParseDuration(text).status();
    EXPECT_FALSE(status.ok()) << text;
    EXPECT_EQ(KindOf(status), ErrorKind::kUser) << text;
  }
}

TEST(UnitsTest, ParsesSizes) {
  EXPECT_EQ(ParseSize("64 KiB").ValueOrDie(), 65'536);
  EXPECT_EQ(ParseSize("10").ValueOrDie(), 10);
  EXPECT_EQ(ParseSize("1.5 MB").ValueOrDie(), 1'500'000);
  EXPECT_FALSE(ParseSize("64 K").ok());
}

TEST(UnitsTest, FormatsInAReadableUnit) {
  EXPECT_EQ(FormatDuration(1'500'000), "1.5 s");
  EXPECT_EQ(FormatDuration(12'345), "12 ms");
  EXPECT_EQ(FormatSize(64 << 20), "64 MiB");
}

}  // namespace
}  // namespace headrace
