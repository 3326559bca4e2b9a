// Whatever way the versions of rows come in, what the operators keep in the end is what the same
// query yields over the last versions alone.
#include <arrow/builder.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "engine/dataflow.h"
#include "engine/rows.h"
#include "format/json_writer.h"
#include "sql/analyzer.h"

namespace headrace::engine {
namespace {

// One version of a row.
struct Version {
  int64_t id = 0;
  std::optional<int64_t> group;
  std::optional<int64_t> value;
  std::optional<double> measure;
  std::string name;
  bool deleted = false;
};

constexpr char kSchema[] = "id BIGINT, g BIGINT, v BIGINT, d DOUBLE, s STRING";

const std::vector<std::vector<std::string>>& Queries() {
  static const std::vector<std::vector<std::string>> queries = {
      {"SELECT g, count(*) AS n, count(v) AS c, sum(v) AS total, avg(v) AS mean FROM s GROUP BY g"},
      {"SELECT g, min(v) AS a, max(v) AS b, min(s) AS c, max(s) AS e, max(d) AS f FROM s GROUP BY "
       "g"},
      {"SELECT sum(d) AS total, avg(d) AS mean, count(DISTINCT v) AS n FROM s"},
      {"SELECT g, sum(DISTINCT v) AS total, count(DISTINCT s) AS n FROM s GROUP BY g"},
      {"SELECT DISTINCT g, v FROM s"},
      {"SELECT g, sum(v) AS total FROM s WHERE v > 3 GROUP BY g HAVING count(*) > 2"},
      {"SELECT g, count(*) AS n FROM s GROUP BY g",
       "SELECT n, count(*) AS groups FROM a GROUP BY n"},
      {"SELECT g, max(v) AS most FROM s GROUP BY g",
       "SELECT most FROM a UNION ALL SELECT v FROM s WHERE v = 1",
       "SELECT most, count(*) AS n FROM b GROUP BY most"},
      {"SELECT timestamp_millis(v * 1000) AS t, v FROM s",
       "SELECT window.start AS w, count(*) AS n, max(v) AS most FROM a GROUP BY window(t, '3 "
       "seconds')"},
  };
  return queries;
}

Version RandomVersion(std::mt19937_64& random) {
  Version version;
  version.id = static_cast<int64_t>(random() % 30);
  if (random() % 8 != 0) version.group = static_cast<int64_t>(random() % 5);
  if (random() % 8 != 0) version.value = static_cast<int64_t>(random() % 10) - 2;
  if (random() % 8 != 0)
    version.measure = std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 90));
  version.name = std::string(random() % 4, static_cast<char>('a' + random() % 3));
  version.deleted = random() % 6 == 0;
  return version;
}

Changes MakeBatch(const std::vector<Version>& versions, bool keyed) {
  arrow::Int64Builder id, group, value;
  arrow::DoubleBuilder measure;
  arrow::StringBuilder name;
  std::vector<int8_t> weights;
  for (const Version& version : versions) {
    EXPECT_TRUE(id.Append(version.id).ok());
    EXPECT_TRUE(group.AppendOrNull(version.group).ok());
    EXPECT_TRUE(value.AppendOrNull(version.value).ok());
    EXPECT_TRUE(measure.AppendOrNull(version.measure).ok());
    EXPECT_TRUE(name.Append(version.name).ok());
    weights.push_back(version.deleted ? -1 : 1);
  }
  const auto schema = *sql::ParseSchema(kSchema);
  std::vector<std::shared_ptr<arrow::Array>> columns{*id.Finish(), *group.Finish(), *value.Finish(),
                                                     *measure.Finish(), *name.Finish()};
  if (keyed) columns.push_back(MakeWeights(weights));
  return {arrow::RecordBatch::Make(ChangeSchema(*schema, keyed, false),
                                   static_cast<int64_t>(versions.size()), columns),
          nullptr};
}

