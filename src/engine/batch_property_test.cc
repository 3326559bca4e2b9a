// Whatever way the versions of two relations come in, cut and restarted anywhere: what the
// operators keep in the end is what DuckDB yields for the same statement over the last versions
// alone. The statements are chosen, or random.
#include <arrow/builder.h>
#include <arrow/table.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "engine/dataflow.h"
#include "engine/random_statement.h"
#include "engine/rows.h"
#include "format/json_writer.h"
#include "sql/analyzer.h"
#include "sql/query.h"

namespace headrace::engine {
namespace {

struct Version {
  int64_t id = 0;
  std::optional<int64_t> key;
  std::optional<int64_t> value;
  bool deleted = false;
};

constexpr char kSchema[] = "id BIGINT, k BIGINT, v BIGINT";

const std::vector<std::string>& Statements() {
  static const std::vector<std::string> statements = {
      "SELECT a.id AS l, b.id AS r, a.v AS x, b.v AS y FROM a JOIN b ON a.k = b.k",
      "SELECT a.id AS l, b.id AS r FROM a JOIN b ON a.k = b.k AND a.v < b.v",
      "SELECT a.id AS l, b.id AS r, b.v AS y FROM a LEFT JOIN b ON a.k = b.k AND a.v <= b.v",
      "SELECT a.id AS l, b.id AS r, a.v AS x FROM a RIGHT JOIN b ON a.k = b.k AND a.v + b.v <> 3",
      "SELECT a.id AS l, b.id AS r FROM a FULL JOIN b ON a.k = b.k AND a.v < b.v AND a.id > 2",
      "SELECT a.k AS l, b.k AS r FROM a FULL JOIN b ON a.k = b.k",
      "SELECT a.id, a.v FROM a SEMI JOIN b ON a.k = b.k AND a.v < b.v",
      "SELECT a.k FROM a ANTI JOIN b ON a.k = b.k AND a.v < b.v",
      "SELECT a.id AS l, b.id AS r FROM a LEFT JOIN b ON a.v < b.v WHERE a.k = 1 AND b.k IS NULL",
      "SELECT k, a.v AS x, b.v AS y FROM a FULL JOIN b USING (k)",
      "SELECT x.id AS l, y.id AS r, b.id AS z FROM a x JOIN a y ON x.k = y.k AND x.id < y.id LEFT "
      "JOIN b ON y.v = b.v",
      "SELECT a.k, count(*) AS n, sum(b.v) AS total, max(a.v) AS most FROM a JOIN b ON a.k = b.k "
      "GROUP BY a.k",
      "SELECT DISTINCT a.k, b.v FROM a, b WHERE a.k = b.k AND a.v > 2",
      "SELECT k, v, id FROM a QUALIFY row_number() OVER (PARTITION BY k ORDER BY v DESC NULLS "
      "LAST, id) <= 2",
      "SELECT id, k, rank() OVER (PARTITION BY k ORDER BY v NULLS FIRST) AS r FROM a QUALIFY r <= "
      "3",
      "SELECT id, v, dense_rank() OVER (ORDER BY v DESC NULLS FIRST) AS r FROM a QUALIFY r BETWEEN "
      "2 AND 3",
      "SELECT a.k, count(*) AS n FROM a JOIN b ON a.k = b.k GROUP BY a.k QUALIFY row_number() OVER "
      "(ORDER BY count(*) DESC, a.k NULLS LAST) <= 2",
      "SELECT id, v FROM a WHERE k IN (SELECT k FROM b WHERE v > 2) AND v < 5",
      "SELECT id FROM a WHERE k NOT IN (SELECT k FROM b WHERE v > 3)",
      "SELECT id, k FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND v < a.v)",
      "SELECT id FROM a WHERE v > 1 AND NOT EXISTS (SELECT * FROM b WHERE b.k = a.k AND b.v IN "
      "(SELECT v + 1 FROM a))",
      "SELECT k, count(*) AS n FROM a WHERE v IN (SELECT max(v) FROM b GROUP BY k) GROUP BY k",
      "SELECT id, k, v FROM a ORDER BY v DESC NULLS LAST, id LIMIT 4",
      "SELECT k, count(*) AS n FROM (SELECT k FROM a UNION ALL SELECT k FROM b) GROUP BY k ORDER "
      "BY "
      "n DESC, k NULLS LAST LIMIT 2",
  };
  return statements;
}

Version RandomVersion(std::mt19937_64& random) {
  Version version;
  version.id = static_cast<int64_t>(random() % 16);
  if (random() % 8 != 0) version.key = static_cast<int64_t>(random() % 4);
  if (random() % 8 != 0) version.value = static_cast<int64_t>(random() % 6);
  version.deleted = random() % 5 == 0;
  return version;
}

std::shared_ptr<arrow::RecordBatch> DataOf(const std::vector<Version>& versions) {
  arrow::Int64Builder id, key, value;
  for (const Version& version : versions) {
    EXPECT_TRUE(id.Append(version.id).ok());
    EXPECT_TRUE(key.AppendOrNull(version.key).ok());
    EXPECT_TRUE(value.AppendOrNull(version.value).ok());
  }
  return arrow::RecordBatch::Make(*sql::ParseSchema(kSchema), static_cast<int64_t>(versions.size()),
                                  {*id.Finish(), *key.Finish(), *value.Finish()});
}

Changes ChangesOf(const std::vector<Version>& versions) {
  const auto data = DataOf(versions);
  std::vector<int8_t> weights;
  for (const Version& version : versions) weights.push_back(version.deleted ? -1 : 1);
  auto columns = data->columns();
  columns.push_back(MakeWeights(std::move(weights)));
  return {arrow::RecordBatch::Make(ChangeSchema(*data->schema(), true, false), data->num_rows(),
                                   std::move(columns)),
          nullptr};
}

using Rows = std::map<std::string, int>;

void Count(const arrow::RecordBatch& batch, const int8_t* weights, Rows* rows) {
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    std::string json;
    format::WriteJsonRow(batch, row, &json);
    const int count = (*rows)[json] += weights == nullptr ? 1 : weights[row];
    ASSERT_GE(count, 0) << json;
    if (count == 0) rows->erase(json);
  }
}

// A dataflow of one statement over the keyed sources a and b.
class Incremental {
 public:
  explicit Incremental(const std::string& statement) {
    sql::Relations relations;
    for (const char* name : {"a", "b"}) {
      pipeline::Source source;
      source.name = name;
      source.schema = source.read_schema = *sql::ParseSchema(kSchema);
      source.key = {"id"};
      relations[name] = source.schema;
      pipeline_.sources.push_back(std::move(source));
    }
    pipeline::View view;
    view.name = "out";
    const auto plan = sql::Analyze(statement, relations);
    EXPECT_TRUE(plan.ok()) << plan.status().ToString();
    if (!plan.ok()) return;
    view.plan = *plan;
    pipeline_.views.push_back(std::move(view));
    auto planned = PlanDataflow(pipeline_);
    EXPECT_TRUE(planned.ok()) << planned.status().ToString();
    if (!planned.ok()) return;
    plan_ = *std::move(planned);
    dataflow_ = *Dataflow::Open(plan_, workers_);
  }

