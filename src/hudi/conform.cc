#include "hudi/conform.h"

#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>

namespace headrace::hudi {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;

// Replaces type and children of an array whose own buffers stay.
ArrayPtr WithChildren(const arrow::Array& array, const TypePtr& type,
                      std::vector<std::shared_ptr<arrow::ArrayData>> children) {
  auto data = array.data()->Copy();
  data->type = type;
  data->child_data = std::move(children);
  return arrow::MakeArray(std::move(data));
}

Result<ArrayPtr> ConformStruct(const arrow::Array& array, const TypePtr& type) {
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  const int64_t length = array.offset() + array.length();
  for (const auto& field : type->fields()) {
    const int index =
        static_cast<const arrow::StructType&>(*array.type()).GetFieldIndex(field->name());
    ArrayPtr child;
    if (index < 0) {
      ASSIGN_OR_RAISE(child, arrow::MakeArrayOfNull(field->type(), length));
    } else {
      ASSIGN_OR_RAISE(child,
                      Conform(arrow::MakeArray(array.data()->child_data[index]), field->type()));
    }
    children.push_back(child->data());
  }
  return WithChildren(array, type, std::move(children));
}

Result<ArrayPtr> ConformList(const arrow::Array& array, const TypePtr& type) {
  ASSIGN_OR_RAISE(ArrayPtr items,
                  Conform(arrow::MakeArray(array.data()->child_data[0]), type->field(0)->type()));
  return WithChildren(array, type, {items->data()});
}

}  // namespace

Result<ArrayPtr> Conform(const ArrayPtr& array, const TypePtr& type) {
  if (array->type()->Equals(*type, /*check_metadata=*/true)) return array;
  const arrow::Type::type id = array->type_id();
  if (id == type->id()) {
    if (id == arrow::Type::STRUCT) return ConformStruct(*array, type);
    if (id == arrow::Type::LIST || id == arrow::Type::MAP) return ConformList(*array, type);
  }
  ASSIGN_OR_RAISE(const arrow::Datum cast,
                  arrow::compute::Cast(array, type, arrow::compute::CastOptions::Safe()));
  return cast.make_array();
}

Result<std::shared_ptr<arrow::RecordBatch>> Conform(
    const std::shared_ptr<arrow::RecordBatch>& batch,
    const std::shared_ptr<arrow::Schema>& schema) {
  if (batch->schema()->Equals(*schema, /*check_metadata=*/false)) return batch;
  arrow::ArrayVector columns;
  for (const auto& field : schema->fields()) {
    ArrayPtr column = batch->GetColumnByName(field->name());
    if (column == nullptr) {
      ASSIGN_OR_RAISE(column, arrow::MakeArrayOfNull(field->type(), batch->num_rows()));
    } else {
      ASSIGN_OR_RAISE(column, Conform(column, field->type()));
    }
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

}  // namespace headrace::hudi
