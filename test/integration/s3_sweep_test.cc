// Commits and table services in real S3, cut off at every one of their writes in turn. After each
// cut readers see the table before or after the step, a new writer goes on, and the step is done
// again; at the end nothing is left of what did not complete.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "hudi/archive.h"
#include "hudi/clean.h"
#include "hudi/compaction.h"
#include "hudi/table_oracle.h"
#include "hudi/validation.h"
#include "storage/faulty_storage.h"
#include "test/integration/s3_servers.h"

namespace headrace::hudi {
namespace {

constexpr Retention kNewest = {.commits = 1};

enum class Step { kCommit, kCompact, kClean, kArchive };

// One table with its oracle. Ordering values only grow, so that compaction changes nothing that is
// read.
class Sweep {
 public:
  Sweep(std::shared_ptr<storage::Storage> storage, TableDefinition definition)
      : storage_(std::move(storage)), definition_(std::move(definition)) {
    Open();  // makes it
  }

  // Cuts the step off at each of its writes.
  void Run(Step step, storage::FaultMode mode) {
    for (int64_t writes = 0; !::testing::Test::HasFailure(); ++writes) {
      SCOPED_TRACE(fmt::format("step {} cut at write {}", static_cast<int>(step), writes));
      ASSERT_NO_FATAL_FAILURE(Prepare(step));
      const auto faulty = std::make_shared<storage::FaultyStorage>(storage_, writes, mode);
      const Change change = NextChange();
      const auto table = Table::OpenOrCreate(faulty, definition_);
      const Status status = table.ok() ? Do(step, **table, change) : table.status();
      ASSERT_EQ(status.ok(), !faulty->failed()) << status;
      Oracle after = oracle_;
      after.Commit(change);
      const Rows found = Read();
      if (step == Step::kCommit && found == after.rows()) oracle_ = after;
      ASSERT_EQ(found, oracle_.rows());
      if (status.ok()) {
        EXPECT_GT(writes, 3) << "the step had nothing to do";
        return;
      }
      ASSERT_NO_FATAL_FAILURE(DoAll({Step::kCommit, step}));
    }
  }

  void Finish() {
    DoAll({Step::kCommit, Step::kCompact, Step::kClean, Step::kArchive, Step::kClean});
    const auto validation = Validate(*storage_);
    ASSERT_TRUE(validation.ok()) << validation.status();
    for (const Finding& finding : validation->findings)
      ADD_FAILURE() << finding.file << ": " << finding.what;
  }

 private:
  // Gives the step something to do.
  void Prepare(Step step) {
    switch (step) {
      case Step::kCommit:
        return;
      case Step::kCompact:
        return DoAll({Step::kCommit});
      case Step::kClean:
        return DoAll({Step::kCommit, Step::kCompact, Step::kCommit});
      case Step::kArchive:
        return DoAll({Step::kCommit, Step::kCompact, Step::kCommit, Step::kClean});
    }
  }

  void DoAll(const std::vector<Step>& steps) {
    const auto table = Open();
    for (const Step step : steps) {
      const Change change = NextChange();
      const Status status = Do(step, *table, change);
      ASSERT_TRUE(status.ok()) << status;
      if (step == Step::kCommit) oracle_.Commit(change);
    }
    ASSERT_EQ(Read(), oracle_.rows());
  }

  static Status Do(Step step, Table& table, const Change& change) {
    switch (step) {
      case Step::kCommit: {
        ASSIGN_OR_RAISE(const auto commit, table.Begin());
        RETURN_NOT_OK(commit->Write(ToBatches(change.upserts), ToBatches(change.deletes)));
        return commit->Complete({});
      }
      case Step::kCompact:
        return Compact(table).status();
      case Step::kClean:
        return Clean(table, {.retention = kNewest}).status();
      case Step::kArchive:
        return Archive(table, {.commits_max = 2, .commits_min = 1, .retention = kNewest}).status();
    }
    return Status::OK();
  }

  // Up to six rows, and one that is always there.
  Change NextChange() {
    Change change = RandomChange(random_, 6, /*version=*/0);
    ++updated_;
    change.upserts.push_back({"eu", 1000, updated_, "always"});
    for (auto* rows : {&change.upserts, &change.deletes})
      for (Row& row : *rows) row.updated = updated_;
    return change;
  }

  std::unique_ptr<Table> Open() const {
    auto table = Table::OpenOrCreate(storage_, definition_);
    EXPECT_TRUE(table.ok()) << table.status();
    return std::move(table).ValueOrDie();
  }

  Rows Read() const {
    const auto table = Table::Open(storage_).ValueOrDie();
    const auto reader = ReadSnapshot(*table, {});
    EXPECT_TRUE(reader.ok()) << reader.status();
    return reader.ok() ? RowsOf(**(*reader)->ToTable()) : Rows();
  }

  const std::shared_ptr<storage::Storage> storage_;
  const TableDefinition definition_;
  std::mt19937 random_{7};
  int64_t updated_ = 0;
  Oracle oracle_{/*is_ordered=*/true, /*is_copy_on_write=*/false};
};

class S3Sweep : public TableTest, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Real, S3Sweep, ::testing::Values("minio", "versitygw"));

TEST_P(S3Sweep, EveryWriteOfEveryStep) {
  TableDefinition definition = Definition();
  definition.buckets = 1;
  for (const auto mode : {storage::FaultMode::kNotDone, storage::FaultMode::kDoneButNotHeard}) {
    Sweep sweep(OpenAt(NewPlace(), OptionsOf(GetParam())), definition);
    for (const Step step : {Step::kCommit, Step::kCompact, Step::kClean, Step::kArchive})
      ASSERT_NO_FATAL_FAILURE(sweep.Run(step, mode));
    sweep.Finish();
  }
}

}  // namespace
}  // namespace headrace::hudi
