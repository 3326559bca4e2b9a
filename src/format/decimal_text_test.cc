#include "format/decimal_text.h"

#include <gtest/gtest.h>

namespace headrace::format {
namespace {

std::string Rewritten(std::string_view text, int precision, int scale) {
  const auto value = ParseDecimal(text, precision, scale);
  if (!value.has_value()) return "none";
  std::string out;
  WriteDecimal(*value, scale, &out);
  return out;
}

TEST(DecimalText, IsExact) {
  EXPECT_EQ(Rewritten("0.1", 10, 2), "0.10");
  EXPECT_EQ(Rewritten("-12.34", 10, 2), "-12.34");
  EXPECT_EQ(Rewritten("12", 10, 0), "12");
  EXPECT_EQ(Rewritten("+007", 10, 0), "7");
  EXPECT_EQ(Rewritten("-0", 10, 2), "0.00");
  EXPECT_EQ(Rewritten("0.000001", 38, 38), "0.00000100000000000000000000000000000000");
  const std::string nines(38, '9');
  EXPECT_EQ(Rewritten(nines, 38, 0), nines);
  EXPECT_EQ(Rewritten("-" + nines, 38, 0), "-" + nines);
  EXPECT_EQ(Rewritten("1" + std::string(38, '0'), 38, 0), "none");
}

TEST(DecimalText, RoundsHalfUp) {
  EXPECT_EQ(Rewritten("1.005", 10, 2), "1.01");
  EXPECT_EQ(Rewritten("-1.005", 10, 2), "-1.01");
  EXPECT_EQ(Rewritten("1.00499999999999999999999999999999999999999999999999", 10, 2), "1.00");
  EXPECT_EQ(Rewritten("0.5", 1, 0), "1");
  EXPECT_EQ(Rewritten("0.04", 1, 0), "0");
  EXPECT_EQ(Rewritten("9.5", 1, 0), "none");
  EXPECT_EQ(Rewritten("99.995", 4, 2), "none");
}

TEST(DecimalText, KnowsExponents) {
  EXPECT_EQ(Rewritten("1.5e3", 10, 2), "1500.00");
  EXPECT_EQ(Rewritten("15E-1", 10, 2), "1.50");
  EXPECT_EQ(Rewritten("5e-3", 10, 2), "0.01");
  EXPECT_EQ(Rewritten("4e-3", 10, 2), "0.00");
  EXPECT_EQ(Rewritten("5e-99999999999999999999", 10, 2), "0.00");
  EXPECT_EQ(Rewritten("5e99999999999999999999", 10, 2), "none");
  EXPECT_EQ(Rewritten("0e99999999999999999999", 10, 2), "0.00");
  EXPECT_EQ(Rewritten("1e+2", 10, 0), "100");
}

TEST(DecimalText, RefusesOtherText) {
  for (const char* text :
       {"", "-", ".", "1.2.3", "1e", "1e+", "e5", "abc", "1 ", " 1", "1e+-2", "0x1", "NaN"})
    EXPECT_EQ(ParseDecimal(text, 38, 2), std::nullopt) << text;
}

TEST(DecimalText, KnowsTheNumbersOfJson) {
  for (const char* text : {"0", "-0", "12", "1.5", "-1.5e+10", "1E5", "0.1"})
    EXPECT_TRUE(IsJsonNumber(text)) << text;
  for (const char* text : {"", "-", "01", "+1", "1.", ".5", "1e", "1.5.2", "1a", "NaN", "--1"})
    EXPECT_FALSE(IsJsonNumber(text)) << text;
}

}  // namespace
}  // namespace headrace::format
