#include <algorithm>
#include <unordered_map>
#include <utility>

#include "format/csv_row.h"
#include "format/decoder.h"
#include "format/text_value.h"
#include "sql/analyzer.h"

namespace headrace::format {
namespace {

class CsvDecoder : public Decoder {
 public:
  CsvDecoder(const pipeline::CsvFormat& format, std::vector<std::string> names,
             std::shared_ptr<arrow::Schema> schema)
      : format_(format), schema_(std::move(schema)), row_end_(format), splitter_(format) {
    builders_ = MakeColumnBuilders(*schema_);
    if (!format_.header) SetColumns(names);
  }

  Result<DecodedBatch> Decode(const std::vector<std::string_view>& records) override {
    for (ColumnBuilder& builder : builders_)
      RETURN_NOT_OK(builder.Reserve(static_cast<int64_t>(records.size())));
    DecodedBatch out;
    int64_t rows = 0;
    for (size_t i = 0; i < records.size(); ++i) {
      path_.clear();
      bool good = false;
      RETURN_NOT_OK(DecodeRecord(records[i], &good));
      if (good) {
        ++rows;
        out.indexes.push_back(static_cast<int64_t>(i));
        continue;
      }
      for (ColumnBuilder& builder : builders_) builder.Truncate(rows);
      out.rejected.push_back({static_cast<int64_t>(i), path_, reason_});
    }
    if (out.rejected.empty()) out.indexes.clear();
    ASSIGN_OR_RAISE(out.batch, FinishBatch(schema_, rows, &builders_));
    return out;
  }

 private:
  Status DecodeRecord(std::string_view record, bool* good) {
    record = WithoutLineBreak(record);
    if (format_.header) {
      const size_t end = row_end_.Find(record);
      if (end == std::string_view::npos) {
        row_end_ = CsvRowEnd(format_);
        reason_ = "malformed CSV: no row follows the header";
        return Status::OK();
      }
      if (!ReadHeader(record.substr(0, end))) return Status::OK();
      record.remove_prefix(end + 1);
    }
    if (!splitter_.Split(record)) {
      reason_ = splitter_.reason();
      return Status::OK();
    }
    if (splitter_.fields().size() != columns_.size()) {
      reason_ = "malformed CSV: expected " + std::to_string(columns_.size()) + " fields, found " +
                std::to_string(splitter_.fields().size());
      return Status::OK();
    }
    return AppendRow(good);
  }

  static std::string_view WithoutLineBreak(std::string_view row) {
    if (row.ends_with('\n')) row.remove_suffix(1);
    if (row.ends_with('\r')) row.remove_suffix(1);
    return row;
  }

  // The rows of a file come with the same header, one after the other.
  bool ReadHeader(std::string_view header) {
    header = WithoutLineBreak(header);
    if (!columns_.empty() && header == header_) return true;
    columns_.clear();
    if (!splitter_.Split(header)) {
      reason_ = "in the header: " + splitter_.reason();
      return false;
    }
    std::vector<std::string> names;
    for (const CsvField& field : splitter_.fields()) {
      if (std::ranges::find(names, field.text) != names.end()) {
        reason_ = "malformed CSV: the header names '" + Excerpt(field.text) + "' twice";
        return false;
      }
      names.emplace_back(field.text);
    }
    SetColumns(names);
    header_ = header;
    return true;
  }

  void SetColumns(const std::vector<std::string>& names) {
    columns_.clear();
    for (const std::string& name : names) columns_.push_back(schema_->GetFieldIndex(name));
    missing_.clear();
    for (int i = 0; i < schema_->num_fields(); ++i)
      if (std::ranges::find(columns_, i) == columns_.end()) missing_.push_back(i);
  }

  Status AppendRow(bool* good) {
    *good = true;
    for (size_t i = 0; i < columns_.size() && *good; ++i)
      if (columns_[i] >= 0) RETURN_NOT_OK(AppendField(splitter_.fields()[i], columns_[i], good));
    for (size_t i = 0; i < missing_.size() && *good; ++i)
      RETURN_NOT_OK(AppendNull(missing_[i], good));
    return Status::OK();
  }

  Status AppendField(const CsvField& field, int column, bool* good) {
    ColumnBuilder& builder = builders_[static_cast<size_t>(column)];
    const bool is_text = builder.id() == arrow::Type::STRING;
    if (!field.quoted && (field.text == format_.null_text || (field.text.empty() && !is_text))) {
      return AppendNull(column, good);
    }
    RETURN_NOT_OK(AppendText(field.text, &builder, good));
    if (!*good) Reject(column, is_text ? "text that is no UTF-8" : "'" + Excerpt(field.text) + "'");
    return Status::OK();
  }

  Status AppendNull(int column, bool* good) {
    *good = schema_->field(column)->nullable();
    if (*good) return builders_[static_cast<size_t>(column)].AppendNull();
    Reject(column, "nothing");
    return Status::OK();
  }

  void Reject(int column, const std::string& found) {
    const arrow::Field& field = *schema_->field(column);
    path_ = "/" + field.name();
    reason_ = "expected " + sql::TypeName(*field.type()) + (field.nullable() ? "" : " NOT NULL") +
              ", found " + found;
  }

  const pipeline::CsvFormat format_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::vector<ColumnBuilder> builders_;
  CsvRowEnd row_end_;
  CsvRowSplitter splitter_;
  std::string header_;
  std::vector<int> columns_;  // of each field of a row the column; -1: not read
  std::vector<int> missing_;  // columns that no field has
  std::string path_;
  std::string reason_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> MakeCsvDecoder(const pipeline::CsvFormat& format,
                                                std::vector<std::string> names,
                                                std::shared_ptr<arrow::Schema> schema) {
  return std::make_unique<CsvDecoder>(format, std::move(names), std::move(schema));
}

}  // namespace headrace::format
