// The Influx sink against a real HTTP server that answers as InfluxDB does. Against InfluxDB
// itself: test/integration/influxdb.
#include "sink/influx_sink.h"

#include <gmock/gmock.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "http/test_server.h"
#include "sink/change_rows.h"
#include "sink/quarantine_reader.h"

namespace headrace::sink {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using Json = nlohmann::json;

constexpr char kColumns[] = "k STRING, at TIMESTAMP, v DOUBLE";

// What a server was asked, and what it is to answer: by default 204.
class FakeInflux {
 public:
  struct Call {
    std::string path;
    std::string body;
    std::string authorization;
    std::map<std::string, std::string> parameters;
  };

  FakeInflux() {
    for (const char* path : {"/write", "/query", "/api/v2/write", "/api/v2/delete"}) {
      server_.get().Post(
          path, [this](const httplib::Request& request, httplib::Response& response) {
            const std::lock_guard lock(mutex_);
            Call call{request.path, request.body, request.get_header_value("Authorization"), {}};
            for (const auto& [name, value] : request.params) call.parameters[name] = value;
            response.status = 204;
            if (call.path == "/query") {
              response.status = 200;
              Json results = Json::array();
              for (size_t at = 0;
                   (at = call.parameters["q"].find("DELETE", at)) != std::string::npos; ++at)
                results.push_back({{"statement_id", results.size()}});
              response.set_content(Json{{"results", results}}.dump(), "application/json");
            }
            if (answer) answer(call, response);
            calls_.push_back(std::move(call));
          });
    }
    server_.Start();
  }

  std::string url() const { return server_.url(); }
  std::vector<Call> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::vector<std::string> bodies() {
    std::vector<std::string> bodies;
    for (const Call& call : calls()) bodies.push_back(call.body);
    return bodies;
  }

  // Set before the first call.
  std::function<void(const Call&, httplib::Response&)> answer;

 private:
  std::mutex mutex_;
  std::vector<Call> calls_;
  http::TestServer server_;
};

class InfluxSinkTest : public ::testing::Test {
 protected:
  pipeline::InfluxSink V1() {
    pipeline::InfluxSink definition;
    definition.url = influx_.url() + "/";
    definition.database = "my db";
    definition.measurement = "m";
    definition.tags = {"k"};
    definition.time = "at";
    definition.gzip = false;
    return definition;
  }
  pipeline::InfluxSink V2() {
    pipeline::InfluxSink definition = V1();
    definition.database = "";
    definition.org = "org";
    definition.bucket = "b/1";
    definition.token = pipeline::Secret{"s3cret"};
    return definition;
  }

  std::unique_ptr<Sink> Make(const pipeline::InfluxSink& definition) {
    return MakeInfluxSink("quakes", "series", definition, sql::ParseSchema(kColumns).ValueOrDie(),
                          *log_, registry_)
        .ValueOrDie();
  }

  Status Commit(const pipeline::InfluxSink& definition, const std::string& rows,
                const std::string& weights, std::stop_token stop = {}) {
    auto sink = Make(definition);
    EXPECT_TRUE(sink->Write(ChangesOf(kColumns, rows, weights)).ok());
    const Status status = sink->Commit({"quakes", 1, 0, {}}, stop);
    totals_ = sink->totals();
    return status;
  }

  std::vector<std::pair<std::string, std::string>> Quarantine() {
    return QuarantineOf(*log_, "series");
  }
  double Retries() { return registry_.Sum("headrace_sink_retries_total"); }

  FakeInflux influx_;
  const TestFolder folder_;
  const std::unique_ptr<log::Log> log_ =
      log::OpenLocalLog(folder_.path("log"), log::OpenMode::kReadWrite).ValueOrDie();
  metrics::Registry registry_;
  SinkTotals totals_;
};

constexpr char kTwoRows[] = R"([{"k":"a","at":1,"v":0.5},{"k":"b","at":2,"v":2}])";

TEST_F(InfluxSinkTest, WritesPointsToV1) {
  pipeline::InfluxSink definition = V1();
  definition.retention_policy = "week";
  definition.username = "user";
  definition.password = pipeline::Secret{"password"};
  ASSERT_TRUE(Commit(definition, kTwoRows, "").ok());
  auto calls = influx_.calls();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].parameters.at("q"), "SHOW RETENTION POLICIES ON \"my db\"");
  calls.erase(calls.begin());
  EXPECT_EQ(calls[0].path, "/write");
  EXPECT_EQ(calls[0].body, "m,k=a v=0.5 1000\nm,k=b v=2.0 2000\n");
  EXPECT_EQ(calls[0].authorization, "Basic dXNlcjpwYXNzd29yZA==");
  EXPECT_THAT(calls[0].parameters,
              UnorderedElementsAre(std::pair("db", "my db"), std::pair("precision", "ns"),
                                   std::pair("rp", "week")));
  EXPECT_EQ(totals_.upserts, 2);
}

