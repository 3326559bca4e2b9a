#include <gmock/gmock.h>
#include <zlib.h>

#include <nlohmann/json.hpp>

#include "avro/binary.h"
#include "avro/container.h"
#include "avro/json.h"

namespace headrace::avro {
namespace {

using Json = nlohmann::json;

TEST(AvroTest, EncodesTheExamplesOfTheSpecification) {
  for (const auto& [value, bytes] :
       std::vector<std::pair<int64_t, std::string>>{{0, std::string(1, '\0')},
                                                    {-1, "\x01"},
                                                    {1, "\x02"},
                                                    {-2, "\x03"},
                                                    {2, "\x04"},
                                                    {-64, "\x7f"},
                                                    {64, "\x80\x01"}}) {
    std::string out;
    Writer(&out).Long(value);
    EXPECT_EQ(out, bytes) << value;
  }
  std::string out;
  Writer(&out).String("foo");
  EXPECT_EQ(out,
            "\x06"
            "foo");
}

TEST(AvroTest, ReadsBackTheExtremes) {
  std::string out;
  Writer writer(&out);
  for (const int64_t value : {INT64_MIN, INT64_MAX, int64_t{0}}) writer.Long(value);
  writer.Double(-0.5);
  writer.Float(1e30F);
  writer.Bool(true);
  Reader reader(out);
  EXPECT_EQ(reader.Long(), INT64_MIN);
  EXPECT_EQ(reader.Long(), INT64_MAX);
  EXPECT_EQ(reader.Long(), 0);
  EXPECT_EQ(reader.Double(), -0.5);
  EXPECT_EQ(reader.Float(), 1e30F);
  EXPECT_TRUE(reader.Bool());
  EXPECT_FALSE(reader.failed());
  EXPECT_FALSE(reader.Bool());
  EXPECT_TRUE(reader.failed());
}

TEST(AvroTest, FailsOnLengthsBeyondTheInput) {
  const std::string endless(11, '\xff');
  std::string out;
  Writer(&out).Long(int64_t{1} << 40);
  EXPECT_TRUE([&] {
    Reader r(out);
    r.String();
    return r.failed();
  }());
  EXPECT_TRUE([&] {
    Reader r(out);
    r.Block();
    return r.failed();
  }());
  EXPECT_TRUE([&] {
    Reader r(endless);
    r.Long();
    return r.failed();
  }());
}

constexpr char kSchema[] = R"({"type":"record","name":"r","namespace":"n","fields":[
  {"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},
  {"name":"f","type":{"type":"fixed","name":"F","size":3}},
  {"name":"m","type":{"type":"map","values":["null",{"type":"array","items":"n.E"}]}},
  {"name":"u","type":["int","null"]},{"name":"d","type":"double"},{"name":"b","type":"bytes"},
  {"name":"z","type":["null","string"],"default":null}]})";

TEST(AvroTest, ContainersKeepEveryKindOfValue) {
  const Json record = {{"e", "B"},
                       {"f", Json::binary({1, 2, 3})},
                       {"m", {{"x", nullptr}, {"y", {"A", "B"}}}},
                       {"u", -5},
                       {"d", 0.25},
                       {"b", Json::binary({0, 255})},
                       {"z", nullptr}};
  const std::string file = WriteContainer(kSchema, record).ValueOrDie();
  EXPECT_THAT(ReadContainer(file).ValueOrDie(), ::testing::ElementsAre(record));
  for (size_t length = 0; length < file.size(); ++length)
    if (auto cut = ReadContainer(file.substr(0, length)); cut.ok()) {
      EXPECT_TRUE(cut->empty()) << length;  // cut between blocks
    }
}

TEST(AvroTest, MembersThatAreMissingAreNullOrEmpty) {
  const std::string file =
      WriteContainer(kSchema, {{"e", "A"}, {"f", Json::binary({1, 2, 3})}}).ValueOrDie();
  const Json read = ReadContainer(file).ValueOrDie().at(0);
  EXPECT_EQ(read.at("u"), nullptr);
  EXPECT_EQ(read.at("z"), nullptr);
  EXPECT_EQ(read.at("m"), Json::object());
  EXPECT_TRUE(WriteContainer(kSchema, {{"e", "C"}}).status().IsInvalid());
  EXPECT_TRUE(WriteContainer(kSchema, Json::array()).status().IsInvalid());
}

TEST(AvroTest, ReadsDeflatedContainers) {
  std::string body;
  Writer(&body).String("deflated");
  std::string packed(100, '\0');
  z_stream stream{};
  ASSERT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(body.data());
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ASSERT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  std::string file("Obj\x01");
  Writer writer(&file);
  writer.Long(2);
  writer.String("avro.schema");
  writer.String("\"string\"");
  writer.String("avro.codec");
  writer.String("deflate");
  writer.Long(0);
  writer.Fixed("0123456789abcdef");
  writer.Long(1);
  writer.String(packed);
  writer.Fixed("0123456789abcdef");
  EXPECT_THAT(ReadContainer(file).ValueOrDie(), ::testing::ElementsAre(Json("deflated")));
}

TEST(AvroSchemaTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "{", "1", "\"nothing\"", "{}", R"({"type":"record","name":"r"})", R"({"type":"array"})",
        R"([["null"]])", R"({"type":"fixed","name":"f","size":-1})",
        R"({"type":"record","name":"r","fields":[{"name":"r","type":"r"}]})"})
    EXPECT_TRUE(ParseSchema(text).status().IsInvalid()) << text;
  std::string deep = "\"int\"";
  for (int i = 0; i < 100; ++i) deep = R"({"type":"array","items":)" + deep + "}";
  EXPECT_TRUE(ParseSchema(deep).status().IsInvalid());
}

// Each record holds the one before it `times` times, in a union or not: short in text, huge as a
// tree.
std::string Reused(int records, int times, bool nullable) {
  std::string inner = "\"int\"";
  for (int i = 0; i < records; ++i) {
    std::string fields;
    for (int j = 0; j < times; ++j) {
      const std::string type = j == 0   ? inner
                               : i == 0 ? "\"int\""
                                        : "\"r" + std::to_string(i - 1) + "\"";
      fields += std::string(j == 0 ? "" : ",") + R"({"name":"f)" + std::to_string(j) +
                R"(","type":)" + (nullable ? R"(["null",)" + type + "]" : type) + "}";
    }
    inner = R"({"type":"record","name":"r)" + std::to_string(i) + R"(","fields":[)" + fields + "]}";
  }
  return inner;
}

TEST(AvroSchemaTest, RefusesTreesThatGrowBeyondTheirText) {
  EXPECT_TRUE(ParseSchema(Reused(10, 2, false)).ok());
  EXPECT_TRUE(ParseSchema(Reused(10, 2, true)).ok());
  EXPECT_TRUE(ParseSchema(Reused(30, 2, false)).status().IsInvalid());
  EXPECT_TRUE(ParseSchema(Reused(20, 2, true)).status().IsInvalid());
  EXPECT_TRUE(ParseSchema(Reused(4, 40, false)).status().IsInvalid());
}

}  // namespace
}  // namespace headrace::avro