  void Run(std::map<std::string, std::vector<Changes>> inputs) {
    MicroBatch context;
    const Status status = dataflow_->Run(std::move(inputs), context);
    ASSERT_TRUE(status.ok()) << status.ToString();
    for (const Changes& changes : dataflow_->output("out").batches) {
      std::vector<int> data(DataColumns(*changes.batch->schema()));
      for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<int>(i);
      Count(**changes.batch->SelectColumns(data), Weights(*changes.batch), &rows_);
    }
  }

  void Restart() {
    const auto keep = [&](const DataflowNode& node, const StateBlock& block) {
      blocks_[node.id].push_back(block.bytes());
      return Status::OK();
    };
    ASSERT_TRUE(dataflow_->SaveChanges(keep).ok());
    dataflow_ = *Dataflow::Open(plan_, workers_);
    for (size_t i = 0; i < plan_.nodes.size(); ++i) {
      for (const std::string& block : blocks_[plan_.nodes[i].id]) {
        ASSERT_TRUE(dataflow_->Restore(static_cast<int>(i), block).ok());
      }
    }
  }

  // How many rows all operators keep.
  int64_t state_rows() const {
    int64_t rows = 0;
    for (const OperatorReport& report : dataflow_->Report()) rows += report.state.rows;
    return rows;
  }
  const Rows& rows() const { return rows_; }

 private:
  pipeline::Pipeline pipeline_;
  DataflowPlan plan_;
  Workers workers_{1};
  std::unique_ptr<Dataflow> dataflow_;
  std::map<std::string, std::vector<std::string>> blocks_;
  Rows rows_;
};

class TableRelation : public sql::Relation {
 public:
  explicit TableRelation(const std::shared_ptr<arrow::RecordBatch>& batch)
      : table_(*arrow::Table::FromRecordBatches({batch})) {}
  std::shared_ptr<arrow::Schema> schema() const override { return table_->schema(); }
  Result<std::shared_ptr<arrow::RecordBatchReader>> Read(
      const std::vector<std::string>& columns) override {
    std::vector<int> indexes;
    for (const std::string& column : columns) {
      indexes.push_back(table_->schema()->GetFieldIndex(column));
    }
    // The reader owns what it reads: a statement may read a relation twice at once.
    ASSIGN_OR_RAISE(auto selected, table_->SelectColumns(indexes));
    return std::make_shared<arrow::TableBatchReader>(std::move(selected));
  }