TEST_F(InfluxSinkTest, WritesPointsToV2) {
  pipeline::InfluxSink definition = V2();
  definition.gzip = true;
  definition.batch_points = 1;
  ASSERT_TRUE(Commit(definition, kTwoRows, "").ok());
  const auto calls = influx_.calls();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].path, "/api/v2/write");
  EXPECT_EQ(calls[0].body, "m,k=a v=0.5 1000\n");  // decompressed by the server
  EXPECT_EQ(calls[1].body, "m,k=b v=2.0 2000\n");
  EXPECT_EQ(calls[0].authorization, "Token s3cret");
  EXPECT_THAT(calls[0].parameters,
              UnorderedElementsAre(std::pair("org", "org"), std::pair("bucket", "b/1"),
                                   std::pair("precision", "ns")));
}

TEST_F(InfluxSinkTest, DeletesPointsOfV1) {
  ASSERT_TRUE(
      Commit(V1(), R"([{"k":"o'c\\d","at":1,"v":0.5},{"k":null,"at":2,"v":2}])", "[-1,-1]").ok());
  const auto calls = influx_.calls();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].path, "/query");
  EXPECT_EQ(calls[0].parameters.at("db"), "my db");
  EXPECT_EQ(calls[0].parameters.at("q"), R"(DELETE FROM "m" WHERE time = 1000 AND "k" = 'o\'c\\d';)"
                                         R"(DELETE FROM "m" WHERE time = 2000 AND "k" = '';)");
  EXPECT_EQ(totals_.deletes, 2);
}

TEST_F(InfluxSinkTest, DeletesPointsOfV2BeforeItWrites) {
  ASSERT_TRUE(
      Commit(V2(), R"([{"k":"a\"b","at":1000001,"v":0.5},{"k":"c","at":2,"v":2}])", "[-1,1]").ok());
  const auto calls = influx_.calls();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].path, "/api/v2/delete");
  const auto body = Json::parse(calls[0].body);
  EXPECT_EQ(body["start"], "1970-01-01T00:00:01.000001000Z");
  EXPECT_EQ(body["stop"], "1970-01-01T00:00:01.000001001Z");
  EXPECT_EQ(body["predicate"], R"(_measurement="m" AND "k"="a\"b")");
  EXPECT_EQ(calls[1].body, "m,k=c v=2.0 2000\n");
}

TEST_F(InfluxSinkTest, RetriesWhatMayPass) {
  int calls = 0;
  influx_.answer = [&](const FakeInflux::Call&, httplib::Response& response) {
    ++calls;
    if (calls <= 2) response.status = calls == 1 ? 500 : 429;
    if (calls == 2) response.set_header("Retry-After", "0");
  };
  ASSERT_TRUE(Commit(V1(), kTwoRows, "").ok());
  EXPECT_EQ(influx_.calls().size(), 3u);
  EXPECT_EQ(Retries(), 2);
  EXPECT_THAT(Quarantine(), IsEmpty());
  EXPECT_EQ(totals_.upserts, 2);
}

TEST_F(InfluxSinkTest, GivesUpWhenTheRunStops) {
  std::stop_source stop;
  influx_.answer = [&](const FakeInflux::Call&, httplib::Response& response) {
    response.status = 503;
    stop.request_stop();
  };
  EXPECT_TRUE(Commit(V1(), kTwoRows, "", stop.get_token()).IsCancelled());
  EXPECT_EQ(influx_.calls().size(), 1u);
}

TEST_F(InfluxSinkTest, FinishesAnEpochThatGoesWellWhenTheRunStops) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(Commit(V1(), kTwoRows, "", stop.get_token()).ok());
  EXPECT_EQ(influx_.calls().size(), 1u);
}

