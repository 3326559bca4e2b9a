#include "source/record_extractor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Extracted {
  std::vector<std::string> json, keys, versions;
  std::string next;
  std::string error;  // reason and message
};

Extracted Extract(const ExtractorOptions& options, std::string body) {
  RecordExtractor extractor(options);
  auto outcome = extractor.Extract(&body);
  if (const auto* bad = std::get_if<BadAnswer>(&outcome)) {
    return {.json = {},
            .keys = {},
            .versions = {},
            .next = {},
            .error = std::string(ReasonName(bad->reason)) + ": " + bad->message};
  }
  Extracted result;
  for (const auto& record : std::get<Extraction>(outcome).records) {
    result.json.emplace_back(record.json);
    result.keys.push_back(record.key);
    result.versions.push_back(record.version);
  }
  result.next = std::get<Extraction>(outcome).next;
  return result;
}

TEST(RecordExtractor, KeepsTheBytesOfEachRecord) {
  const auto result =
      Extract({.records = "/data/items"},
              R"({"meta":{"n":2},"data":{"items":[ {"a" : 1.0e+1, "b":"\u00e9"} ,7]}})");
  EXPECT_EQ(result.error, "");
  EXPECT_THAT(result.json, ElementsAre(R"({"a" : 1.0e+1, "b":"\u00e9"})", "7"));
}

TEST(RecordExtractor, TheWholeDocumentAndASingleObject) {
  EXPECT_THAT(Extract({}, R"([{"a":1},{"a":2}])").json, ElementsAre(R"({"a":1})", R"({"a":2})"));
  EXPECT_THAT(Extract({}, " {\"a\":1}\n").json, ElementsAre(R"({"a":1})"));
  EXPECT_THAT(Extract({.records = "/x"}, R"({"x":{"a":1}})").json, ElementsAre(R"({"a":1})"));
  EXPECT_THAT(Extract({}, "[]").json, ElementsAre());
}

TEST(RecordExtractor, PointersHaveEscapesAndIndexes) {
  EXPECT_THAT(Extract({.records = "/a~1b/0/c~0d"}, R"({"a/b":[{"c~d":[1]}]})").json,
              ElementsAre("1"));
}

TEST(RecordExtractor, KeysAndVersions) {
  const ExtractorOptions options{.records = "", .key = {"id"}, .order_by = {"p", "updated"}};
  const auto result = Extract(options, R"([{"id":"a\"1","p":{"updated":12}},
      {"p":{"updated": "x" },"id":7}, {"id":"b"}, {"id":null,"p":{"updated":1}}, 5])");
  EXPECT_THAT(result.keys, ElementsAre("a\"1", "7", "b", "", ""));
  EXPECT_EQ(result.versions[0], "12");
  EXPECT_EQ(result.versions[1], "\"x\"");
  for (int i = 2; i < 5; ++i) EXPECT_EQ(result.versions[i].size(), 16u) << i;  // A hash.
  EXPECT_NE(result.versions[2], result.versions[3]);
}

TEST(RecordExtractor, SeveralKeyColumns) {
  const auto result =
      Extract({.key = {"b", "a"}}, R"([{"a":1,"b":"x,"},{"a":1},{"b":null,"a":2}])");
  EXPECT_THAT(result.keys, ElementsAre(R"(["x,",1])", "", ""));
}

TEST(RecordExtractor, FindsWhatPaginationNeeds) {
  const ExtractorOptions options{.records = "/d", .next_pointer = "/page/next"};
  EXPECT_EQ(Extract(options, R"({"page":{"next":"http:\/\/a\/2"},"d":[]})").next, "http://a/2");
  EXPECT_EQ(Extract(options, R"({"d":[{"a":1}],"page":{"next":17}})").next, "17");
  EXPECT_EQ(Extract(options, R"({"page":{"next":null},"d":[]})").next, "");
  EXPECT_EQ(Extract(options, R"({"d":[]})").next, "");
}

TEST(RecordExtractor, IntegersPast64BitsAreGood) {
  EXPECT_THAT(Extract({}, "[123456789012345678901234567890, -99999999999999999999]").json.size(),
              2);
}

TEST(RecordExtractor, NothingOfAMalformedAnswerIsTaken) {
  const std::string good = R"({"d":[{"a":"x","b":[1,true,null]},{"a":-2.5e3}],"e":{"f":false}})";
  ASSERT_EQ(Extract({.records = "/d"}, good).json.size(), 2u);
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_THAT(Extract({.records = "/d"}, good.substr(0, size)).error, HasSubstr("malformed: "))
        << good.substr(0, size);
  }
  for (const char* bad :
       {"[1,]",          "[1 2]",     "{\"a\" 1}",  "{\"a\":1,}", "[01]",
        "[1.]",          "[.5]",      "[tru]",      "[nul]",      "[+1]",
        "['a']",         "[\"\t\"]",  "[\"\\x\"]",  "[\"\xff\"]", "[] []",
        "[]x",           "{} 1",      "[NaN]",      "[1e]",       "[-]",
        "[\"\\ud800\"]", "{\"a\":[}", "[{\"a\":1]", "{1:2}",      "[12345678901234567890123x]",
        "[truex]"}) {
    EXPECT_THAT(Extract({}, bad).error, HasSubstr("malformed: ")) << bad;
  }
}

TEST(RecordExtractor, SaysWhatItGot) {
  EXPECT_THAT(Extract({}, "<!DOCTYPE html><p>hello").error, HasSubstr("page of HTML"));
  EXPECT_THAT(Extract({}, "").error, HasSubstr("empty"));
  EXPECT_THAT(Extract({}, " \n ").error, HasSubstr("empty"));
  EXPECT_THAT(Extract({.records = "/d"}, "{}").error, HasSubstr("no_records: "));
  EXPECT_THAT(Extract({.records = "/d"}, "[]").error, HasSubstr("no_records: "));
  EXPECT_THAT(Extract({.records = "/d"}, R"({"d":null})").error, HasSubstr("no_records: "));
  EXPECT_THAT(Extract({.records = "/d"}, R"({"d":"x"})").error, HasSubstr("neither an array"));
  EXPECT_THAT(Extract({}, "17").error, HasSubstr("no_records: "));
}

TEST(RecordExtractor, DeepNestingIsRefusedNotFollowed) {
  EXPECT_THAT(Extract({}, std::string(100'000, '[')).error, HasSubstr("malformed: "));
  EXPECT_THAT(Extract({}, std::string(5000, '[') + std::string(5000, ']')).error,
              HasSubstr("malformed: "));
  EXPECT_EQ(Extract({}, std::string(150, '[') + std::string(150, ']')).error, "");
}

}  // namespace
}  // namespace headrace::source