 private:
  std::shared_ptr<arrow::Table> table_;
};

using Last = std::map<int64_t, Version>;

Rows AtOnce(const std::string& statement, const std::map<std::string, Last>& last) {
  std::map<std::string, std::shared_ptr<sql::Relation>> relations;
  for (const auto& [name, versions] : last) {
    std::vector<Version> present;
    for (const auto& [id, version] : versions) {
      if (!version.deleted) present.push_back(version);
    }
    relations[name] = std::make_shared<TableRelation>(DataOf(present));
  }
  const auto result = sql::RunQuery(statement, relations);
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  Rows rows;
  if (result.ok()) {
    arrow::TableBatchReader reader(*result);
    std::shared_ptr<arrow::RecordBatch> batch;
    while (reader.ReadNext(&batch).ok() && batch != nullptr) Count(*batch, nullptr, &rows);
  }
  return rows;
}

// Sends random versions through in `steps`, with restarts; returns the last ones.
std::map<std::string, Last> RunVersions(int steps, std::mt19937_64& random,
                                        Incremental* incremental) {
  std::map<std::string, Last> last{{"a", {}}, {"b", {}}};
  for (int step = 0; step < steps; ++step) {
    std::map<std::string, std::vector<Changes>> inputs;
    for (auto& [name, versions] : last) {
      if (random() % 4 == 0) continue;
      std::vector<Version> batch;
      for (uint64_t i = 0; i <= random() % 8; ++i) {
        batch.push_back(RandomVersion(random));
        versions[batch.back().id] = batch.back();
      }
      inputs[name].push_back(ChangesOf(batch));
    }
    incremental->Run(std::move(inputs));
    if (random() % 4 == 0) incremental->Restart();
  }
  return last;
}

// Deletes everything.
void DeleteAll(std::map<std::string, Last>* last, Incremental* incremental) {
  std::map<std::string, std::vector<Changes>> deletions;
  for (auto& [name, versions] : *last) {
    std::vector<Version> gone;
    for (auto& [id, version] : versions) {
      version.deleted = true;
      gone.push_back(version);
    }
    deletions[name].push_back(ChangesOf(gone));
  }
  incremental->Run(std::move(deletions));
}

class BatchPropertyTest : public ::testing::TestWithParam<size_t> {};

TEST_P(BatchPropertyTest, CorrectionsLeadToWhatDuckDbYieldsAtOnce) {
  const std::string& statement = Statements()[GetParam()];
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Incremental incremental(statement);
    std::map<std::string, Last> last = RunVersions(20, random, &incremental);
    EXPECT_EQ(incremental.rows(), AtOnce(statement, last));
    DeleteAll(&last, &incremental);
    // What is gone leaves nothing behind.
    EXPECT_EQ(incremental.rows(), Rows());
    EXPECT_EQ(incremental.state_rows(), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Statements, BatchPropertyTest,
                         ::testing::Range(size_t{0}, Statements().size()));

#ifdef __clang__  // that is, with sanitizers, which make each some ten times as long
constexpr uint64_t kStatements = 100;
#else
constexpr uint64_t kStatements = 1000;
#endif

// HEADRACE_STATEMENTS says how many, HEADRACE_SEED which is the first (1).
TEST(RandomStatementTest, CorrectionsLeadToWhatDuckDbYieldsAtOnce) {
  const auto number = [](const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::stoull(text);
  };
  const uint64_t first = number("HEADRACE_SEED", 1);
  for (uint64_t seed = first; seed < first + number("HEADRACE_STATEMENTS", kStatements); ++seed) {
    std::mt19937_64 random(seed);
    const std::string statement = RandomStatement(&random).Make();
    SCOPED_TRACE(testing::Message() << "seed " << seed << ": " << statement);
    Incremental incremental(statement);
    if (HasFailure()) return;
    std::map<std::string, Last> last = RunVersions(8, random, &incremental);
    EXPECT_EQ(incremental.rows(), AtOnce(statement, last));
    DeleteAll(&last, &incremental);
    EXPECT_EQ(incremental.rows(), AtOnce(statement, last));
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace headrace::engine
