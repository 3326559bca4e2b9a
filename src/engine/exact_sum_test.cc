#include "engine/exact_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace headrace::engine {
namespace {

double SumOf(const std::vector<double>& values) {
  ExactSum sum;
  for (const double value : values) sum.Add(value);
  return sum.Value();
}

// Doubles of very different magnitude, whose plain sum depends on the order.
std::vector<double> RandomValues(std::mt19937_64& random, int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) {
    const double mantissa = std::uniform_real_distribution<double>(-1, 1)(random);
    values.push_back(std::ldexp(mantissa, std::uniform_int_distribution<int>(-300, 300)(random)));
  }
  return values;
}

TEST(ExactSumTest, RoundsOnce) {
  EXPECT_EQ(SumOf({}), 0.0);
  EXPECT_EQ(SumOf({0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}), 1.0);
  EXPECT_EQ(SumOf({1e100, 1.0, -1e100}), 1.0);
  EXPECT_EQ(SumOf({1e16, 1.0, 1e-16}), 10000000000000002.0);
}

TEST(ExactSumTest, DoesNotDependOnOrder) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values = RandomValues(random, 50);
    const double sum = SumOf(values);
    std::shuffle(values.begin(), values.end(), random);
    EXPECT_EQ(SumOf(values), sum);
  }
}

TEST(ExactSumTest, WhatIsTakenAwayLeavesNothing) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 200; ++round) {
    const std::vector<double> kept = RandomValues(random, 10);
    std::vector<double> gone = RandomValues(random, 40);
    ExactSum sum;
    for (const double value : gone) sum.Add(value);
    for (const double value : kept) sum.Add(value);
    std::shuffle(gone.begin(), gone.end(), random);
    for (const double value : gone) sum.Add(value, -1);
    EXPECT_EQ(sum.Value(), SumOf(kept));
    for (const double value : kept) sum.Add(value, -1);
    EXPECT_EQ(sum.Value(), 0.0);
  }
}

TEST(ExactSumTest, SavesWhatItHolds) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 100; ++round) {
    const std::vector<double> values = RandomValues(random, 30);
    ExactSum sum;
    for (const double value : values) sum.Add(value);
    if (round % 2 == 0) sum.Add(std::numeric_limits<double>::infinity());
    std::string bytes;
    sum.Save(&bytes);
    ExactSum restored;
    ByteReader reader(bytes);
    ASSERT_TRUE(restored.Load(&reader).ok());
    EXPECT_TRUE(reader.done());
    EXPECT_EQ(restored.Value(), sum.Value());
    if (round % 2 == 0) {
      restored.Add(std::numeric_limits<double>::infinity(), -1);
      EXPECT_EQ(restored.Value(), SumOf(values));
    }
  }
}

TEST(ExactSumTest, KnowsInfinitiesAndNan) {
  const double infinity = std::numeric_limits<double>::infinity();
  ExactSum sum;
  sum.Add(1.5);
  sum.Add(infinity);
  EXPECT_EQ(sum.Value(), infinity);
  sum.Add(-infinity);
  EXPECT_TRUE(std::isnan(sum.Value()));
  sum.Add(infinity, -1);
  EXPECT_EQ(sum.Value(), -infinity);
  sum.Add(-infinity, -1);
  EXPECT_EQ(sum.Value(), 1.5);
  sum.Add(std::nan(""));
  EXPECT_TRUE(std::isnan(sum.Value()));
  sum.Add(std::nan(""), -1);
  EXPECT_EQ(sum.Value(), 1.5);
}

TEST(ExactSumTest, DoesNotOverflowOnTheWay) {
  const double largest = std::numeric_limits<double>::max();
  EXPECT_EQ(SumOf({largest, largest, -largest}), largest);
  EXPECT_EQ(SumOf({largest, largest}), std::numeric_limits<double>::infinity());
  EXPECT_EQ(SumOf({largest, 1.0, -largest, 2.0}), 3.0);
}

TEST(ExactSumTest, RefusesMalformedBytes) {
  ExactSum sum;
  for (const std::string& bytes :
       {std::string(), std::string(4, '\xff'), std::string("\x02\0\0\0", 4)}) {
    ByteReader reader(bytes);
    EXPECT_FALSE(sum.Load(&reader).ok());
  }
}

}  // namespace
}  // namespace headrace::engine
