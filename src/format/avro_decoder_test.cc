#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <gmock/gmock.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "avro/binary.h"
#include "format/decoder.h"
#include "http/test_server.h"

namespace headrace::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

const auto kSchema =
    arrow::schema({arrow::field("a", arrow::int64(), false), arrow::field("b", arrow::utf8())});

// A registry that answers as it is told to, for answers that a real one gives seldom.
class AvroDecoderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Add(1, R"({"type":"record","name":"r","fields":[{"name":"a","type":"long"}]})");
    Add(2, R"({"type":"record","name":"r","fields":[
              {"name":"b","type":"string"},{"name":"a","type":"int"}]})");
    server_.get().Get(R"(/api/(.*))", [this](const auto& request, auto& response) {
      ++requests_;
      authorization_ = request.get_header_value("Authorization");
      const auto found = answers_.find(request.matches[1]);
      if (found == answers_.end()) {
        response.status = 404;
        response.set_content(R"({"error_code":40403,"message":"Schema not found"})",
                             "application/json");
        return;
      }
      response.status = found->second.first;
      response.set_content(found->second.second, "application/json");
    });
    server_.Start();
    format_.registry = server_.url("/api/");
  }

  void Add(int id, const std::string& schema, const Json& more = Json::object()) {
    Json answer = more;
    answer["schema"] = schema;
    answers_["schemas/ids/" + std::to_string(id)] = {200, answer.dump()};
  }

  std::unique_ptr<Decoder> Make() { return MakeAvroDecoder(format_, kSchema).ValueOrDie(); }

  http::TestServer server_;
  std::map<std::string, std::pair<int, std::string>> answers_;  // a path's status and body
  std::atomic<int> requests_ = 0;
  std::string authorization_;
  pipeline::AvroFormat format_;
};

std::string Message(int id, const std::string& body) {
  return std::string("\0\0\0", 3) + static_cast<char>(id >> 8) + static_cast<char>(id) + body;
}

std::string Row1(int64_t a) {
  std::string out;
  avro::Writer(&out).Long(a);
  return Message(1, out);
}

std::string Row2(const std::string& b, int64_t a) {
  std::string out;
  avro::Writer writer(&out);
  writer.String(b);
  writer.Long(a);
  return Message(2, out);
}

DecodedBatch Decode(Decoder& decoder, const std::vector<std::string>& records) {
  return decoder.Decode({records.begin(), records.end()}).ValueOrDie();
}

TEST_F(AvroDecoderTest, EachRecordIsReadByItsOwnSchema) {
  const auto decoder = Make();
  const auto decoded = Decode(*decoder, {Row1(7), Row2("x", 8), Row1(9)});
  EXPECT_TRUE(decoded.rejected.empty());
  const auto expected = arrow::RecordBatch::Make(
      kSchema, 3,
      {arrow::json::ArrayFromJSONString(arrow::int64(), "[7, 8, 9]").ValueOrDie(),
       arrow::json::ArrayFromJSONString(arrow::utf8(), R"([null, "x", null])").ValueOrDie()});
  EXPECT_TRUE(decoded.batch->Equals(*expected)) << decoded.batch->ToString();
  Decode(*decoder, {Row2("y", 1), Row1(2)});
  EXPECT_EQ(requests_, 2);  // one a schema
}

TEST_F(AvroDecoderTest, WhatIsMalformedIsRejected) {
  Add(3, "nonsense");
  Add(4, R"({"type":"record","name":"r","fields":[]})", {{"schemaType", "PROTOBUF"}});
  Add(5, R"({"type":"record","name":"r","fields":[{"name":"b","type":"string"}]})");
  Add(6, "\"long\"");
  Add(7, std::string(5 << 20, ' '));
  const auto decoder = Make();
  const auto decoded = Decode(
      *decoder, {"", "{}", std::string("\0\0\0\0", 4), Row1(1), Row1(1) + "x", Message(1, ""),
                 Message(3, ""), Message(4, ""), Message(5, "\x02x"), Message(6, "\x02"),
                 Message(7, ""), Message(99, ""), Message(0, ""), std::string(10, '\xff'),
                 std::string("\0\xff\xff\xff\xff", 5), Row2("\xff", 1), Row1(2)});
  EXPECT_EQ(decoded.batch->num_rows(), 2);
  EXPECT_THAT(decoded.indexes, ElementsAre(3, 16));
  std::vector<std::string> reasons;
  for (const auto& rejected : decoded.rejected)
    reasons.push_back(rejected.path + ": " + rejected.reason);
  EXPECT_THAT(
      reasons,
      ElementsAre(HasSubstr("is empty"), HasSubstr("found 123"), HasSubstr("ends within"),
                  HasSubstr("1 bytes follow"), HasSubstr("end too early"),
                  HasSubstr("the schema 3 cannot be used: an Avro schema is not JSON"),
                  HasSubstr("the schema 4 cannot be used: it is PROTOBUF"),
                  HasSubstr("expected BIGINT NOT NULL, and the writer's schema has no field 'a'"),
                  HasSubstr("expected a record, found an Avro long"),
                  HasSubstr("more than 4194304 bytes"), HasSubstr("Schema not found"),
                  HasSubstr("no schema has the number 0"), HasSubstr("found 255"),
                  HasSubstr("no schema has the number 4294967295"),
                  HasSubstr("/b: the text is not UTF-8")));
}

