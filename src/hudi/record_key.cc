#include "hudi/record_key.h"

#include <arrow/array/array_decimal.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_binary.h>
#include <fmt/format.h>

#include <chrono>

namespace headrace::hudi {
namespace {

constexpr std::string_view kDefaultPartition = "__HIVE_DEFAULT_PARTITION__";

void AppendDate(int32_t days, std::string* out) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  const int year = static_cast<int>(date.year());
  // As java.time.LocalDate writes it.
  *out += fmt::format("{}{:0{}}-{:02}-{:02}",
                      year > 9999 ? "+"
                      : year < 0  ? "-"
                                  : "",
                      std::abs(year), 4, static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()));
}

// Appends a value that isn't null.
void AppendText(const arrow::Array& column, int64_t row, std::string* out) {
  switch (column.type_id()) {
    case arrow::Type::STRING:
      *out += static_cast<const arrow::StringArray&>(column).GetView(row);
      break;
    case arrow::Type::BOOL:
      *out += static_cast<const arrow::BooleanArray&>(column).Value(row) ? "true" : "false";
      break;
    case arrow::Type::INT32:
      *out += std::to_string(static_cast<const arrow::Int32Array&>(column).Value(row));
      break;
    case arrow::Type::INT64:
      *out += std::to_string(static_cast<const arrow::Int64Array&>(column).Value(row));
      break;
    case arrow::Type::DATE32:
      AppendDate(static_cast<const arrow::Date32Array&>(column).Value(row), out);
      break;
    case arrow::Type::TIMESTAMP:
      *out += std::to_string(static_cast<const arrow::TimestampArray&>(column).Value(row));
      break;
    default:  // CanBeKey() lets nothing else through
      *out += static_cast<const arrow::Decimal128Array&>(column).FormatValue(row);
  }
}

Result<std::vector<const arrow::Array*>> FindColumns(const arrow::RecordBatch& batch,
                                                     const std::vector<std::string>& names) {
  std::vector<const arrow::Array*> columns;
  for (const std::string& name : names) {
    const int index = batch.schema()->GetFieldIndex(name);
    if (index < 0) return Status::Invalid("the batch has no column '", name, "'");
    columns.push_back(batch.column(index).get());
  }
  return columns;
}

Status BadKey(const std::string& column) {
  return UserError("a record has no key: its column '" + column + "' is null or empty",
                   "filter such rows out in the view, or COALESCE the column to a value");
}

Status CheckFolderName(std::string_view name, const std::string& column) {
  constexpr std::string_view kForbidden = "/\\:%?*\"#'{}[]^=";
  bool is_good = name[0] != '.' && name.size() <= 200;
  for (const char c : name)
    is_good = is_good && static_cast<uint8_t>(c) >= 0x20 && c != 0x7F &&
              kForbidden.find(c) == std::string_view::npos;
  if (is_good) return Status::OK();
  return UserError(fmt::format("the value '{}' of the partition column '{}' cannot name a folder",
                               name.substr(0, 100), column),
                   "replace what isn't allowed in a folder's name (a leading dot, control "
                   "characters, any of " +
                       std::string(kForbidden) + ") in the view, or partition by another column");
}

}  // namespace

bool CanBeKey(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::STRING:
    case arrow::Type::BOOL:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::DATE32:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DECIMAL128:
      return true;
    default:
      return false;
  }
}

bool CanBePartition(const arrow::DataType& type) {
  return CanBeKey(type) && type.id() != arrow::Type::TIMESTAMP &&
         type.id() != arrow::Type::DECIMAL128;
}

Result<std::shared_ptr<arrow::StringArray>> RecordKeys(const arrow::RecordBatch& batch,
                                                       const std::vector<std::string>& names,
                                                       bool named) {
  ASSIGN_OR_RAISE(const auto columns, FindColumns(batch, names));
  arrow::StringBuilder builder;
  RETURN_NOT_OK(builder.Reserve(batch.num_rows()));
  std::string key;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    key.clear();
    bool has_value = false;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (named) {
        if (i > 0) key.push_back(',');
        key += names[i];
        key.push_back(':');
      }
      const size_t begin = key.size();
      const bool is_null = columns[i]->IsNull(row);
      if (!is_null) AppendText(*columns[i], row, &key);
      has_value = has_value || key.size() > begin;
      if (named && key.size() == begin) key += is_null ? "__null__" : "__empty__";
    }
    if (!has_value) return BadKey(names[0]);
    RETURN_NOT_OK(builder.Append(key));
  }
  std::shared_ptr<arrow::StringArray> keys;
  RETURN_NOT_OK(builder.Finish(&keys));
  return keys;
}

Result<std::shared_ptr<arrow::StringArray>> GeneratedKeys(const std::string& instant,
                                                          int64_t first_row, int64_t rows) {
  arrow::StringBuilder builder;
  RETURN_NOT_OK(builder.Reserve(rows));
  std::string key = instant + "_0_";
  const size_t prefix = key.size();
  for (int64_t row = 0; row < rows; ++row) {
    key.resize(prefix);
    fmt::format_to(std::back_inserter(key), "{}", first_row + row);
    RETURN_NOT_OK(builder.Append(key));
  }
  std::shared_ptr<arrow::StringArray> keys;
  RETURN_NOT_OK(builder.Finish(&keys));
  return keys;
}

Result<std::shared_ptr<arrow::StringArray>> PartitionPaths(const arrow::RecordBatch& batch,
                                                           const std::vector<std::string>& names,
                                                           bool hive_style) {
  ASSIGN_OR_RAISE(const auto columns, FindColumns(batch, names));
  arrow::StringBuilder builder;
  RETURN_NOT_OK(builder.Reserve(batch.num_rows()));
  std::string path;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    path.clear();
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) path.push_back('/');
      if (hive_style) path += names[i] + '=';
      const size_t begin = path.size();
      if (columns[i]->IsValid(row)) AppendText(*columns[i], row, &path);
      if (path.size() == begin) {
        path += kDefaultPartition;
      } else {
        RETURN_NOT_OK(CheckFolderName(std::string_view(path).substr(begin), names[i]));
      }
    }
    RETURN_NOT_OK(builder.Append(path));
  }
  std::shared_ptr<arrow::StringArray> paths;
  RETURN_NOT_OK(builder.Finish(&paths));
  return paths;
}

}  // namespace headrace::hudi
