// What a table must hold after a random history: Hudi's merge rules, in memory, and nothing of
// headrace's own code.
#pragma once

#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hudi/table_test_support.h"

namespace headrace::hudi {

// Upserts and deletes of distinct keys: one commit.
struct Change {
  std::vector<Row> upserts, deletes;
};

// The columns of a table that gets more and wider ones, from version 0 to kSchemaVersions - 1.
constexpr int kSchemaVersions = 3;
inline std::shared_ptr<arrow::Schema> SchemaOfVersion(int version) {
  using arrow::field;
  if (version == 0) {
    const auto name = field("name", arrow::utf8(), /*nullable=*/false);
    return TestSchema()->SetField(3, name).ValueOrDie();
  }
  arrow::FieldVector fields = TestSchema()->fields();
  fields.push_back(field("extra", version == 1 ? arrow::int32() : arrow::int64()));
  fields.push_back(field("place", version == 1 ? arrow::struct_({field("x", arrow::int32())})
                                               : arrow::struct_({field("x", arrow::int64()),
                                                                 field("y", arrow::int64())})));
  return arrow::schema(std::move(fields));
}

// The values of one of the columns above, as its type.
inline std::shared_ptr<arrow::Array> IntegersOf(const std::vector<Row>& rows,
                                                std::optional<int64_t> Row::*member,
                                                const arrow::DataType& type) {
  arrow::Int32Builder narrow;
  arrow::Int64Builder wide;
  for (const Row& row : rows) {
    const auto& value = row.*member;
    EXPECT_TRUE(value ? narrow.Append(static_cast<int32_t>(*value)).ok()
                      : narrow.AppendNull().ok());
    EXPECT_TRUE(value ? wide.Append(*value).ok() : wide.AppendNull().ok());
  }
  return type.id() == arrow::Type::INT32 ? narrow.Finish().ValueOrDie()
                                         : wide.Finish().ValueOrDie();
}

inline std::vector<std::shared_ptr<arrow::RecordBatch>> ToBatches(const std::vector<Row>& rows,
                                                                  int version) {
  const auto schema = SchemaOfVersion(version);
  arrow::ArrayVector columns = ToBatches(rows)[0]->columns();
  if (version > 0) {
    columns.push_back(IntegersOf(rows, &Row::extra, *schema->field(4)->type()));
    const arrow::FieldVector fields = schema->field(5)->type()->fields();
    arrow::ArrayVector parts = {IntegersOf(rows, &Row::x, *fields[0]->type())};
    if (version > 1) parts.push_back(IntegersOf(rows, &Row::y, *fields[1]->type()));
    columns.push_back(arrow::StructArray::Make(parts, fields).ValueOrDie());
  }
  return {arrow::RecordBatch::Make(schema, static_cast<int64_t>(rows.size()), std::move(columns))};
}

// Up to `rows_max` changes; `regions` and ids are few, so that keys come again and again.
inline Change RandomChange(std::mt19937& random, int rows_max, int version) {
  Change change;
  std::set<std::pair<std::string, int64_t>> keys;
  const int rows = static_cast<int>(random() % (rows_max + 1));
  for (int i = 0; i < rows; ++i) {
    Row row;
    row.region = std::vector<std::string>{"eu", "us", "ap-1"}[random() % 3];
    row.id = static_cast<int64_t>(random() % 60) - 5;
    row.updated = static_cast<int64_t>(random() % 20);
    if (version == 0 || random() % 4 != 0) row.name = fmt::format("n\u00e9{}", random() % 1000);
    const int64_t scale = version == 1 ? 1'000 : 10'000'000'000;
    if (version > 0 && random() % 3 != 0) row.extra = static_cast<int64_t>(random() % 100) * scale;
    if (version > 0 && random() % 3 != 0) row.x = static_cast<int64_t>(random() % 100) * -scale;
    if (version > 1 && random() % 3 != 0) row.y = static_cast<int64_t>(random() % 100);
    if (!keys.emplace(row.region, row.id).second) continue;
    (random() % 4 == 0 ? change.deletes : change.upserts).push_back(row);
  }
  return change;
}

// A merge-on-read table keeps a delete, with its ordering value, until its file group is compacted;
// a copy-on-write table forgets it at once. Then an older version of the key may come back.
class Oracle {
 public:
  Oracle(bool is_ordered, bool is_copy_on_write)
      : is_ordered_(is_ordered), is_copy_on_write_(is_copy_on_write) {}

  void Commit(const Change& change) {
    log_.push_back(change);
    if (is_copy_on_write_) Compact(log_.size());
  }

  // The number of commits that are not compacted: what a compaction that is planned now takes.
  size_t logs() const { return log_.size(); }

  // Makes the first `logs` commits the base of all that comes: deletes are forgotten.
  void Compact(size_t logs) {
    Versions versions = base_;
    for (size_t i = 0; i < logs; ++i) Apply(log_[i], &versions);
    std::erase_if(versions, [](const auto& item) { return item.second.is_deleted; });
    base_ = std::move(versions);
    log_.erase(log_.begin(), log_.begin() + static_cast<ptrdiff_t>(logs));
  }

  Rows rows() const {
    Versions versions = base_;
    for (const Change& change : log_) Apply(change, &versions);
    Rows live;
    for (const auto& [key, version] : versions)
      if (!version.is_deleted) live[key] = version.row;
    return live;
  }

 private:
  struct Version {
    Row row;
    bool is_deleted = false;
  };
  using Versions = std::map<std::pair<std::string, int64_t>, Version>;

  void Apply(const Change& change, Versions* versions) const {
    for (const Row& row : change.upserts) Apply(row, false, versions);
    for (const Row& row : change.deletes) Apply(row, true, versions);
  }
  void Apply(const Row& row, bool is_delete, Versions* versions) const {
    const std::pair key(row.region, row.id);
    const auto known = versions->find(key);
    if (is_ordered_ && known != versions->end() && row.updated < known->second.row.updated) return;
    (*versions)[key] = {row, is_delete};
  }

  bool is_ordered_;
  bool is_copy_on_write_;
  Versions base_;
  std::vector<Change> log_;
};

}  // namespace headrace::hudi