// A partial write tells of one reason and counts only those dropped for it: here one of three,
// while another line could not be read either.
TEST_F(InfluxSinkTest, FindsEachPointThatAPartialWriteDropped) {
  influx_.answer = [](const FakeInflux::Call& call, httplib::Response& response) {
    const bool conflict = call.body.find("k=a") != std::string::npos;
    const bool unreadable = call.body.find("k=c") != std::string::npos;
    if (!conflict && !unreadable) return;
    response.status = 400;
    response.set_content(conflict ? R"({"error":"partial write: type conflict dropped=1"})"
                                  : R"({"error":"partial write: unable to parse dropped=0"})",
                         "application/json");
  };
  ASSERT_TRUE(
      Commit(V1(), R"([{"k":"a","at":1,"v":1},{"k":"b","at":1,"v":1},{"k":"c","at":1,"v":1}])", "")
          .ok());
  EXPECT_THAT(
      Quarantine(),
      ElementsAre(std::pair("m,k=a v=1.0 1000", "partial write: type conflict dropped=1"),
                  std::pair("m,k=c v=1.0 1000", "partial write: unable to parse dropped=0")));
  EXPECT_EQ(totals_.upserts, 1);
  EXPECT_EQ(totals_.quarantined, 2);
  EXPECT_EQ(registry_.Sum("headrace_sink_quarantined_total"), 2);
}

TEST_F(InfluxSinkTest, AsksOnceWhereAllPointsAreDropped) {
  influx_.answer = [](const FakeInflux::Call&, httplib::Response& response) {
    response.status = 422;
    response.set_content(R"({"code":"unprocessable entity","message":"... dropped=2"})",
                         "application/json");
  };
  ASSERT_TRUE(Commit(V2(), kTwoRows, "").ok());
  EXPECT_EQ(influx_.calls().size(), 1u);
  EXPECT_EQ(Quarantine().size(), 2u);
}

// The server may answer otherwise the second time. What is in the quarantine is of an epoch of
// which all else was written.
TEST_F(InfluxSinkTest, AnEpochOfWhichPointsWereRefusedIsNotWrittenAgain) {
  influx_.answer = [](const FakeInflux::Call& call, httplib::Response& response) {
    if (call.body.find("k=a") == std::string::npos) return;
    response.status = 400;
    response.set_content(R"({"error":"partial write: type conflict dropped=1"})",
                         "application/json");
  };
  EXPECT_EQ(Make(V1())->LastCommittedEpoch().ValueOrDie(), 0);
  ASSERT_TRUE(Commit(V1(), kTwoRows, "").ok());
  EXPECT_EQ(Make(V1())->LastCommittedEpoch().ValueOrDie(), 1);
  EXPECT_EQ(Quarantine().size(), 1u);
}

TEST_F(InfluxSinkTest, PutsNothingAsideOfAnEpochThatIsNotDone) {
  std::stop_source stop;
  influx_.answer = [&](const FakeInflux::Call& call, httplib::Response& response) {
    response.status = call.body.find("k=b") == std::string::npos ? 400 : 503;
    response.set_content(R"({"error":"no"})", "application/json");
    if (response.status == 503) stop.request_stop();
  };
  pipeline::InfluxSink definition = V1();
  definition.batch_points = 1;
  EXPECT_TRUE(Commit(definition, kTwoRows, "", stop.get_token()).IsCancelled());
  EXPECT_THAT(Quarantine(), IsEmpty());
}

TEST_F(InfluxSinkTest, FindsThePointThatIsRefused) {
  influx_.answer = [](const FakeInflux::Call& call, httplib::Response& response) {
    if (call.body.find("k=c") == std::string::npos) return;
    response.status = 400;
    response.set_content(R"({"code":"invalid","message":"unable to parse"})", "application/json");
  };
  ASSERT_TRUE(Commit(V2(), R"([{"k":"a","at":1,"v":1},{"k":"b","at":1,"v":1},{"k":"c","at":1,"v":1},
                               {"k":"d","at":1,"v":1}])",
                     "")
                  .ok());
  EXPECT_THAT(
      influx_.bodies(),
      ElementsAre("m,k=a v=1.0 1000\nm,k=b v=1.0 1000\nm,k=c v=1.0 1000\nm,k=d v=1.0 1000\n",
                  "m,k=a v=1.0 1000\nm,k=b v=1.0 1000\n", "m,k=c v=1.0 1000\nm,k=d v=1.0 1000\n",
                  "m,k=c v=1.0 1000\n", "m,k=d v=1.0 1000\n"));
  EXPECT_THAT(Quarantine(), ElementsAre(std::pair("m,k=c v=1.0 1000", "unable to parse")));
  EXPECT_EQ(totals_.upserts, 3);
}

