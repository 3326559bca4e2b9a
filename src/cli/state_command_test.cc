// What a run left is looked at with the command, as a user does it.
#include "cli/state_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/test_folder.h"
#include "cli/call_headrace.h"
#include "cli/run_command.h"
#include "engine/checkpoint_store.h"
#include "log/log.h"

namespace headrace::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

constexpr std::string_view kViews = R"(
  towns:
    sql: SELECT upper(town) AS town, count(*) AS orders, sum(amount) AS amount FROM orders GROUP BY town
  timed:
    sql: SELECT id, town, t FROM clicks
    watermark: {column: t, delay: 1 minute}
  hours:
    sql: SELECT window.start AS t, count(*) AS n FROM timed GROUP BY window(t, '1 hour')
  overlapping:
    sql: SELECT window.start AS t, count(*) AS n FROM timed GROUP BY window(t, '2 hours', '1 hour')
    emit: final
  visits:
    sql: SELECT session_window.end AS t, town, count(*) AS n FROM timed GROUP BY session_window(t, '30 minutes'), town
  different:
    sql: SELECT DISTINCT town FROM clicks
  first:
    sql: SELECT town, id FROM clicks QUALIFY row_number() OVER (PARTITION BY town ORDER BY id) <= 1
  pairs:
    sql: SELECT c.id, o.amount FROM clicks c JOIN orders o ON c.town = o.town
  both:
    sql: SELECT town FROM different UNION ALL SELECT town FROM towns WHERE orders > 1
)";

class StateCommandTest : public testing::Test {
 protected:
  StateCommandTest() {
    WriteFile(std::string(kViews));
    const auto log =
        log::OpenLocalLog(folder_.path("var/log"), log::OpenMode::kReadWrite).ValueOrDie();
    const auto append = [&](const std::string& topic, const std::vector<std::string>& values) {
      log::RecordBlockBuilder block;
      for (const std::string& value : values) block.Append({.value = value});
      const auto opened = log->OpenTopic(topic, {}).ValueOrDie();
      EXPECT_TRUE(opened->Append(0, block.Finish(), {}).ok());
    };
    append("orders", {R"({"id":1,"town":"a","amount":2})", R"({"id":2,"town":"a","amount":3})",
                      R"({"id":3,"town":"b","amount":4})", R"({"id":3,"town":"b","amount":5})"});
    append("clicks", {R"({"id":1,"town":"a","t":"2024-01-01T00:10:00Z"})",
                      R"({"id":2,"town":"b","t":"2024-01-01T01:10:00Z"})",
                      R"({"id":3,"town":"a","t":"2024-01-01T02:10:00Z"})",
                      R"({"id":4,"town":"a","t":"2024-01-01T02:20:00Z"})"});
  }

  void WriteFile(const std::string& views) {
    std::ofstream(file_) << "name: shop\nstate: " << folder_.path("var") << R"(
sources:
  orders:
    http: {url: "http://127.0.0.1:1/", every: 1 s}
    key: [id]
    schema: id BIGINT, town STRING, amount BIGINT
  clicks:
    http: {url: "http://127.0.0.1:1/", every: 1 s}
    schema: id BIGINT, town STRING, t TIMESTAMP
views:)" << views << "sinks:\n  out: {from: pairs, console: {}}\n";
  }

  Outcome Call(std::vector<std::string> words) {
    return CallHeadrace(std::move(words), {StateCommand(), RunCommand()});
  }

  void RunPipeline() {
    const Outcome run = Call({"run", file_, "--only", "process", "--until-caught-up"});
    ASSERT_EQ(run.status, 0) << run.error;
  }

  std::vector<std::string> Query(const std::string& view) {
    const Outcome outcome = Call({"state", "query", file_, view, "--json"});
    EXPECT_EQ(outcome.status, 0) << outcome.error;
    std::vector<std::string> lines;
    std::istringstream stream(outcome.out);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }

  TestFolder folder_;
  const std::string file_ = folder_.path("shop.yaml");
};

TEST_F(StateCommandTest, ListsOperatorsBesideARunningProcess) {
  RunPipeline();
  // Holds the folder's lock, as a process does.
  const auto running = engine::CheckpointStore::Open(folder_.path("var/checkpoint")).ValueOrDie();
  const Outcome list = Call({"state", "list", file_});
  EXPECT_EQ(list.status, 0) << list.error;
  EXPECT_THAT(list.out, HasSubstr("epoch    1\n"));
  EXPECT_THAT(list.out, HasSubstr("clicks partition 0 up to offset 4, orders partition 0 up to "
                                  "offset 4\n"));
  EXPECT_THAT(list.out, HasSubstr(" towns/aggregate "));
  const Json json = Json::parse(Call({"state", "list", file_, "--json"}).out);
  EXPECT_EQ(json["epoch"], 1);
  EXPECT_EQ(json["offsets"][0], Json({{"topic", "clicks"}, {"partition", 0}, {"next", 4}}));
  std::map<std::string, Json> operators;
  for (const Json& one : json["operators"]) operators[one["operator"]] = one;
  EXPECT_EQ(operators["orders/latest_per_key"]["rows"], 3);
  EXPECT_EQ(operators["towns/aggregate"]["rows"], 2);
  EXPECT_EQ(operators["towns/aggregate"]["state"], "fits");
  EXPECT_GT(operators["towns/aggregate"]["memory_bytes"], 0);
  EXPECT_GT(operators["towns/aggregate"]["stored_bytes"], 0);
  EXPECT_EQ(operators["timed/watermark"]["watermark"], "2024-01-01T02:19:00Z");
  EXPECT_EQ(operators["hours/aggregate"]["rows"], 1);
  EXPECT_EQ(operators["pairs/join"]["rows"], 7);
}

