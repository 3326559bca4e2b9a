// One history of commits and table services, cut off at every operation of its storage in both ways
// that there are. Whatever the operation was: readers see the table before or after the step it
// belonged to, the next writer goes on, and after cleaning not a file or marker is left that no
// action accounts for.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>

#include "hudi/archive.h"
#include "hudi/clean.h"
#include "hudi/compaction.h"
#include "hudi/table_oracle.h"
#include "hudi/validation.h"
#include "storage/faulty_storage.h"

namespace headrace::hudi {
namespace {

constexpr Retention kNewest = {.commits = 1};

struct Step {
  std::function<Status(Table&)> run;
  std::optional<Change> change;  // of a commit
};

class FaultSweepTest : public TableTest {
 protected:
  static Step CommitOf(const Change& change) {
    return {[change](Table& table) { return WriteCommit(table, change.upserts, change.deletes); },
            change};
  }
  static Status CompactAll(Table& table) { return Compact(table).status(); }
  static Status CleanAll(Table& table) { return Clean(table, {.retention = kNewest}).status(); }
  static Status ArchiveAll(Table& table) {
    return Archive(table, {.commits_max = 3, .commits_min = 2, .retention = kNewest}).status();
  }

  // Ordering values only grow, so that compaction changes nothing that is read.
  static std::vector<Step> Steps() {
    return {CommitOf({{{"eu", 1, 1, "a"}, {"eu", 2, 1, "b"}, {"us", 3, 1, "c"}}, {}}),
            CommitOf({{{"eu", 1, 2, "A"}, {"ap", 4, 2, "d"}}, {{"us", 3, 2, ""}}}),
            {CompactAll, std::nullopt},
            CommitOf({{{"eu", 2, 3, "B"}, {"us", 5, 3, "e"}}, {{"eu", 1, 3, ""}}}),
            {CompactAll, std::nullopt},
            {CleanAll, std::nullopt},
            CommitOf({{{"eu", 6, 4, "f"}}, {{"ap", 4, 4, ""}}}),
            {ArchiveAll, std::nullopt},
            {CompactAll, std::nullopt},
            {CleanAll, std::nullopt},
            CommitOf({{{"us", 7, 5, "g"}}, {}}),
            {ArchiveAll, std::nullopt}};
  }

  // Runs the steps until one fails; `oracle` is what was committed before that one. Returns the
  // change of the commit that failed, if it was one.
  static std::optional<Change> RunUntilCut(const std::shared_ptr<storage::Storage>& storage,
                                           Oracle* oracle) {
    const auto table = Table::OpenOrCreate(storage, Definition());
    if (!table.ok()) return std::nullopt;
    for (const Step& step : Steps()) {
      if (!step.run(**table).ok()) return step.change;
      if (step.change.has_value()) oracle->Commit(*step.change);
    }
    return std::nullopt;
  }

  void Recover(const std::string& path, const Rows& found) {
    const auto table = OpenTable(path);
    EXPECT_EQ(ReadRows(path), found);
    ASSERT_TRUE(WriteCommit(*table, {{"eu", 9, 9, "last"}}, {}).ok());
    for (const auto& service : {CompactAll, CleanAll, ArchiveAll, CleanAll}) {
      const Status status = service(*table);
      ASSERT_TRUE(status.ok()) << status;
    }
    Rows expected = found;
    expected[{"eu", 9}] = {"eu", 9, 9, "last"};
    EXPECT_EQ(ReadRows(path), expected);
    const auto validation = Validate(table->storage());
    ASSERT_TRUE(validation.ok()) << validation.status();
    for (const Finding& finding : validation->findings)
      ADD_FAILURE() << finding.file << ": " << finding.what;
  }
};

TEST_F(FaultSweepTest, EveryOperationOfAWholeHistory) {
  for (const auto mode : {storage::FaultMode::kNotDone, storage::FaultMode::kDoneButNotHeard}) {
    for (int64_t operations = 0; !HasFailure(); ++operations) {
      SCOPED_TRACE(fmt::format("cut at operation {}", operations));
      const std::string path = PathOf("sweep");
      std::filesystem::remove_all(path);
      const auto faulty = std::make_shared<storage::FaultyStorage>(storage::OpenLocalStorage(path),
                                                                   operations, mode);
      Oracle oracle(/*is_ordered=*/true, /*is_copy_on_write=*/false);
      const std::optional<Change> cut = RunUntilCut(faulty, &oracle);
      if (!faulty->failed()) {
        EXPECT_GT(operations, 100);
        break;
      }
      Rows found;
      if (Table::Open(storage::OpenLocalStorage(path)).ok()) found = ReadRows(path);
      Oracle after = oracle;
      if (cut.has_value()) after.Commit(*cut);
      EXPECT_TRUE(found == oracle.rows() || found == after.rows());
      Recover(path, found);
    }
  }
}

}  // namespace
}  // namespace headrace::hudi
