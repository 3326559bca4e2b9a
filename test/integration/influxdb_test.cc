// The Influx sink against a real InfluxDB 1.x: what it wrote is read back by InfluxQL. The script
// `influxdb` beside it starts the server and names it in HEADRACE_INFLUXDB.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "http/http_client.h"
#include "http/url.h"
#include "sink/change_rows.h"
#include "sink/influx_sink.h"
#include "sink/quarantine_reader.h"

namespace headrace::sink {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr char kColumns[] =
    "region STRING, code BIGINT, at TIMESTAMP, i BIGINT, d DOUBLE, c DECIMAL(10,2), b BOOLEAN, "
    "s STRING";

class InfluxDbTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* url = std::getenv("HEADRACE_INFLUXDB");
    ASSERT_NE(url, nullptr) << "run it by test/integration/influxdb";
    definition_.url = url;
    definition_.database =
        std::string("db_") + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    definition_.measurement = "my m,\"=";
    definition_.tags = {"region", "code"};
    definition_.time = "at";
    Query("CREATE DATABASE " + definition_.database);
    sink_ = Make("series", kColumns);
  }

  std::unique_ptr<Sink> Make(const std::string& name, const std::string& columns) {
    return MakeInfluxSink("test", name, definition_, sql::ParseSchema(columns).ValueOrDie(), *log_,
                          registry_)
        .ValueOrDie();
  }

  void Commit(const std::string& rows, const std::string& weights) {
    ASSERT_TRUE(sink_->Write(ChangesOf(kColumns, rows, weights)).ok());
    const Status status = sink_->Commit({"test", ++epoch_, 0, {}}, {});
    ASSERT_TRUE(status.ok()) << status.ToString();
  }

  Json Query(const std::string& statement) {
    http::Request request;
    request.method = "POST";
    request.url = definition_.url + "/query?epoch=ns&db=" + definition_.database;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = "q=" + http::PercentEncode(statement);
    const auto response = client_.Send(request, {}).ValueOrDie();
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(response.body)["results"][0];
  }

  // The rows of the measurement, each an array of the columns asked for after the time.
  Json Points(const std::string& columns) {
    const Json result = Query("SELECT " + columns + R"( FROM "my m,\"=")");
    return result.contains("series") ? result["series"][0]["values"] : Json::array();
  }

  pipeline::InfluxSink definition_;
  const TestFolder folder_;
  const std::unique_ptr<log::Log> log_ =
      log::OpenLocalLog(folder_.path("log"), log::OpenMode::kReadWrite).ValueOrDie();
  metrics::Registry registry_;
  http::Client client_;
  std::unique_ptr<Sink> sink_;
  int64_t epoch_ = 0;
};

TEST_F(InfluxDbTest, KeepsEveryTypeAndEscape) {
  Commit(R"([{"region":"a b,c=d\\e\"f'g","code":-1,"at":1700000000000001,"i":9223372036854775807,
              "d":0.1,"c":"-12.34","b":true,"s":"say \"hi\" \\ to\nZürich, = "},
             {"region":"x\ny","code":null,"at":-1,"i":-9223372036854775808,"d":1e300,"c":null,
              "b":false,"s":""},
             {"region":"tail\\","code":5,"at":0,"i":1,"d":NaN,"c":null,"b":null,"s":null}])",
         "");
  const Json points = Points("i,d,c,b,s,region,code");
  ASSERT_EQ(points.size(), 3u) << points.dump();
  EXPECT_EQ(points[0].dump(), R"([-1000,-9223372036854775808,1e+300,null,false,"","x\\ny",null])");
  EXPECT_EQ(points[1].dump(), R"([0,1,null,null,null,null,"tail","5"])");
  EXPECT_EQ(points[2], Json::parse(R"([1700000000000001000,9223372036854775807,0.1,-12.34,true,
              "say \"hi\" \\ to\nZürich, = ","a b,c=d\\e\"f'g","-1"])"));
}

TEST_F(InfluxDbTest, ReplacesAndDeletesPoints) {
  const std::string first =
      R"({"region":"a b,c=d\\e\"f'g","code":1,"at":5,"i":1,"d":0.5,"c":null,"b":null,"s":"x"})";
  const std::string other =
      R"({"region":"x\ny\\","code":2,"at":5,"i":2,"d":0.5,"c":null,"b":null,"s":"x"})";
  const std::string later =
      R"({"region":"a b,c=d\\e\"f'g","code":1,"at":6,"i":3,"d":0.5,"c":null,"b":null,"s":"x"})";
  Commit("[" + first + "," + other + "," + later + "]", "[1,1,1]");
  EXPECT_EQ(Points("i").size(), 3u);
  // A point that loses a field loses it in the database too.
  const std::string replaced =
      R"({"region":"a b,c=d\\e\"f'g","code":1,"at":5,"i":9,"d":null,"c":null,"b":null,"s":"y"})";
  Commit("[" + replaced + "," + first + "]", "[1,-1]");
  Json points = Points("i,d,s,code");
  ASSERT_EQ(points.size(), 3u);
  EXPECT_THAT(points.dump(), HasSubstr(R"([5000,9,null,"y","1"])"));
  Commit("[" + replaced + "]", "[-1]");
  Commit("[" + other + "]", "[-1]");
  points = Points("i");
  ASSERT_EQ(points.size(), 1u) << points.dump();
  EXPECT_EQ(points[0].dump(), "[6000,3]");
}