TEST_F(StateCommandTest, QueryReadsTheRowsOfAView) {
  RunPipeline();
  using testing::UnorderedElementsAre;
  EXPECT_THAT(Query("orders"), UnorderedElementsAre(R"({"id":1,"town":"a","amount":2})",
                                                    R"({"id":2,"town":"a","amount":3})",
                                                    R"({"id":3,"town":"b","amount":5})"));
  EXPECT_THAT(Query("towns"), UnorderedElementsAre(R"({"town":"A","orders":2,"amount":5})",
                                                   R"({"town":"B","orders":1,"amount":5})"));
  EXPECT_THAT(Query("hours"), UnorderedElementsAre(R"({"t":"2024-01-01T02:00:00Z","n":2})"));
  EXPECT_THAT(Query("overlapping"), UnorderedElementsAre(R"({"t":"2024-01-01T01:00:00Z","n":3})",
                                                         R"({"t":"2024-01-01T02:00:00Z","n":2})"));
  EXPECT_THAT(Query("visits"),
              UnorderedElementsAre(R"({"t":"2024-01-01T02:50:00Z","town":"a","n":2})"));
  EXPECT_THAT(Query("different"), UnorderedElementsAre(R"({"town":"a"})", R"({"town":"b"})"));
  EXPECT_THAT(Query("first"),
              UnorderedElementsAre(R"({"town":"a","id":1})", R"({"town":"b","id":2})"));
  EXPECT_THAT(Query("both"),
              UnorderedElementsAre(R"({"town":"a"})", R"({"town":"b"})", R"({"town":"A"})"));
}

TEST_F(StateCommandTest, QueryPrintsATableWithALimit) {
  RunPipeline();
  const Outcome outcome = Call({"state", "query", file_, "orders", "--limit", "2"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr(" id | town | amount\n"), HasSubstr("(2 rows)\n")));
  EXPECT_THAT(outcome.error, HasSubstr("more than 2 rows"));
  EXPECT_EQ(Call({"state", "query", file_, "orders", "--limit", "3"}).error, "");
}

TEST_F(StateCommandTest, SaysWhyRowsCannotBeRead) {
  RunPipeline();
  const Outcome pairs = Call({"state", "query", file_, "pairs"});
  EXPECT_EQ(pairs.status, kUsageFailed);
  EXPECT_THAT(pairs.error, HasSubstr("pairs/join keeps the rows of its inputs"));
  EXPECT_THAT(pairs.error, HasSubstr("its sinks have them: out"));
  EXPECT_THAT(Call({"state", "query", file_, "timed"}).error,
              HasSubstr("source 'clicks' has no key"));
  EXPECT_THAT(Call({"state", "query", file_, "town"}).error, HasSubstr("did you mean 'towns'?"));
}

TEST_F(StateCommandTest, ShowTellsWhatAChangeMeans) {
  RunPipeline();
  const Outcome show = Call({"state", "show", file_, "towns"});
  EXPECT_EQ(show.status, 0) << show.error;
  EXPECT_THAT(show.out, HasSubstr("operator   towns/aggregate\ndoes       aggregate by town"));
  EXPECT_THAT(show.out, HasSubstr("rows       2\n"));
  EXPECT_THAT(show.out, HasSubstr("fits: the next run goes on with it"));
  EXPECT_THAT(show.out, HasSubstr("           latest per key (id), ordered by arrival"));
  std::string views(kViews);
  views.replace(views.find("count(*) AS orders"), 8, "min(id) ");
  views.replace(views.find("  different:"), 12, "  distinct_towns:");
  views.replace(views.find("FROM different"), 14, "FROM distinct_towns");
  WriteFile(views);
  const Outcome list = Call({"state", "list", file_});
  EXPECT_EQ(list.status, 0) << list.error;
  EXPECT_THAT(list.out,
              HasSubstr("towns/aggregate: the next run is refused: it was made by another"));
  EXPECT_THAT(list.out, HasSubstr("it was: aggregate by town"));
  EXPECT_THAT(list.out, HasSubstr("different/distinct: the next run is refused: the pipeline file "
                                  "has no such operator"));
  EXPECT_THAT(Call({"state", "query", file_, "towns"}).error,
              HasSubstr("the state of towns/aggregate was made by another query"));
  EXPECT_EQ(Call({"state", "query", file_, "distinct_towns"}).out, "(0 rows)\n");
  const Json json = Json::parse(Call({"state", "show", file_, "towns", "--json"}).out);
  EXPECT_EQ(json[0]["state"], "changed");
}

TEST_F(StateCommandTest, WithoutAStateIsAUsageError) {
  const Outcome outcome = Call({"state", "list", file_});
  EXPECT_EQ(outcome.status, kUsageFailed);
  EXPECT_THAT(outcome.error, HasSubstr("there is no state in the folder"));
  EXPECT_THAT(outcome.error, HasSubstr("`headrace run FILE`"));
}

}  // namespace
}  // namespace headrace::cli
