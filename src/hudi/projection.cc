#include "hudi/projection.h"

#include <arrow/array/array_primitive.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using SchemaPtr = std::shared_ptr<arrow::Schema>;

class Projection : public arrow::RecordBatchReader {
 public:
  Projection(std::shared_ptr<arrow::RecordBatchReader> rows, SchemaPtr output, Predicate predicate)
      : rows_(std::move(rows)), output_(std::move(output)), predicate_(std::move(predicate)) {}

  SchemaPtr schema() const override { return output_; }

  Status ReadNext(BatchPtr* batch) override {
    do {
      RETURN_NOT_OK(rows_->ReadNext(batch));
      if (*batch == nullptr) return Status::OK();
      ASSIGN_OR_RAISE(*batch, FilterRows(*batch, predicate_));
    } while ((*batch)->num_rows() == 0);
    const auto& all = (*batch)->columns();
    arrow::ArrayVector columns(all.begin(), all.begin() + output_->num_fields());
    *batch = arrow::RecordBatch::Make(output_, (*batch)->num_rows(), std::move(columns));
    return Status::OK();
  }

 private:
  const std::shared_ptr<arrow::RecordBatchReader> rows_;
  const SchemaPtr output_;
  const Predicate predicate_;
};

}  // namespace

Result<SchemaPtr> ColumnsOf(Table& table, const std::vector<std::string>& names) {
  if (names.empty()) return table.schema();
  return WithColumns(table, arrow::Schema({}), names);
}

Result<SchemaPtr> WithColumns(Table& table, const arrow::Schema& schema,
                              const std::vector<std::string>& names) {
  const auto all = WithMetaColumns(*table.schema());
  arrow::FieldVector fields = schema.fields();
  for (const std::string& name : names) {
    const auto field = all->GetFieldByName(name);
    if (field == nullptr)
      return UserError(
          fmt::format("the Hudi table {} has no column '{}'", table.storage().root(), name),
          fmt::format("its columns are: {}", fmt::join(table.schema()->field_names(), ", ")));
    const auto is_same = [&](const auto& known) { return known->name() == name; };
    if (std::none_of(fields.begin(), fields.end(), is_same)) fields.push_back(field);
  }
  return arrow::schema(std::move(fields));
}

Result<BatchPtr> TakeRows(const BatchPtr& batch, const std::vector<int64_t>& rows) {
  if (static_cast<int64_t>(rows.size()) == batch->num_rows()) return batch;
  const arrow::Int64Array indices(static_cast<int64_t>(rows.size()), arrow::Buffer::Wrap(rows));
  ASSIGN_OR_RAISE(
      const arrow::Datum taken,
      arrow::compute::Take(batch, indices, arrow::compute::TakeOptions::NoBoundsCheck()));
  return taken.record_batch();
}

std::shared_ptr<arrow::RecordBatchReader> Project(std::shared_ptr<arrow::RecordBatchReader> rows,
                                                  SchemaPtr output, const Predicate& predicate) {
  return std::make_shared<Projection>(std::move(rows), std::move(output), predicate);
}

}  // namespace headrace::hudi
