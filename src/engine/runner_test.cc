#include "engine/runner.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <thread>

#include "format/json_writer.h"
#include "sql/analyzer.h"

namespace headrace::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// What a table of rows holds that outlives the runner, as a real sink's does.
struct Table {
  std::map<std::string, int> rows;  // JSON, and how often
  int64_t epoch = 0;
  int commits = 0;
};

// Keeps rows in a Table; can be told to die before or after the commit of an epoch, and to wait
// first.
class TableSink : public sink::Sink {
 public:
  enum class Death { kNone, kBeforeCommit, kAfterCommit };

  TableSink(Table& table, const Death& death, const std::function<void()>& wait)
      : table_(table), death_(death), wait_(wait) {}

  Result<int64_t> LastCommittedEpoch() override { return table_.epoch; }
  Status Write(const ChangeBatch& batch) override {
    batches_.push_back(batch);
    return Status::OK();
  }
  Status Commit(const sink::Epoch& epoch, std::stop_token) override {
    if (wait_ != nullptr) wait_();
    if (death_ == Death::kBeforeCommit) return Status::IOError("died before the commit");
    for (const ChangeBatch& batch : batches_) Apply(*batch);
    batches_.clear();
    table_.epoch = epoch.number;
    ++table_.commits;
    if (death_ == Death::kAfterCommit) return Status::IOError("died after the commit");
    return Status::OK();
  }
  sink::SinkTotals totals() const override { return {}; }

 private:
  void Apply(const arrow::RecordBatch& batch) {
    const int8_t* weights = Weights(batch);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      std::string json;
      format::WriteJsonRow(batch, row, &json);
      json = json.substr(0, json.find(",\"_w")) + (json.find(",\"_w") < json.size() ? "}" : "");
      const int count = table_.rows[json] += weights == nullptr ? 1 : weights[row];
      if (count == 0) table_.rows.erase(json);
    }
  }

  Table& table_;
  const Death& death_;
  const std::function<void()>& wait_;
  std::vector<ChangeBatch> batches_;
};

class RunnerTest : public ::testing::Test {
 protected:
  RunnerTest()
      : folder_(::testing::TempDir() + "runner_test/" +
                ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(folder_);
    log_ = *log::OpenLocalLog(folder_ + "/log", log::OpenMode::kReadWrite);
    pipeline_.name = "test";
    pipeline_.state = folder_;
    pipeline_.commit_every_us = 1000;
    AddSource("feed", "id STRING, t TIMESTAMP, v BIGINT", {"id"});
  }
  ~RunnerTest() override {
    log_.reset();
    std::filesystem::remove_all(folder_);
  }

  void AddSource(const std::string& name, const std::string& ddl,
                 const std::vector<std::string>& key) {
    pipeline::Source source;
    source.name = name;
    source.key = key;
    source.schema = *sql::ParseSchema(ddl);
    source.read_schema = source.schema;
    pipeline_.sources.push_back(source);
  }

  pipeline::View& AddView(const std::string& name, const std::string& sql) {
    sql::Relations relations;
    for (const auto& source : pipeline_.sources) relations[source.name] = source.read_schema;
    for (const auto& view : pipeline_.views) relations[view.name] = view.plan->schema;
    pipeline::View view;
    view.name = name;
    view.sql = sql;
    const auto plan = sql::Analyze(sql, relations);
    EXPECT_TRUE(plan.ok()) << plan.status().ToString();
    view.plan = *plan;
    pipeline_.views.push_back(view);
    return pipeline_.views.back();
  }

  void AddSink(const std::string& from) {
    pipeline_.sinks.push_back({from + "_table", from, pipeline::ConsoleSink{}, {}});
  }

  void Append(const std::vector<std::string>& values, const std::string& source = "feed") {
    const auto topic = *log_->OpenTopic(source, {});
    log::RecordBlockBuilder block;
    for (const std::string& value : values) {
      log::Record record;
      record.value = value;
      block.Append(record);
    }
    ASSERT_TRUE(topic->Append(0, block.Finish(), {}).ok());
  }

