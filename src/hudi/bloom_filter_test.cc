#include "hudi/bloom_filter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace headrace::hudi {
namespace {

// What Hudi 1.2.0's own class makes of these keys, asked for 16 entries (8) with 2.14 % of errors.
constexpr const char* kKeys[] = {
    "a", "ab", "abc", "abcd", "event-000000007919", "é漢😀", "id:1,region:eu", "ÿþ\u0080"};
constexpr char kOfTheKeys[] = "/////wAAAAYBAAAAgIYdJEi2FQ6MoEAAkkBEApE=";
constexpr char kEmpty[] = "/////wAAAAYBAAAAQAAAAAAAAAAA";

TEST(BloomFilter, IsTheOneThatHudiMakes) {
  BloomFilter filter(16);
  for (const char* key : kKeys) filter.Add(key);
  for (int i = 0; i < 8; ++i) filter.Add("a");  // sixteen keys in all: it is not folded
  EXPECT_EQ(filter.ToText(), kOfTheKeys);
  EXPECT_EQ(BloomFilter(8).ToText(), kEmpty);
  BloomFilter read = BloomFilter::FromText(kOfTheKeys).ValueOrDie();
  for (const char* key : kKeys) EXPECT_TRUE(read.MayContain(key)) << key;
  EXPECT_FALSE(read.MayContain("event-000000007920"));
}

TEST(BloomFilter, TakesTheSizeOfItsKeys) {
  BloomFilter exact(1000), ample(1'000'000);
  for (int i = 0; i < 1000; ++i) {
    exact.Add(fmt::format("key {}", i));
    ample.Add(fmt::format("key {}", i));
  }
  EXPECT_EQ(exact.ToText(), ample.ToText());
  EXPECT_LT(exact.ToText().size(), 1500u);
}

TEST(BloomFilter, SeldomTakesOneKeyForAnother) {
  constexpr int kKeyCount = 1 << 14;  // the fullest that a vector of its size may be
  BloomFilter filter(kKeyCount);
  for (int i = 0; i < kKeyCount; ++i) filter.Add(fmt::format("key {}", i));
  int errors = 0;
  for (int i = 0; i < kKeyCount; ++i) {
    ASSERT_TRUE(filter.MayContain(fmt::format("key {}", i)));
    errors += filter.MayContain(fmt::format("other {}", i)) ? 1 : 0;
  }
  EXPECT_LT(errors, kKeyCount / 40);
}

TEST(BloomFilter, MayHaveMoreKeysThanExpected) {
  BloomFilter filter(1);
  for (int i = 0; i < 100; ++i) filter.Add(fmt::format("key {}", i));
  BloomFilter read = BloomFilter::FromText(filter.ToText()).ValueOrDie();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(read.MayContain(fmt::format("key {}", i)));
}

TEST(BloomFilter, RefusesWhatIsNone) {
  for (const char* text : {"", "!", "AAAA", "/////wAAAAYBAAAAgIYd",
                           "/////wAAAAYBAAAAAAAAAAA=", "/////wAAAAYCAAAAQAAAAAAAAAAA"})
    EXPECT_TRUE(BloomFilter::FromText(text).status().IsInvalid()) << text;
}

}  // namespace
}  // namespace headrace::hudi
