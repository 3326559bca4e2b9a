#include "hudi/log_block.h"

#include <gmock/gmock.h>

#include "hudi/delete_block.h"

namespace headrace::hudi {
namespace {

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[static_cast<uint8_t>(c) >> 4];
    text += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return text;
}

const std::map<LogHeader, std::string> kHeader = {{LogHeader::kInstantTime, "20260101000000000"},
                                                  {LogHeader::kSchema, "{}"}};

TEST(LogBlockTest, HasHudisBytes) {
  std::string file;
  AppendLogBlock(LogBlockType::kAvroData, kHeader, "xyz", &file);
  EXPECT_EQ(Hex(file),
            "23485544492300000000000000460000000100000003000000020000000000000011323032363031303130"
            "303030303030303000000002000000027b7d000000000000000378797a00000000000000000000004c");
}

TEST(LogBlockTest, DeletesHaveHudisBytes) {
  std::string file;
  AppendLogBlock(LogBlockType::kDelete, kHeader, EncodeDeletes({{"2", "eu", {}}}, nullptr), &file);
  EXPECT_EQ(Hex(file),
            "23485544492300000000000000560000000100000001000000020000000000000011323032363031303130"
            "303030303030303000000002000000027b7d0000000000000013000000030000000b020202320204657504"
            "000000000000000000000000005c");
  EXPECT_EQ(Hex(EncodeDeletes({{"k", "p", int64_t{300}}}, arrow::int64().get())),
            "000000030000000b0202026b02027006d80400");
}

TEST(LogBlockTest, ReadsBackWhatItWrote) {
  std::string file;
  AppendLogBlock(LogBlockType::kParquetData, kHeader, std::string(100'000, 'p'), &file);
  const auto second = static_cast<int64_t>(file.size());
  AppendLogBlock(LogBlockType::kDelete, kHeader, "", &file);
  const auto blocks = ParseLogFile(file).ValueOrDie();
  ASSERT_EQ(blocks.size(), 2u);
  EXPECT_EQ(blocks[0].type, LogBlockType::kParquetData);
  EXPECT_EQ(blocks[0].content.size(), 100'000u);
  EXPECT_EQ(blocks[0].Header(LogHeader::kInstantTime), "20260101000000000");
  EXPECT_EQ(blocks[1].offset, second);
  EXPECT_EQ(blocks[1].Header(LogHeader::kTargetInstantTime), "");
}

TEST(LogBlockTest, EveryCutAndEveryChangedLengthIsAnError) {
  std::string file;
  AppendLogBlock(LogBlockType::kAvroData, kHeader, "xyz", &file);
  for (size_t length = 1; length < file.size(); ++length)
    EXPECT_TRUE(ParseLogFile(file.substr(0, length)).status().IsInvalid()) << length;
  for (size_t at = 6; at < 14; ++at) {
    std::string changed = file;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_TRUE(ParseLogFile(changed).status().IsInvalid()) << at;
  }
}

TEST(DeleteBlockTest, KeepsOrderingValuesOfEveryType) {
  const struct {
    std::shared_ptr<arrow::DataType> type;
    OrderingValue value;
  } cases[] = {
      {arrow::int32(), int64_t{-7}},
      {arrow::int64(), int64_t{1} << 60},
      {arrow::date32(), int64_t{20'000}},
      {arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), int64_t{-1}},
      {arrow::float32(), 1.5},
      {arrow::float64(), -0.1},
      {arrow::utf8(), std::string("n\u00e9")},
  };
  for (const auto& c : cases) {
    const std::string content =
        EncodeDeletes({{"a,b:c", "", c.value}, {"k", "p", c.value}}, c.type.get());
    const auto deletes = DecodeDeletes(content).ValueOrDie();
    ASSERT_EQ(deletes.size(), 2u) << c.type->ToString();
    EXPECT_EQ(deletes[0].key, "a,b:c");
    EXPECT_EQ(deletes[1].partition, "p");
    EXPECT_EQ(deletes[1].ordering, c.value) << c.type->ToString();
  }
}

TEST(DeleteBlockTest, IntegerZeroIsNaturalOrder) {
  const auto deletes = DecodeDeletes(EncodeDeletes({{"k", "p", {}}}, nullptr)).ValueOrDie();
  EXPECT_EQ(deletes[0].ordering, OrderingValue());
}

TEST(DeleteBlockTest, RefusesOtherVersionsAndCutLists) {
  std::string content = EncodeDeletes({{"k", "p", int64_t{1}}}, arrow::int64().get());
  for (size_t length = 0; length < content.size(); ++length)
    EXPECT_FALSE(DecodeDeletes(content.substr(0, length)).ok()) << length;
  content[3] = 2;
  EXPECT_THAT(DecodeDeletes(content).status().message(), ::testing::HasSubstr("version 2"));
}

TEST(OrderingTest, TheGreaterOrLaterReplaces) {
  const OrderingValue one = int64_t{1}, two = int64_t{2}, natural;
  EXPECT_TRUE(Replaces(two, one));
  EXPECT_TRUE(Replaces(one, one));
  EXPECT_FALSE(Replaces(one, two));
  EXPECT_TRUE(Replaces(natural, two));
  EXPECT_TRUE(Replaces(one, natural));
  EXPECT_FALSE(Replaces(OrderingValue("a"), OrderingValue("b")));
  EXPECT_TRUE(Replaces(OrderingValue(std::nan("")), OrderingValue(1.0)));
  EXPECT_FALSE(Replaces(OrderingValue(1.0), OrderingValue(std::nan(""))));
}

}  // namespace
}  // namespace headrace::hudi