  Result<std::unique_ptr<Runner>> Open(bool reset = false) {
    RunnerOptions options;
    options.reset_state = reset;
    options.make_sink = [this](
                            const pipeline::Sink& definition,
                            std::shared_ptr<arrow::Schema>) -> Result<std::unique_ptr<sink::Sink>> {
      return std::make_unique<TableSink>(tables_[definition.name], death_, wait_in_commit_);
    };
    return Runner::Open(pipeline_, *log_, registry_, Clock::System(), options);
  }

  // Opens a runner, runs it until it has caught up, and closes it.
  Status RunOnce(bool reset = false) {
    ASSIGN_OR_RAISE(auto runner, Open(reset));
    Status status = runner->Run(std::stop_token(), [] { return true; });
    totals_ = runner->totals();
    return status;
  }

  std::vector<std::pair<std::string, std::string>> ReadTopic(const std::string& name) {
    std::vector<std::pair<std::string, std::string>> records;  // value, reason
    const auto topic = log_->FindTopic(name);
    if (!topic.ok()) return records;
    for (const log::RecordBlock& block : *(*topic)->Read(0, 0, {})) {
      for (int64_t i = 0; i < block.records(); ++i) {
        const log::Record record = block.record(i);
        std::string reason;
        for (const auto& [header, text] : record.headers) {
          if (header == "reason") reason = text;
        }
        records.emplace_back(record.value, reason);
      }
    }
    return records;
  }

  const std::map<std::string, int>& Rows(const std::string& relation) {
    return tables_[relation + "_table"].rows;
  }

  const std::string folder_;
  std::unique_ptr<log::Log> log_;
  pipeline::Pipeline pipeline_;
  metrics::Registry registry_;
  std::map<std::string, Table> tables_;
  TableSink::Death death_ = TableSink::Death::kNone;
  std::function<void()> wait_in_commit_;
  RunTotals totals_;
};

constexpr char kSumById[] = "SELECT id, sum(v) AS total FROM feed GROUP BY id";

TEST_F(RunnerTest, RunsUntilItHasCaughtUpAndGoesOnThere) {
  AddView("sums", "SELECT count(*) AS n, sum(v) AS total FROM feed");
  AddSink("sums");
  Append({R"({"id":"a","v":1})", R"({"id":"b","v":2})"});
  ASSERT_TRUE(RunOnce().ok());
  EXPECT_THAT(Rows("sums"), ElementsAre(Pair(R"({"n":2,"total":3})", 1)));
  EXPECT_EQ(totals_.records, 2);
  EXPECT_EQ(totals_.epochs, 1);
  Append({R"({"id":"a","v":10})"});
  ASSERT_TRUE(RunOnce().ok());
  EXPECT_THAT(Rows("sums"), ElementsAre(Pair(R"({"n":2,"total":12})", 1)));
  EXPECT_EQ(totals_.records, 1);
  EXPECT_EQ(totals_.last_epoch, 2);
}

TEST_F(RunnerTest, AnIdlePipelineMakesNoEpochs) {
  AddView("sums", kSumById);
  AddSink("sums");
  ASSERT_TRUE(RunOnce().ok());
  EXPECT_EQ(totals_.epochs, 0);
  EXPECT_EQ(tables_["sums_table"].commits, 0);
}

TEST_F(RunnerTest, StopEndsARunThatWaits) {
  AddView("sums", kSumById);
  AddSink("sums");
  Append({R"({"id":"a","v":1})"});
  auto runner = Open();
  ASSERT_TRUE(runner.ok()) << runner.status().ToString();
  std::jthread thread([&](std::stop_token stop) { EXPECT_TRUE((*runner)->Run(stop, {}).ok()); });
  while ((*runner)->totals().epochs == 0) std::this_thread::yield();
  Append({R"({"id":"b","v":2})"});
  while ((*runner)->totals().records < 2) std::this_thread::yield();
  thread.request_stop();
  thread.join();
  EXPECT_EQ(Rows("sums").size(), 2);
}

