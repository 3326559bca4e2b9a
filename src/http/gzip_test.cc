#include "http/gzip.h"

#include <gtest/gtest.h>

namespace headrace::http {
namespace {

TEST(Gzip, RoundTripsAndRefusesWhatIsCutMalformedOrTooLarge) {
  for (const size_t size : {0, 1, 20'000, 1'000'000}) {
    const std::string text(size, 'x');
    const std::string packed = Gzip(text).ValueOrDie();
    EXPECT_EQ(Gunzip(packed, 1'000'000).ValueOrDie(), text);
    EXPECT_EQ(Gunzip(packed + packed, 2'000'000).ValueOrDie(), text + text);
    for (size_t cut = 0; cut < packed.size(); cut += 7)
      EXPECT_TRUE(Gunzip(packed.substr(0, cut), 1'000'000).status().IsInvalid()) << cut;
  }
  EXPECT_TRUE(Gunzip(Gzip("text").ValueOrDie(), 3).status().IsCapacityError());
  EXPECT_TRUE(Gunzip("<html>", 1000).status().IsInvalid());
}

}  // namespace
}  // namespace headrace::http