// A dataflow of one of the queries, and the rows of its last view.
class Instance {
 public:
  Instance(const std::vector<std::string>& statements, bool keyed) {
    pipeline::Source source;
    source.name = "s";
    source.schema = source.read_schema = *sql::ParseSchema(kSchema);
    if (keyed) source.key = {"id"};
    pipeline_.sources.push_back(source);
    sql::Relations relations{{"s", source.schema}};
    for (const std::string& statement : statements) {
      pipeline::View view;
      view.name = std::string(1, static_cast<char>('a' + pipeline_.views.size()));
      const auto plan = sql::Analyze(statement, relations);
      EXPECT_TRUE(plan.ok()) << plan.status().ToString();
      view.plan = *plan;
      relations[view.name] = view.plan->schema;
      pipeline_.views.push_back(view);
    }
    plan_ = *PlanDataflow(pipeline_);
    dataflow_ = *Dataflow::Open(plan_, workers_);
  }

  void Run(std::vector<Changes> batches) {
    MicroBatch context;
    const Status status = dataflow_->Run({{"s", std::move(batches)}}, context);
    ASSERT_TRUE(status.ok()) << status.ToString();
    for (const Changes& changes : dataflow_->output(pipeline_.views.back().name).batches) {
      Take(*changes.batch);
    }
  }

  void Restart() {
    ASSERT_TRUE(dataflow_
                    ->SaveChanges([&](const DataflowNode& node, const StateBlock& block) {
                      blocks_[node.id].push_back(block.bytes());
                      return Status::OK();
                    })
                    .ok());
    dataflow_ = *Dataflow::Open(plan_, workers_);
    for (size_t i = 0; i < plan_.nodes.size(); ++i) {
      for (const std::string& block : blocks_[plan_.nodes[i].id]) {
        ASSERT_TRUE(dataflow_->Restore(static_cast<int>(i), block).ok());
      }
    }
  }

  const std::map<std::string, int>& rows() const { return rows_; }

 private:
  void Take(const arrow::RecordBatch& batch) {
    const int8_t* weights = Weights(batch);
    std::vector<int> data(DataColumns(*batch.schema()));
    for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<int>(i);
    const auto columns = *batch.SelectColumns(data);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      std::string json;
      format::WriteJsonRow(*columns, row, &json);
      const int count = rows_[json] += weights == nullptr ? 1 : weights[row];
      ASSERT_GE(count, 0) << json;
      if (count == 0) rows_.erase(json);
    }
  }

  pipeline::Pipeline pipeline_;
  DataflowPlan plan_;
  Workers workers_{1};
  std::unique_ptr<Dataflow> dataflow_;
  std::map<std::string, std::vector<std::string>> blocks_;
  std::map<std::string, int> rows_;
};

class DataflowPropertyTest : public ::testing::TestWithParam<size_t> {};

TEST_P(DataflowPropertyTest, CorrectionsLeadToTheResultOfTheLastVersions) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Instance corrected(Queries()[GetParam()], true);
    std::map<int64_t, Version> last;
    for (int step = 0; step < 25; ++step) {
      std::vector<Version> versions;
      for (uint64_t i = 0; i <= random() % 12; ++i) {
        versions.push_back(RandomVersion(random));
        last[versions.back().id] = versions.back();
      }
      corrected.Run({MakeBatch(versions, true)});
      if (random() % 4 == 0) corrected.Restart();
    }
    std::vector<Version> final_versions;
    for (const auto& [id, version] : last) {
      if (!version.deleted) final_versions.push_back(version);
    }
    Instance at_once(Queries()[GetParam()], false);
    at_once.Run({MakeBatch(final_versions, false)});
    EXPECT_EQ(corrected.rows(), at_once.rows());
  }
}

INSTANTIATE_TEST_SUITE_P(Queries, DataflowPropertyTest,
                         ::testing::Range(size_t{0}, Queries().size()));

}  // namespace
}  // namespace headrace::engine