TEST_F(RunnerTest, AnEpochThatWasCommittedButNotCheckpointedIsNotCommittedTwice) {
  AddView("sums", kSumById);
  AddSink("feed");
  AddSink("sums");
  Append({R"({"id":"a","v":1})", R"({"id":"b","v":5})"});
  death_ = TableSink::Death::kAfterCommit;
  EXPECT_FALSE(RunOnce().ok());
  // The first sink holds the epoch, the second doesn't.
  EXPECT_EQ(tables_["feed_table"].commits, 1);
  EXPECT_EQ(tables_["sums_table"].commits, 0);
  Append({R"({"id":"a","v":2})"});
  death_ = TableSink::Death::kNone;
  ASSERT_TRUE(RunOnce().ok());
  EXPECT_THAT(Rows("sums"),
              ElementsAre(Pair(R"({"id":"a","total":2})", 1), Pair(R"({"id":"b","total":5})", 1)));
  EXPECT_EQ(Rows("feed").size(), 2);
  EXPECT_EQ(tables_["feed_table"].commits, 2);
  EXPECT_EQ(tables_["sums_table"].commits, 2);
}

TEST_F(RunnerTest, AnEpochThatDiedBeforeItsCommitRunsAgain) {
  AddView("sums", kSumById);
  AddSink("sums");
  Append({R"({"id":"a","v":1})", R"({"id":"broken","v":"x"})"});
  death_ = TableSink::Death::kBeforeCommit;
  EXPECT_FALSE(RunOnce().ok());
  EXPECT_FALSE(RunOnce().ok());
  death_ = TableSink::Death::kNone;
  ASSERT_TRUE(RunOnce().ok());
  EXPECT_THAT(Rows("sums"), ElementsAre(Pair(R"({"id":"a","total":1})", 1)));
  EXPECT_EQ(tables_["sums_table"].epoch, 1);
  // What was put aside stands there once, however often the epoch ran.
  EXPECT_EQ(ReadTopic("feed.quarantine").size(), 1);
}

TEST_F(RunnerTest, ManyEpochsAndRestarts) {
  AddView("sums", "SELECT v % 5 AS rest, count(*) AS n, max(id) AS last FROM feed GROUP BY v % 5");
  AddView("histogram", "SELECT n, count(*) AS groups FROM sums GROUP BY n");
  AddSink("histogram");
  for (int round = 0; round < 8; ++round) {
    auto runner = Open();
    ASSERT_TRUE(runner.ok()) << runner.status().ToString();
    int appended = 0;
    ASSERT_TRUE((*runner)
                    ->Run(std::stop_token(),
                          [&] {
                            const int n = round * 10 + appended;
                            if (appended < 10) {
                              Append({fmt::format(R"({{"id":"k{}","v":{}}})", n % 23, n)});
                            }
                            return ++appended > 10;
                          })
                    .ok());
  }
  // Of k0 .. k22 the last versions are 57 .. 79; each remainder is there four or five times.
  EXPECT_THAT(Rows("histogram"),
              ElementsAre(Pair(R"({"n":4,"groups":2})", 1), Pair(R"({"n":5,"groups":3})", 1)));
}

