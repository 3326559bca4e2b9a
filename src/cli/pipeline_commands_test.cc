// check, explain, test and schema over files on disk, as a user calls them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/test_folder.h"
#include "cli/call_headrace.h"
#include "cli/commands.h"

namespace headrace::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

// Tests run in the root of the tree.
const std::string kExample = "examples/quakes/quakes.yaml";

Outcome Headrace(const std::vector<std::string>& words) {
  return CallHeadrace(words, AllCommands());
}

// A file that is there during one test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path_(testing::TempDir() + "headrace_commands_test.yaml") {
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  const char* path() const { return path_.c_str(); }

 private:
  std::string path_;
};

TEST(CheckCommand, CountsWhatIsThere) {
  const Outcome outcome = Headrace({"check", kExample});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, kExample + ": ok: 1 source, 2 views, 2 sinks, 3 tests\n");
  EXPECT_EQ(outcome.error, "");
  const Outcome json = Headrace({"check", kExample, "--json"});
  EXPECT_EQ(nlohmann::json::parse(json.out)["ok"], true);
}

TEST(CheckCommand, PrintsErrorsLikeACompiler) {
  const TemporaryFile file("name: x\nstate: s\nsorces: {}\nsinks: 5\n");
  const Outcome outcome = Headrace({"check", file.path()});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  const std::string name = file.path();
  EXPECT_THAT(
      outcome.error,
      HasSubstr(name + ":3:1: error: unknown key 'sorces' in the pipeline\n"
                       "    3 | sorces: {}\n"
                       "      | ^~~~~~\n"
                       "   the keys are: name, state, log, storage, engine, commit_every, metrics, "
                       "sources, views, sinks, tests; did you mean 'sources'?\n"));
  EXPECT_THAT(outcome.error, HasSubstr(name + ": 2 errors\n"));
}

TEST(TestCommand, RunsThoseOfTheExample) {
  const Outcome outcome = Headrace({"test", kExample});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, HasSubstr(kExample + ": 3 tests\n"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("FAILED")));
  const Outcome one = Headrace({"test", kExample, "other_events_are_left_out", "--json"});
  const auto result = nlohmann::json::parse(one.out);
  EXPECT_EQ(result["ok"], true);
  ASSERT_EQ(result["tests"].size(), 1U);
  EXPECT_EQ(result["tests"][0]["name"], "other_events_are_left_out");
  EXPECT_EQ(Headrace({"test", kExample, "other_event"}).status, 2);
}

const char* const kShop = R"(name: shop
state: s
sources:
  orders:
    http: {url: "http://127.0.0.1:1/", every: 1 min}
    key: [id]
    schema: id BIGINT NOT NULL, town STRING NOT NULL, amount DOUBLE
  clicks:
    http: {url: "http://127.0.0.1:1/", every: 1 min}
    schema: id BIGINT, n BIGINT
views:
  towns:
    sql: SELECT town, count(*) AS orders, sum(amount) AS amount FROM orders GROUP BY town
  parts:
    sql: SELECT id, 10 DIV n AS part, current_timestamp() AS at FROM clicks
sinks:
  out: {from: towns, console: {}}
  more: {from: parts, console: {}}
tests:
)";

TEST(TestCommand, CorrectionsDeletesAndClock) {
  const TemporaryFile file(std::string(kShop) + R"(
  moves:
    steps:
      - rows:
          orders: [{id: 1, town: a, amount: 1.5}, {id: 2, town: a, amount: 2}]
          clicks: [{id: 1, n: 1}, {id: 2, n: 2}]
        now: "2026-01-02 03:04:05"
        changes:
          out: {added: [{town: a, orders: 2, amount: 3.5}]}
          parts:
            added: [{id: 1, part: 10, at: "2026-01-02T03:04:05Z"}, {id: 2, part: 5, at: "2026-01-02 03:04:05"}]
      - delete: {orders: [{id: 1}]}
        changes:
          towns: {removed: [{orders: 2}], added: [{orders: 1}]}
      - changes: {towns: {}}
    expect:
      towns: [{town: a, amount: 2}]
      orders: [{id: 2, town: a}]
)");
  const Outcome outcome = Headrace({"test", file.path()});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.error;
}

