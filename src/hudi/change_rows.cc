#include "hudi/change_rows.h"

#include <arrow/array/util.h>
#include <arrow/scalar.h>

#include <utility>

#include "hudi/parallel_reader.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using Batches = std::shared_ptr<arrow::RecordBatchReader>;

// Puts _change among the columns of batches.
Result<BatchPtr> WithChange(const BatchPtr& batch, const char* change,
                            const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ArrayVector columns;
  for (const auto& field : schema->fields()) {
    auto column = batch->GetColumnByName(field->name());
    if (field->name() == kChangeColumn) {
      ASSIGN_OR_RAISE(column,
                      arrow::MakeArrayFromScalar(arrow::StringScalar(change), batch->num_rows()));
    }
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

class Upserts : public arrow::RecordBatchReader {
 public:
  Upserts(Batches rows, std::shared_ptr<arrow::Schema> schema)
      : rows_(std::move(rows)), schema_(std::move(schema)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Status ReadNext(BatchPtr* batch) override {
    RETURN_NOT_OK(rows_->ReadNext(batch));
    if (*batch == nullptr) return Status::OK();
    return WithChange(*batch, "upsert", schema_).Value(batch);
  }

 private:
  const Batches rows_;
  const std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

std::shared_ptr<arrow::Schema> ChangeRowsSchema(const Table& table) {
  arrow::FieldVector fields = {arrow::field(kChangeColumn, arrow::utf8())};
  const auto schema = table.schema();
  for (const auto& field : schema->fields()) fields.push_back(field->WithNullable(true));
  return arrow::schema(std::move(fields));
}

Result<Batches> ReadChangeRows(Table& table, ChangeOptions options,
                               const std::vector<std::string>& columns) {
  const auto all = ChangeRowsSchema(table);
  arrow::FieldVector fields;
  options.columns = {MetaColumnNames()[kRecordKey]};  // at least one
  for (const std::string& name : columns) {
    fields.push_back(all->GetFieldByName(name));
    if (name != kChangeColumn) options.columns.push_back(name);
  }
  const auto schema = arrow::schema(std::move(fields));
  ASSIGN_OR_RAISE(std::shared_ptr<TableChanges> changes, TableChanges::Make(table, options));
  const size_t groups = changes->groups();
  return ReadParts(
      schema, 2 * groups,
      [&table, changes, groups, schema](size_t part) -> Result<Batches> {
        if (part >= groups) {
          ASSIGN_OR_RAISE(auto rows, changes->Upserts(part - groups));
          return std::make_shared<Upserts>(std::move(rows), schema);
        }
        ASSIGN_OR_RAISE(const auto ids, changes->Deletes(part));
        ASSIGN_OR_RAISE(auto rows, RowsOfIds(ids, table.config(), schema));
        ASSIGN_OR_RAISE(rows, WithChange(rows, "delete", schema));
        return arrow::RecordBatchReader::Make({std::move(rows)}, schema);
      },
      1);
}

}  // namespace headrace::hudi