// More records than an epoch takes: 64 Ki to begin with.
std::vector<std::string> RecordsOfSeveralEpochs() {
  std::vector<std::string> values;
  for (int i = 0; i < 200'000; ++i)
    values.push_back(fmt::format(R"({{"id":"{}","v":{}}})", i % 100, i));
  return values;
}

TEST_F(RunnerTest, TheNextEpochIsComputedWhileOneIsCommitted) {
  pipeline_.threads = 2;
  AddView("sums", kSumById);
  AddSink("sums");
  Append(RecordsOfSeveralEpochs());
  bool was_computed = false;
  wait_in_commit_ = [&] {  // in the first commit, for records that the first epoch doesn't have
    const auto enough = [&] { return registry_.Sum("headrace_engine_records_total") > 64 << 10; };
    for (int i = 0; i < 10'000 && !enough(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    was_computed = enough();
    wait_in_commit_ = nullptr;
  };
  ASSERT_TRUE(RunOnce().ok());
  EXPECT_TRUE(was_computed);
  EXPECT_GE(totals_.epochs, 3);
  EXPECT_EQ(Rows("sums").size(), 100u);
  EXPECT_EQ(Rows("sums").count(R"({"id":"7","total":199907})"), 1u);
}

TEST_F(RunnerTest, WhatWasComputedBesideACommitThatFailedIsComputedAgain) {
  AddView("sums", kSumById);
  AddSink("sums");
  Append(RecordsOfSeveralEpochs());
  for (pipeline_.threads = 1; pipeline_.threads <= 4; ++pipeline_.threads) {
    SCOPED_TRACE(pipeline_.threads);
    tables_.clear();
    ASSERT_TRUE(RunOnce(/*reset=*/true).ok());
    const auto expected = Rows("sums");
    for (const auto death : {TableSink::Death::kBeforeCommit, TableSink::Death::kAfterCommit}) {
      tables_.clear();
      int commits = 0;
      death_ = TableSink::Death::kNone;
      wait_in_commit_ = [&] {
        if (++commits == 2) death_ = death;
      };
      EXPECT_FALSE(RunOnce(/*reset=*/true).ok());
      wait_in_commit_ = nullptr;
      death_ = TableSink::Death::kNone;
      ASSERT_TRUE(RunOnce().ok());
      EXPECT_EQ(Rows("sums"), expected);
    }
  }
}

TEST_F(RunnerTest, BadRecordsGoToTheQuarantine) {
  AddSource("plain", "s STRING", {});
  AddView("numbers", "SELECT CAST(s AS INT) AS n FROM plain");
  AddView("halves", "SELECT n, 10 / n AS x FROM numbers");
  AddSink("halves");
  Append({R"({"s":"1"})", R"({"s":"x"})", "{nonsense", R"({"s":"0"})", R"({"s":"2"})"}, "plain");
  ASSERT_TRUE(RunOnce().ok());
  EXPECT_EQ(Rows("halves").size(), 2);
  EXPECT_EQ(totals_.quarantined, 3);
  const auto records = ReadTopic("plain.quarantine");
  ASSERT_EQ(records.size(), 2);
  EXPECT_THAT(records, UnorderedElementsAre(Pair("{nonsense", ::testing::_),
                                            Pair(R"({"s":"x"})", HasSubstr("CAST_INVALID_INPUT"))));
  EXPECT_THAT(ReadTopic("halves.quarantine"),
              ElementsAre(Pair(R"({"n":0})", HasSubstr("DIVIDE_BY_ZERO"))));
}

TEST_F(RunnerTest, ABadRecordEndsTheRunWhereTheSourceSaysSo) {
  pipeline_.sources[0].fail_on_bad_record = true;
  AddView("inverse", "SELECT id, 1 / v AS x FROM feed");
  AddSink("inverse");
  Append({R"({"id":"a","v":0})"});
  const Status status = RunOnce();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("record 0 of topic 'feed'"));
  EXPECT_THAT(Rows("inverse"), IsEmpty());
}

TEST_F(RunnerTest, LateRowsAreKeptWhereTheViewSaysSo) {
  AddSource("events", "t TIMESTAMP, v BIGINT", {});
  AddView("timed", "SELECT * FROM events").watermark = pipeline::Watermark{"t", 0};
  AddView("hours",
          "SELECT window.start AS t, count(*) AS n FROM timed GROUP BY window(t, '1 hour')")
      .keep_late = true;
  AddSink("hours");
  Append({R"({"t":"2026-01-01T10:00:00Z","v":1})", R"({"t":"2026-01-01T12:00:00Z","v":2})"},
         "events");
  ASSERT_TRUE(RunOnce().ok());
  Append({R"({"t":"2026-01-01T10:30:00Z","v":3})"}, "events");
  ASSERT_TRUE(RunOnce().ok());
  EXPECT_EQ(totals_.late, 1);
  EXPECT_EQ(totals_.views[1].late, 1);
  const auto late = ReadTopic("hours.late");
  ASSERT_EQ(late.size(), 1);
  EXPECT_THAT(late[0].first, HasSubstr("2026-01-01T10:30:00Z"));
}

TEST_F(RunnerTest, AChangedQueryIsRefusedAndAResetAccepted) {
  AddView("sums", kSumById);
  AddSink("sums");
  Append({R"({"id":"a","v":1})"});
  ASSERT_TRUE(RunOnce().ok());
  pipeline_.views.clear();
  AddView("sums", "SELECT id, sum(v + 1) AS total FROM feed GROUP BY id");
  const Status status = RunOnce();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("'sums' cannot go on with its state"));
  EXPECT_THAT(status.message(), HasSubstr("--reset-state"));
  tables_["sums_table"].rows.clear();
  Append({R"({"id":"b","v":5})"});
  ASSERT_TRUE(RunOnce(true).ok());
  EXPECT_THAT(Rows("sums"),
              ElementsAre(Pair(R"({"id":"a","total":2})", 1), Pair(R"({"id":"b","total":6})", 1)));
  EXPECT_EQ(totals_.last_epoch, 2);
}