TEST(TestCommand, ShowsWhatDiffers) {
  const TemporaryFile file(std::string(kShop) + R"(
  wrong:
    steps:
      - rows: {orders: [{id: 1, town: a, amount: 1}], clicks: [{id: 1, n: 1}]}
        changes:
          towns: {added: [{town: b}]}
    expect:
      towns: [{town: a, orders: 2}]
      parts: []
  divides:
    steps:
      - rows: {clicks: [{id: 1, n: 0}]}
    expect: {parts: []}
)");
  const Outcome outcome = Headrace({"test", file.path()});
  EXPECT_EQ(outcome.status, 1);
  const std::string name = file.path();
  EXPECT_THAT(outcome.out, HasSubstr(name + ":25:11: towns, changes of step 1\n"
                                            "      expected  + {\"town\":\"b\"}\n"
                                            "      found     + {\"town\":\"a\"}\n"));
  EXPECT_THAT(outcome.out, HasSubstr(":27:7: towns, rows in the end\n"
                                     "      expected  {\"orders\":2,\"town\":\"a\"}\n"
                                     "      found     {\"orders\":1,\"town\":\"a\"}\n"));
  EXPECT_THAT(outcome.out, HasSubstr(":28:7: parts, rows in the end\n      found     {"));
  EXPECT_THAT(outcome.out, HasSubstr("a row was put aside: parts: "));
  EXPECT_THAT(outcome.out, HasSubstr("2 of 2 failed\n"));
}

TEST(TestCommand, SaysWhatIsWrongInTheFile) {
  const TemporaryFile file(std::string(kShop) + R"(
  a:
    steps:
      - rows: {order: []}
      - rows: {orders: [{id: x}, {idd: 1}, 5]}
      - {row: {}, now: yesterday}
      - changes: {towns: {new: []}}
      - delete: {orders: 7}
    expect:
      town: []
      towns: [{town: a}, {orders: 1}]
  b: {}
)");
  const Outcome outcome = Headrace({"check", file.path()});
  EXPECT_EQ(outcome.status, 2);
  for (const char* text :
       {":23:16: error: there is no source 'order'", ":24:30: error: expected BIGINT, found 'x'",
        "there is no column 'idd'", "expected a mapping of columns, found '5'", "unknown key 'row'",
        "expected a time such as", "unknown key 'new'", "expected a list of rows, found '7'",
        "there is no view, source or sink 'town'",
        "this row names other columns than the first one", "the test 'b' expects nothing"})
    EXPECT_THAT(outcome.error, HasSubstr(text));
}

TEST(CheckCommand, PrintsErrorsForPrograms) {
  const TemporaryFile file("name: größe!\nstate: s\n");
  const Outcome outcome = Headrace({"check", file.path(), "--json"});
  EXPECT_EQ(outcome.status, 2);
  const auto result = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(result["ok"], false);
  const auto& diagnostic = result["diagnostics"].back();
  EXPECT_EQ(diagnostic["file"], file.path());
  EXPECT_EQ(diagnostic["line"], 1);
  EXPECT_EQ(diagnostic["column"], 7);
  EXPECT_EQ(diagnostic["end"]["column"], 13);  // in characters, not bytes
  EXPECT_EQ(diagnostic["message"], "'größe!' cannot be the name of a pipeline");
  EXPECT_THAT(std::string(diagnostic["hint"]), HasSubstr("letters"));
}

TEST(CheckCommand, AFileThatIsNotThere) {
  const Outcome outcome = Headrace({"check", "/nowhere/x.yaml"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.error, HasSubstr("cannot open '/nowhere/x.yaml': No such file"));
  EXPECT_THAT(Headrace({"check", "/"}).error, HasSubstr("'/' is a folder"));
}

TEST(ExplainCommand, ShowsPlanStateAndLineage) {
  const Outcome outcome = Headrace({"explain", kExample});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, HasSubstr("key    id, the newest has the largest properties.updated"));
  EXPECT_THAT(outcome.out, HasSubstr("└─ filter (properties.type = 'earthquake')"));
  EXPECT_THAT(outcome.out, HasSubstr("latest of each id in source feed"));
  EXPECT_THAT(outcome.out, HasSubstr("aggregate by window(time, '1 hour'), floor(mag)"));
  EXPECT_THAT(
      outcome.out,
      HasSubstr("one row for each group, and with it every value of mag, because rows may be "
                "taken back"));
  EXPECT_THAT(outcome.out, HasSubstr("watermark  the largest time seen, less 7 days"));
  EXPECT_THAT(outcome.out,
              HasSubstr("strongest  DOUBLE              ← quakes.mag ← feed.properties.mag"));
  EXPECT_THAT(outcome.out, HasSubstr("sink activity_series ← activity (influxdb: "));
}