TEST_F(InfluxSinkTest, SaysWhatAServerThatRefusesAllWants) {
  influx_.answer = [](const FakeInflux::Call&, httplib::Response& response) {
    response.status = 401;
    response.set_content(R"({"code":"unauthorized","message":"unauthorized access"})",
                         "application/json");
  };
  const Status status = Commit(V2(), kTwoRows, "");
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("401: unauthorized access"));
  EXPECT_THAT(status.message(), ::testing::Not(HasSubstr("s3cret")));
}

TEST_F(InfluxSinkTest, DropsNothingWhereTheServerIsNoInfluxDb) {
  influx_.answer = [](const FakeInflux::Call&, httplib::Response& response) {
    response.status = 400;
    response.set_content("<html>Bad Request</html>", "text/html");
  };
  const Status status = Commit(V1(), kTwoRows, "");
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("400: <html>"));
  EXPECT_THAT(Quarantine(), IsEmpty());
}

// As VictoriaMetrics does: no JSON, but the header that says what it speaks.
TEST_F(InfluxSinkTest, UnderstandsAServerThatAnswersInPlainText) {
  influx_.answer = [](const FakeInflux::Call& call, httplib::Response& response) {
    if (call.body.find("k=b") == std::string::npos) return;
    response.status = 400;
    response.set_header("X-Influxdb-Version", "1.8.0");
    response.set_content("cannot process", "text/plain");
  };
  ASSERT_TRUE(Commit(V1(), kTwoRows, "").ok());
  EXPECT_THAT(Quarantine(), ElementsAre(std::pair("m,k=b v=2.0 2000", "cannot process")));
}

TEST_F(InfluxSinkTest, SplitsWhatIsTooLarge) {
  influx_.answer = [](const FakeInflux::Call& call, httplib::Response& response) {
    if (call.body.size() > 20) response.status = 413;
  };
  ASSERT_TRUE(Commit(V1(), kTwoRows, "").ok());
  EXPECT_EQ(influx_.calls().size(), 3u);
  EXPECT_EQ(totals_.upserts, 2);
}

TEST_F(InfluxSinkTest, ReportsADeleteThatFailed) {
  influx_.answer = [](const FakeInflux::Call&, httplib::Response& response) {
    response.set_content(R"({"results":[{"statement_id":0,"error":"database not found: my db"}]})",
                         "application/json");
  };
  const Status status = Commit(V1(), R"([{"k":"a","at":1,"v":1}])", "[-1]");
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("database not found"));
}

// VictoriaMetrics answers every query with a list, and Telegraf with none.
TEST_F(InfluxSinkTest, SaysThatAServerCannotDelete) {
  for (const char* body :
       {R"({"results":[{"series":[{"values":[]}]}]})", R"({"results":[]})", ""}) {
    influx_.answer = [&](const FakeInflux::Call&, httplib::Response& response) {
      response.set_content(body, "application/json");
    };
    const Status status = Commit(V1(), R"([{"k":"a","at":1,"v":1}])", "[-1]");
    EXPECT_EQ(KindOf(status), ErrorKind::kUser);
    EXPECT_THAT(status.message(), HasSubstr("cannot delete points"));
  }
  influx_.answer = [&](const FakeInflux::Call&, httplib::Response& response) {
    response.status = 404;
    response.set_content("not found", "text/plain");
  };
  EXPECT_THAT(Commit(V2(), R"([{"k":"a","at":1,"v":1}])", "[-1]").message(),
              HasSubstr("cannot delete points"));
}

TEST_F(InfluxSinkTest, SaysThatARetentionPolicyIsMissing) {
  influx_.answer = [&](const FakeInflux::Call&, httplib::Response& response) {
    response.set_content(
        R"({"results":[{"statement_id":0,"series":[{"columns":["name","duration","default"],
            "values":[["autogen","0s",true],["week","168h0m0s",false]]}]}]})",
        "application/json");
  };
  pipeline::InfluxSink definition = V1();
  definition.retention_policy = "weak";
  const Status status = Commit(definition, kTwoRows, "");
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("no retention policy 'weak'"));
  EXPECT_EQ(influx_.calls().size(), 1u);
  definition.retention_policy = "week";
  EXPECT_TRUE(Commit(definition, kTwoRows, "").ok());
}

TEST_F(InfluxSinkTest, SendsNothingForNothing) {
  ASSERT_TRUE(Commit(V1(), R"([{"k":"a","at":1,"v":1},{"k":"a","at":1,"v":1}])", "[-1,1]").ok());
  EXPECT_THAT(influx_.bodies(), IsEmpty());
}

}  // namespace
}  // namespace headrace::sink