TEST_F(AvroDecoderTest, AnUnknownSchemaIsAskedForOnceABatch) {
  const auto decoder = Make();
  Decode(*decoder, {Message(99, ""), Row1(1), Message(99, "")});
  EXPECT_EQ(requests_, 2);
  Add(99, R"({"type":"record","name":"r","fields":[{"name":"a","type":"long"}]})");
  EXPECT_EQ(Decode(*decoder, {Message(99, "\x02")}).batch->num_rows(), 1);
}

TEST_F(AvroDecoderTest, TheRegistryMayFailForAWhile) {
  const auto decoder = Make();
  const std::string row = Row1(1), other = Row2("b", 2);
  for (const int status : {500, 503, 429, 408}) {
    answers_["schemas/ids/2"].first = status;
    const Status failed = decoder->Decode({row, other}).status();
    EXPECT_EQ(KindOf(failed), ErrorKind::kTransient) << failed;
  }
  answers_["schemas/ids/2"].first = 200;
  EXPECT_EQ(Decode(*decoder, {row, other}).batch->num_rows(), 2);
  format_.registry = "http://127.0.0.1:1";
  EXPECT_EQ(KindOf(Make()->Decode({row}).status()), ErrorKind::kTransient);
}

TEST_F(AvroDecoderTest, WhatTheUserCanMendEndsTheRun) {
  const std::string row = Row1(1);
  const auto fail = [&](int status, const std::string& body) {
    answers_["schemas/ids/1"] = {status, body};
    const Status failed = Make()->Decode({row}).status();
    EXPECT_EQ(KindOf(failed), ErrorKind::kUser) << failed;
    return failed.message();
  };
  EXPECT_THAT(fail(401, R"({"error_code":401,"message":"Who are you?"})"),
              HasSubstr("answered 401: Who are you?; give 'username'"));
  EXPECT_THAT(fail(403, "no"), HasSubstr("answered 403: no"));
  EXPECT_THAT(fail(404, "<html>"), HasSubstr("'registry' is the URL below which"));
  EXPECT_THAT(fail(404, R"({"error_code":404})"), HasSubstr("'registry' is the URL below which"));
  EXPECT_THAT(fail(200, "{}"), HasSubstr("doesn't answer as a schema registry"));
}

TEST_F(AvroDecoderTest, SchemasMayReferToOthers) {
  answers_["subjects/place of/versions/3"] = {
      200,
      R"({"schema":"{\"type\":\"record\",\"name\":\"p\",\"fields\":[{\"name\":\"x\",\"type\":\"int\"}]}"})"};
  const Json references = {
      {"references", {{{"name", "p"}, {"subject", "place of"}, {"version", 3}}}}};
  Add(8,
      R"({"type":"record","name":"r","fields":[{"name":"p","type":"p"},{"name":"a","type":"int"}]})",
      references);
  const auto decoded = Decode(*Make(), {Message(8, "\x02\x04")});
  ASSERT_EQ(decoded.batch->num_rows(), 1) << decoded.rejected[0].reason;
  EXPECT_EQ(decoded.batch->column(0)->ToString(), "[\n  2\n]");
}

TEST_F(AvroDecoderTest, CredentialsAreSent) {
  format_.username = "me";
  format_.password = pipeline::Secret{"pass"};
  Decode(*Make(), {Row1(1)});
  EXPECT_EQ(authorization_, "Basic bWU6cGFzcw==");
  format_.username = "";
  format_.bearer_token = pipeline::Secret{"token"};
  Decode(*Make(), {Row1(1)});
  EXPECT_EQ(authorization_, "Bearer token");
}

TEST_F(AvroDecoderTest, KeysMayBeBareValues) {
  Add(9, "\"string\"");
  Add(10, R"({"type":"record","name":"k","fields":[{"name":"b","type":"string"}]})");
  const auto decoder = MakeAvroKeyDecoder(format_, arrow::schema({kSchema->field(1)})).ValueOrDie();
  const auto decoded = Decode(*decoder, {Message(9, "\x02x"), Message(10, "\x02y"), "z"});
  EXPECT_EQ(decoded.batch->column(0)->ToString(), "[\n  \"x\",\n  \"y\"\n]");
  EXPECT_EQ(decoded.rejected.size(), 1u);
}

}  // namespace
}  // namespace headrace::format
