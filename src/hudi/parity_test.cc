// Random histories of a table, each by a seed, against the oracle: commits, more and wider columns,
// table services, both cut off at any operation, writers that die, new writers; and afterwards not
// a thing wrong with the files.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "hudi/archive.h"
#include "hudi/clean.h"
#include "hudi/compaction.h"
#include "hudi/rollback.h"
#include "hudi/table_oracle.h"
#include "hudi/validation.h"
#include "storage/faulty_storage.h"

namespace headrace::hudi {
namespace {

constexpr int kHistories = 200;

class History {
 public:
  History(int seed, std::string path) : path_(std::move(path)), random_(seed) {
    definition_.name = "events";
    definition_.schema = SchemaOfVersion(schema_version_);
    definition_.key =
        Chance(4) ? std::vector<std::string>{"region", "id"} : std::vector<std::string>{"id"};
    definition_.partition_by = {"region"};
    if (definition_.key.size() == 2 && Chance(2)) definition_.partition_by.clear();
    definition_.order_by = Chance(3) ? "" : "updated";
    definition_.version = Chance(2) ? 8 : 9;
    definition_.buckets = 1 + Below(5);
    rows_max_ = Chance(7) ? 120 : 30;
    if (Chance(3)) definition_.type = TableType::kCopyOnWrite;
    definition_.hive_style_partitions = Chance(5);
    oracle_.emplace(!definition_.order_by.empty(), definition_.type == TableType::kCopyOnWrite);
  }

  void Run() {
    Open();
    const int steps = 4 + Below(12);
    for (int i = 0; i < steps && !::testing::Test::HasFatalFailure(); ++i) {
      switch (Below(13)) {
        case 0:
          Die();
          break;
        case 1:
          BeCutOff();
          break;
        case 2:
          Open();
          break;
        case 3:
        case 4:
          Serve(/*is_cut=*/false);
          break;
        case 5:
          Serve(/*is_cut=*/true);
          break;
        case 6:
          RollBackNewest();
          break;
        case 7:
          ChangeSchema();
          break;
        default:
          Commit();
      }
      if (Chance(3)) Check();
    }
    Open();  // what a dead writer left is rolled back
    Check();
    Serve(/*is_cut=*/false, kCompact);
    Serve(/*is_cut=*/false, kClean);
    Check();
    CheckFiles();
  }

 private:
  int Below(int limit) { return static_cast<int>(random_() % limit); }
  bool Chance(int one_in) { return Below(one_in) == 0; }

  void Open() {
    auto table = Table::OpenOrCreate(storage::OpenLocalStorage(path_), definition_);
    ASSERT_TRUE(table.ok()) << table.status();
    table_ = std::move(table).ValueOrDie();
  }

  void ChangeSchema() {
    schema_version_ = std::min(schema_version_ + 1, kSchemaVersions - 1);
    definition_.schema = SchemaOfVersion(schema_version_);
    Open();
  }

  Change NextChange() { return RandomChange(random_, rows_max_, schema_version_); }
  auto BatchesOf(const std::vector<Row>& rows) const { return ToBatches(rows, schema_version_); }

  void Commit() {
    before_ = *oracle_;
    const Change change = NextChange();
    const Status status = Write(*table_, change);
    ASSERT_TRUE(status.ok()) << status;
    oracle_->Commit(change);
  }

  enum Service { kCompact, kClean, kArchive, kServices };

  Status Run(Service service, Table& table) {
    const Retention retention = {.commits = 1 + Below(3)};
    const ServiceBudget budget(Chance(2) ? kServiceMemoryBytes : 256 << 10);  // in parts, perhaps
    if (service == kCompact) return Compact(table, {.budget = budget}).status();
    if (service == kClean) return Clean(table, {.retention = retention}).status();
    return Archive(table, {.commits_max = 3, .commits_min = 2, .retention = retention}).status();
  }

  // Runs a service, perhaps until its storage goes away.
  void Serve(bool is_cut, std::optional<Service> which = std::nullopt) {
    const Service service = which.value_or(static_cast<Service>(Below(kServices)));
    before_.reset();
    const std::string known = NewestCompaction();
    const size_t logs = planned_logs_.value_or(oracle_->logs());
    if (is_cut) {
      const auto mode =
          Chance(2) ? storage::FaultMode::kNotDone : storage::FaultMode::kDoneButNotHeard;
      const auto faulty = std::make_shared<storage::FaultyStorage>(storage::OpenLocalStorage(path_),
                                                                   Below(25), mode);
      const auto table = Table::OpenOrCreate(faulty, definition_);
      const Status status = table.ok() ? Run(service, **table) : table.status();
      EXPECT_EQ(status.ok(), !faulty->failed()) << status;
      Open();
    } else {
      if (service == kCompact) Open();  // it would wait for a commit that is in flight
      const Status status = Run(service, *table_);
      ASSERT_TRUE(status.ok()) << status;
    }
    // A compaction takes what had been committed when it was planned, whenever it is carried out.
    if (service != kCompact) return;
    if (NewestCompaction() != known) {
      oracle_->Compact(logs);
      planned_logs_.reset();
    } else if (HasPendingCompaction()) {
      planned_logs_ = logs;
    }
  }