TEST_F(RunnerTest, AViewThatIsGoneIsRefused) {
  AddView("sums", kSumById);
  AddView("copy", "SELECT id FROM feed");
  AddSink("copy");
  Append({R"({"id":"a","v":1})"});
  ASSERT_TRUE(RunOnce().ok());
  pipeline_.views.erase(pipeline_.views.begin());
  const Status status = RunOnce();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("which 'sums' no longer has"));
}

TEST_F(RunnerTest, AStateThatIsOlderThanASinkIsRefused) {
  AddView("sums", kSumById);
  AddSink("sums");
  Append({R"({"id":"a","v":1})"});
  ASSERT_TRUE(RunOnce().ok());
  tables_["sums_table"].epoch = 7;
  const Status status = RunOnce();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("holds epoch 7"));
}

TEST_F(RunnerTest, ANewStateNumbersItsEpochsAfterThoseOfTheSinks) {
  AddView("sums", kSumById);
  AddSink("sums");
  tables_["sums_table"].epoch = 41;
  Append({R"({"id":"a","v":1})"});
  ASSERT_TRUE(RunOnce().ok());
  EXPECT_EQ(tables_["sums_table"].epoch, 42);
  EXPECT_EQ(Rows("sums").size(), 1);
}

TEST_F(RunnerTest, ASecondRunOnTheSameStateIsRefused) {
  AddView("sums", kSumById);
  AddSink("sums");
  const auto first = Open();
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  const auto second = Open();
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(KindOf(second.status()), ErrorKind::kUser);
}

TEST_F(RunnerTest, RetentionMayNotTakeWhatIsNotProcessed) {
  AddView("sums", kSumById);
  AddSink("sums");
  Append({R"({"id":"a","v":1})"});
  death_ = TableSink::Death::kBeforeCommit;
  EXPECT_FALSE(RunOnce().ok());
  const auto topic = *log_->OpenTopic("feed", {.retention_us = 1});
  ASSERT_TRUE(log_->ApplyRetention(INT64_MAX / 2).ok());
  EXPECT_EQ(topic->Offsets(0)->first, 0);
  pipeline_.log.retention_us = 1;
  death_ = TableSink::Death::kNone;
  ASSERT_TRUE(RunOnce().ok());
  EXPECT_EQ(Rows("sums").size(), 1);
}

TEST_F(RunnerTest, TellsItsMetrics) {
  AddView("sums", kSumById);
  AddSink("sums");
  Append({R"({"id":"a","v":1})", "{}bad"});
  const auto runner = Open();  // which answers for the lag while it is there
  ASSERT_TRUE(runner.ok()) << runner.status().ToString();
  ASSERT_TRUE((*runner)->Run(std::stop_token(), [] { return true; }).ok());
  const std::string text = registry_.Text();
  EXPECT_EQ(registry_.Sum("headrace_engine_records_total"), 2);
  EXPECT_EQ(registry_.Sum("headrace_engine_quarantined_total"), 1);
  EXPECT_THAT(text, HasSubstr(R"(headrace_engine_lag_records{partition="0",topic="feed"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(operator="sums/aggregate",view="sums"} 1)"));
  EXPECT_THAT(text, HasSubstr("headrace_engine_epoch 1"));
  EXPECT_THAT(text, HasSubstr("headrace_engine_checkpoint_seconds_count 1"));
}

}  // namespace
}  // namespace headrace::engine
