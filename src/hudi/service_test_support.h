// Small tables for the tests of table services: rows of one key, ordering and value, what they must
// hold, and what must not be left behind.
#pragma once

#include <arrow/array.h>
#include <arrow/builder.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/test_folder.h"
#include "hudi/clean.h"
#include "hudi/commit.h"
#include "hudi/file_group.h"
#include "hudi/snapshot.h"
#include "hudi/table.h"
#include "storage/faulty_storage.h"

namespace headrace::hudi {

struct TestRow {
  int64_t id = 0;
  int64_t updated = 0;
  std::string name;
};

class ServiceTest : public ::testing::Test {
 protected:
  using Rows = std::map<int64_t, std::pair<int64_t, std::string>>;  // id: updated, name

  std::string PathOf(const std::string& name) const { return folder_.path(name); }

  static TableDefinition Definition() {
    TableDefinition definition;
    definition.name = "events";
    definition.schema = arrow::schema(
        {arrow::field("id", arrow::int64(), false), arrow::field("part", arrow::int64()),
         arrow::field("updated", arrow::int64()), arrow::field("name", arrow::utf8())});
    definition.key = {"id"};
    definition.partition_by = {"part"};
    definition.order_by = "updated";
    definition.buckets = 2;
    return definition;
  }

  static std::unique_ptr<Table> Open(std::shared_ptr<storage::Storage> storage,
                                     const TableDefinition& definition = Definition()) {
    auto table = Table::OpenOrCreate(std::move(storage), definition);
    EXPECT_TRUE(table.ok()) << table.status();
    return table.ok() ? std::move(table).ValueOrDie() : nullptr;
  }
  std::unique_ptr<Table> Open(const std::string& name) const {
    return Open(storage::OpenLocalStorage(PathOf(name)));
  }

  static std::vector<std::shared_ptr<arrow::RecordBatch>> ToBatches(
      const std::vector<TestRow>& rows) {
    arrow::Int64Builder ids, parts, updates;
    arrow::StringBuilder names;
    for (const TestRow& row : rows) {
      EXPECT_TRUE(ids.Append(row.id).ok() && parts.Append(row.id % 2).ok() &&
                  updates.Append(row.updated).ok() && names.Append(row.name).ok());
    }
    return {arrow::RecordBatch::Make(
        Definition().schema, static_cast<int64_t>(rows.size()),
        {*ids.Finish(), *parts.Finish(), *updates.Finish(), *names.Finish()})};
  }

  static Status Write(Table& table, const std::vector<TestRow>& upserts,
                      const std::vector<TestRow>& deletes = {}) {
    ASSIGN_OR_RAISE(const auto commit, table.Begin());
    RETURN_NOT_OK(commit->Write(ToBatches(upserts), ToBatches(deletes)));
    return commit->Complete({});
  }

  // Commits upserts of the ids from `begin` up to `end` with the ordering value and name `version`.
  static Status WriteRange(Table& table, int64_t begin, int64_t end, int64_t version) {
    std::vector<TestRow> rows;
    for (int64_t id = begin; id < end; ++id)
      rows.push_back({id, version, "v" + std::to_string(version)});
    return Write(table, rows);
  }

  Rows Read(const std::string& name) const {
    Rows rows;
    const auto result = ReadTable(PathOf(name));
    EXPECT_TRUE(result.ok()) << result.status();
    if (!result.ok()) return rows;
    const auto batch = result.ValueOrDie()->CombineChunksToBatch().ValueOrDie();
    const auto& ids = static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("id"));
    const auto& updates = static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("updated"));
    const auto& names = static_cast<const arrow::StringArray&>(*batch->GetColumnByName("name"));
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      EXPECT_TRUE(
          rows.emplace(ids.Value(i), std::pair(updates.Value(i), names.GetString(i))).second)
          << "id " << ids.Value(i) << " came twice";
    }
    return rows;
  }

  // The paths of files and markers that no action on the timeline accounts for.
  std::set<std::string> Orphans(const std::string& name) const {
    const auto storage = storage::OpenLocalStorage(PathOf(name));
    const auto table = Table::Open(storage).ValueOrDie();
    std::set<std::string> orphans;
    const auto files = ListDataFiles(*storage).ValueOrDie();
    for (const DataFile& file : files)
      if (!table->timeline().CompletionTime(file.name.instant).ValueOrDie().has_value())
        orphans.insert(file.path);
    const auto markers = storage->List(".hoodie/.temp").ValueOrDie();
    for (const auto& marker : markers) orphans.insert(marker.name);
    return orphans;
  }

  std::set<std::string> TimelineFiles(const std::string& name) const {
    std::set<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator(PathOf(name) + "/.hoodie/timeline"))
      if (entry.is_regular_file()) names.insert(entry.path().filename().string());
    return names;
  }

  // Lets `service` die at each of its storage operations in turn, on a table that `prepare` has
  // written. Afterwards the table holds the same rows, takes commits, the service runs, and once
  // the table has been cleaned nothing is left behind.
  void CrashEverywhere(const std::function<Status(Table&)>& prepare,
                       const std::function<Status(Table&)>& service,
                       const TableDefinition& definition = Definition()) const {
    ASSERT_TRUE(prepare(*Open(storage::OpenLocalStorage(PathOf("prepared")), definition)).ok());
    for (const auto mode : {storage::FaultMode::kNotDone, storage::FaultMode::kDoneButNotHeard}) {
      bool failed = true;
      for (int64_t operations = 0; failed; ++operations) {
        ASSERT_LT(operations, 1000);
        const std::string name = fmt::format("crash_{}_{}", static_cast<int>(mode), operations);
        SCOPED_TRACE(name);
        std::filesystem::copy(PathOf("prepared"), PathOf(name),
                              std::filesystem::copy_options::recursive);
        const auto disk = storage::OpenLocalStorage(PathOf(name));
        Rows rows = Read(name);
        const auto faulty = std::make_shared<storage::FaultyStorage>(disk, operations, mode);
        const Status status = service(*Table::Open(faulty).ValueOrDie());
        failed = faulty->failed();
        ASSERT_EQ(status.ok(), !failed) << status;
        EXPECT_EQ(Read(name), rows);
        const auto table = Open(disk, definition);
        ASSERT_TRUE(WriteRange(*table, 1000, 1002, 1).ok());
        rows[1000] = rows[1001] = {1, "v1"};
        EXPECT_EQ(Read(name), rows);
        const Status again = service(*table);
        ASSERT_TRUE(again.ok()) << again;
        EXPECT_EQ(Read(name), rows);
        const auto cleaned = Clean(*table);
        ASSERT_TRUE(cleaned.ok()) << cleaned.status();
        EXPECT_EQ(Read(name), rows);
        EXPECT_EQ(Orphans(name), std::set<std::string>());
        if (HasFailure()) return;
        std::filesystem::remove_all(PathOf(name));
      }
    }
  }

  const TestFolder folder_;
};

}  // namespace headrace::hudi