TEST(ExplainCommand, ShowsTheSameToPrograms) {
  const Outcome outcome = Headrace({"explain", kExample, "--json"});
  EXPECT_EQ(outcome.status, 0);
  const auto json = nlohmann::json::parse(outcome.out);
  const auto& activity = json["views"][1];
  EXPECT_EQ(activity["name"], "activity");
  EXPECT_EQ(activity["updating"], true);
  EXPECT_EQ(activity["watermarked"], true);
  EXPECT_EQ(activity["plan"]["operator"], "project");
  EXPECT_EQ(activity["plan"]["inputs"][0]["operator"], "aggregate");
  const auto& strongest = activity["columns"][3];
  EXPECT_EQ(strongest["from"], nlohmann::json::array({"quakes.mag"}));
  EXPECT_EQ(strongest["sources"], nlohmann::json::array({"feed.properties.mag"}));
  EXPECT_EQ(json["sinks"][0]["details"]["key"], "id");
  EXPECT_EQ(json["sources"][0]["read"].size(), 7);
}

TEST(ExplainCommand, WithoutAWatermarkWindowsNeverClose) {
  const TemporaryFile file(
      "name: n\nstate: s\nsources:\n  a:\n    http: {url: \"http://h\", every: 1 s}\n"
      "    schema: t TIMESTAMP, v DOUBLE\nviews:\n  w:\n"
      "    sql: SELECT window.start AS t, max(v) AS v FROM a GROUP BY window(t, '1 hour')\n"
      "sinks:\n  c: {from: w, console: }\n");
  const Outcome outcome = Headrace({"explain", file.path()});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("never close: there is no watermark upstream"));
  // Nothing is taken back, so the largest value is all that is kept.
  EXPECT_THAT(outcome.out, HasSubstr("state     one row for each group\n"));
}

TEST(SchemaCommand, PrintsTheSchema) {
  const Outcome outcome = Headrace({"schema"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["title"], "headrace pipeline");
  EXPECT_THAT(Headrace({"schema", "--markdown"}).out, HasSubstr("| key | value |"));
}

TEST(DeployCommand, WritesWhatPrometheusNeedsOnce) {
  const TestFolder folder;
  const std::string out = folder.path("prometheus");
  const auto deploy = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"deploy", "prometheus", "--out", out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Headrace(arguments);
  };
  Outcome outcome = deploy({"--alertmanager", "127.0.0.1:9093", kExample});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("headrace   127.0.0.1:9464/metrics\n"));
  EXPECT_THAT(outcome.out, HasSubstr("written    " + out + "/quakes.alerts.yml"));
  EXPECT_THAT(outcome.out, HasSubstr("prometheus --config.file=" + out + "/prometheus.yml"));
  outcome = deploy({"--json", "--every", "30s", kExample});
  const auto files = nlohmann::json::parse(outcome.out)["files"];
  EXPECT_EQ(files[0]["state"], "changed");
  const std::string again = deploy({"--every", "30 s", kExample}).out;
  EXPECT_THAT(again, HasSubstr("unchanged  " + out + "/prometheus.yml"));
  EXPECT_THAT(again, Not(HasSubstr("written")));
  outcome = deploy({"--every", "often", kExample});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.error, HasSubstr("'often' is no interval"));
  outcome = deploy({"--without", "kafka", kExample});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.error, HasSubstr("the pipeline doesn't use 'kafka'"));
}

TEST(AllCommands, EachHasASummaryAndAnExample) {
  for (const Command& command : AllCommands()) {
    EXPECT_FALSE(command.summary.empty()) << command.name;
    if (command.hidden) continue;
    EXPECT_THAT(command.examples, HasSubstr("headrace " + command.name));
  }
}

}  // namespace
}  // namespace headrace::cli