TEST_F(InfluxDbTest, DeletesOnlyThePointWithoutTheTag) {
  const std::string without =
      R"({"region":null,"code":1,"at":5,"i":1,"d":1,"c":null,"b":true,"s":"x"})";
  const std::string with =
      R"({"region":"r","code":1,"at":5,"i":2,"d":1,"c":null,"b":true,"s":"x"})";
  Commit("[" + without + "," + with + "]", "[1,1]");
  Commit("[" + without + "]", "[-1]");
  EXPECT_EQ(Points("i").dump(), "[[5000,2]]");
}

TEST_F(InfluxDbTest, WritesTheRestWherePointsAreRefused) {
  Commit(R"([{"region":"a","code":1,"at":5,"i":1,"d":1,"c":null,"b":true,"s":"x"}])", "");
  // The field i is an integer by now, s a text; and a key of more than 64 KiB can't be read. It is
  // told of one reason in a request at most.
  const std::string columns =
      "region STRING, code BIGINT, at TIMESTAMP, i DOUBLE, s BIGINT, o DOUBLE";
  auto sink = Make("other", columns);
  const std::string rows = R"([{"region":"a","code":null,"at":6,"i":0.5,"s":null,"o":1},
                               {"region":"a","code":null,"at":7,"i":null,"s":null,"o":2},
                               {"region":"a","code":null,"at":8,"i":null,"s":3,"o":3},
                               {"region":"a","code":null,"at":9,"i":null,"s":null,"o":4},
                               {"region":")" +
                           std::string(66'000, 'k') +
                           R"(","code":null,"at":10,"i":null,"s":null,"o":5}])";
  ASSERT_TRUE(sink->Write(ChangesOf(columns, rows, "")).ok());
  ASSERT_TRUE(sink->Commit({"test", 1, 0, {}}, {}).ok());
  EXPECT_EQ(sink->totals().upserts, 2);
  EXPECT_EQ(sink->totals().quarantined, 3);
  EXPECT_EQ(Points("o").dump(), "[[7000,2],[9000,4]]");
  const auto aside = QuarantineOf(*log_, "other");
  ASSERT_EQ(aside.size(), 3u);
  EXPECT_THAT(aside[0].first, HasSubstr("region=a i=0.5,o=1.0 6000"));
  EXPECT_THAT(aside[0].second, HasSubstr("input field \"i\""));
  EXPECT_THAT(aside[0].second, HasSubstr("is type float, already exists as type integer"));
  EXPECT_THAT(aside[1].second, HasSubstr("input field \"s\""));
  EXPECT_THAT(aside[2].first, HasSubstr("kkkk o=5.0 10000"));
  EXPECT_THAT(aside[2].second, HasSubstr("unable to parse"));
  EXPECT_LT(aside[2].second.size(), 1100u);
}

TEST_F(InfluxDbTest, WritesToARetentionPolicyThatIsThere) {
  Query("CREATE RETENTION POLICY kept ON " + definition_.database +
        " DURATION 5000d REPLICATION 1");
  definition_.retention_policy = "kep";
  auto sink = Make("other", kColumns);
  const std::string row =
      R"([{"region":"a","code":1,"at":1700000000000000,"i":1,"d":1,"c":null,"b":true,"s":"x"},
          {"region":"a","code":1,"at":5,"i":2,"d":1,"c":null,"b":true,"s":"x"}])";
  ASSERT_TRUE(sink->Write(ChangesOf(kColumns, row, "")).ok());
  const Status status = sink->Commit({"test", 1, 0, {}}, {});
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("no retention policy 'kep'"));
  EXPECT_THAT(DiagnosticsOf(status)[0].hint, HasSubstr("kept"));

  definition_.retention_policy = "kept";
  sink = Make("other", kColumns);
  ASSERT_TRUE(sink->Write(ChangesOf(kColumns, row, "")).ok());
  ASSERT_TRUE(sink->Commit({"test", 1, 0, {}}, {}).ok());
  const Json result = Query(R"(SELECT i FROM kept."my m,\"=")");
  EXPECT_EQ(result["series"][0]["values"].dump(), "[[1700000000000000000,1]]");
  EXPECT_EQ(Points("i").size(), 0u);  // in the default policy
  // The other is older than the policy keeps.
  EXPECT_THAT(
      QuarantineOf(*log_, "other"),
      ElementsAre(::testing::Pair(HasSubstr(" 5000"), HasSubstr("beyond retention policy"))));
}

TEST_F(InfluxDbTest, SaysThatADatabaseIsMissing) {
  definition_.database = "nowhere";
  auto sink = Make("other", kColumns);
  ASSERT_TRUE(
      sink
          ->Write(ChangesOf(
              kColumns, R"([{"region":"a","code":1,"at":5,"i":1,"d":1,"c":null,"b":true,"s":"x"}])",
              ""))
          .ok());
  const Status status = sink->Commit({"test", 1, 0, {}}, {});
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("database not found"));
}

}  // namespace
}  // namespace headrace::sink