  std::string NewestCompaction() {
    std::string newest;
    for (const Instant& instant : table_->timeline().instants())
      if (instant.action == "compaction" && instant.state == InstantState::kCompleted)
        newest = instant.time;
    return newest;
  }
  bool HasPendingCompaction() {
    const auto instants = table_->timeline().instants();
    return std::any_of(instants.begin(), instants.end(), [](const Instant& instant) {
      return instant.action == "compaction" && instant.state != InstantState::kCompleted;
    });
  }

  // Takes the newest commit back, where nothing came after it.
  void RollBackNewest() {
    if (!before_.has_value()) return;
    std::string newest;
    for (const Instant& instant : table_->timeline().instants())
      if (instant.action == "deltacommit" || instant.action == "commit") newest = instant.time;
    const Status status = RollBack(*table_, newest);
    ASSERT_TRUE(status.ok()) << status;
    *oracle_ = *before_;
    before_.reset();
    Open();
  }

  // A writer that doesn't finish its commit; it may go on with another one.
  void Die() {
    before_.reset();
    const Change change = NextChange();
    const auto commit = table_->Begin();
    ASSERT_TRUE(commit.ok()) << commit.status();
    ASSERT_TRUE((*commit)->Write(BatchesOf(change.upserts), BatchesOf(change.deletes)).ok());
    if (Chance(2)) Open();
  }

  // A writer whose storage goes away at some operation; the next one finds the table before or
  // after the commit.
  void BeCutOff() {
    before_.reset();
    const auto mode =
        Chance(2) ? storage::FaultMode::kNotDone : storage::FaultMode::kDoneButNotHeard;
    const auto faulty =
        std::make_shared<storage::FaultyStorage>(storage::OpenLocalStorage(path_), Below(20), mode);
    const Change change = NextChange();
    const auto table = Table::OpenOrCreate(faulty, definition_);
    const Status status = table.ok() ? Write(**table, change) : table.status();
    EXPECT_EQ(status.ok(), !faulty->failed()) << status;
    Open();
    if (table.ok() && IsNewest(changes_)) oracle_->Commit(change);
  }

  Status Write(Table& table, const Change& change) {
    ++changes_;
    ASSIGN_OR_RAISE(const auto commit, table.Begin());
    RETURN_NOT_OK(commit->Write(BatchesOf(change.upserts), BatchesOf(change.deletes)));
    return commit->Complete({{"change", std::to_string(changes_)}});
  }

  // Whether the newest commit is that of a change.
  bool IsNewest(int change) {
    std::string newest;
    const auto visit = [&](const Table::ExtraMetadata& extra) -> Result<bool> {
      newest = extra.at("change");
      return false;
    };
    EXPECT_TRUE(table_->VisitExtraMetadata(visit).ok());
    return newest == std::to_string(change);
  }

  void Check() { ASSERT_EQ(ReadRows(path_), oracle_->rows()); }

  void CheckFiles() {
    const auto storage = storage::OpenLocalStorage(path_);
    const auto validation = Validate(*storage);
    ASSERT_TRUE(validation.ok()) << validation.status();
    for (const Finding& finding : validation->findings)
      ADD_FAILURE() << finding.file << ": " << finding.what;
  }

  const std::string path_;
  std::mt19937 random_;
  TableDefinition definition_;
  int schema_version_ = 0;
  int rows_max_ = 0;
  int changes_ = 0;  // so many were written, or tried
  std::optional<Oracle> oracle_;
  std::optional<Oracle> before_;        // what it was before the newest commit
  std::optional<size_t> planned_logs_;  // commits that a compaction in flight takes
  std::unique_ptr<Table> table_;
};

class ParityTest : public TableTest {};

TEST_F(ParityTest, RandomHistoriesEqualTheOracle) {
  for (int seed = 0; seed < kHistories && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    History(seed, PathOf(fmt::format("history{}", seed))).Run();
    std::filesystem::remove_all(PathOf(fmt::format("history{}", seed)));
  }
}

}  // namespace
}  // namespace headrace::hudi
