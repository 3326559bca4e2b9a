// What the tests of tables share: a small schema, its rows, and a folder for tables.
#pragma once

#include <arrow/array.h>
#include <arrow/builder.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/test_folder.h"
#include "hudi/commit.h"
#include "hudi/snapshot.h"
#include "hudi/table.h"

namespace headrace::hudi {

// A row of the tables of the tests; the rows of a table by region and id.
struct Row {
  std::string region;
  int64_t id = 0;
  int64_t updated = 0;
  std::optional<std::string> name;
  std::optional<int64_t> extra = {}, x = {}, y = {};  // of a table that got more columns
  bool operator==(const Row&) const = default;
};
using Rows = std::map<std::pair<std::string, int64_t>, Row>;

inline void PrintTo(const Row& row, std::ostream* out) {
  *out << fmt::format("{}/{} at {}: {}, {}, ({}, {})", row.region, row.id, row.updated,
                      row.name.value_or("NULL"), row.extra.value_or(-1), row.x.value_or(-1),
                      row.y.value_or(-1));
}

inline std::shared_ptr<arrow::Schema> TestSchema() {
  return arrow::schema(
      {arrow::field("id", arrow::int64(), false), arrow::field("region", arrow::utf8()),
       arrow::field("updated", arrow::int64()), arrow::field("name", arrow::utf8())});
}

inline std::vector<std::shared_ptr<arrow::RecordBatch>> ToBatches(const std::vector<Row>& rows) {
  arrow::Int64Builder ids, updates;
  arrow::StringBuilder regions, names;
  for (const Row& row : rows) {
    EXPECT_TRUE(ids.Append(row.id).ok() && regions.Append(row.region).ok());
    EXPECT_TRUE(updates.Append(row.updated).ok());
    EXPECT_TRUE(row.name ? names.Append(*row.name).ok() : names.AppendNull().ok());
  }
  return {arrow::RecordBatch::Make(
      TestSchema(), static_cast<int64_t>(rows.size()),
      {*ids.Finish(), *regions.Finish(), *updates.Finish(), *names.Finish()})};
}

// The value of an INT or BIGINT column, perhaps null; nothing where there is no such column.
inline std::optional<int64_t> IntegerAt(const std::shared_ptr<arrow::Array>& column, int64_t row) {
  if (column == nullptr || column->IsNull(row)) return std::nullopt;
  if (column->type_id() == arrow::Type::INT32)
    return static_cast<const arrow::Int32Array&>(*column).Value(row);
  return static_cast<const arrow::Int64Array&>(*column).Value(row);
}

inline Rows RowsOf(const arrow::Table& table) {
  Rows rows;
  const auto batch = table.CombineChunksToBatch().ValueOrDie();
  const auto& ids = static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("id"));
  const auto& regions = static_cast<const arrow::StringArray&>(*batch->GetColumnByName("region"));
  const auto& updates = static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("updated"));
  const auto& names = static_cast<const arrow::StringArray&>(*batch->GetColumnByName("name"));
  const auto extra = batch->GetColumnByName("extra");
  const auto place = std::static_pointer_cast<arrow::StructArray>(batch->GetColumnByName("place"));
  for (int64_t i = 0; i < batch->num_rows(); ++i) {
    Row row{regions.GetString(i), ids.Value(i), updates.Value(i), std::nullopt};
    if (names.IsValid(i)) row.name = names.GetString(i);
    row.extra = IntegerAt(extra, i);
    if (place != nullptr && place->IsValid(i)) {
      row.x = IntegerAt(place->GetFieldByName("x"), i);
      row.y = IntegerAt(place->GetFieldByName("y"), i);
    }
    EXPECT_TRUE(rows.emplace(std::pair(row.region, row.id), row).second) << "a key came twice";
  }
  return rows;
}

inline Rows ReadRows(const std::string& path) {
  const auto result = ReadTable(path);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? RowsOf(**result) : Rows();
}

// A test with a folder of its own for tables.
class TableTest : public ::testing::Test {
 protected:
  std::string PathOf(const std::string& name) { return folder_.path(name); }

  static TableDefinition Definition() {
    TableDefinition definition;
    definition.name = "events";
    definition.schema = TestSchema();
    definition.key = {"id"};
    definition.partition_by = {"region"};
    definition.order_by = "updated";
    return definition;
  }

  static std::unique_ptr<Table> OpenTable(const std::string& path,
                                          const TableDefinition& definition = Definition()) {
    auto table = Table::OpenOrCreate(storage::OpenLocalStorage(path), definition);
    EXPECT_TRUE(table.ok()) << table.status();
    return std::move(table).ValueOrDie();
  }

  static Status WriteCommit(Table& table, const std::vector<Row>& upserts,
                            const std::vector<Row>& deletes,
                            const std::map<std::string, std::string>& extra = {}) {
    ASSIGN_OR_RAISE(const auto commit, table.Begin());
    RETURN_NOT_OK(commit->Write(ToBatches(upserts), ToBatches(deletes)));
    return commit->Complete(extra);
  }

  const TestFolder folder_;
};

}  // namespace headrace::hudi
