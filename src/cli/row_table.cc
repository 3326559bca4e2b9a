#include "cli/row_table.h"

namespace headrace::cli {

RowTable::RowTable(std::shared_ptr<arrow::Schema> schema) : schema_(std::move(schema)) {
  for (const auto& field : schema_->fields())
    builders_.push_back(arrow::MakeBuilder(field->type()).ValueOrDie());
}

Status RowTable::Add(const std::vector<Value>& values) {
  for (size_t i = 0; i < builders_.size(); ++i) {
    if (const auto* number = std::get_if<int64_t>(&values[i])) {
      RETURN_NOT_OK(static_cast<arrow::Int64Builder&>(*builders_[i]).Append(*number));
    } else if (const auto* text = std::get_if<std::string>(&values[i])) {
      RETURN_NOT_OK(static_cast<arrow::StringBuilder&>(*builders_[i]).Append(*text));
    } else {
      RETURN_NOT_OK(builders_[i]->AppendNull());
    }
  }
  return Status::OK();
}

Result<std::shared_ptr<arrow::Table>> RowTable::Finish() {
  arrow::ArrayVector columns;
  for (const auto& builder : builders_) {
    ASSIGN_OR_RAISE(auto column, builder->Finish());
    columns.push_back(std::move(column));
  }
  return arrow::Table::Make(schema_, columns);
}

}  // namespace headrace::cli
