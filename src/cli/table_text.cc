#include "cli/table_text.h"

#include <arrow/array.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/display_width.h"
#include "format/json_writer.h"

namespace headrace::cli {
namespace {

constexpr int kCellWidthMax = 80;

// The text of a value that isn't null: as JSON, but a string as it is.
std::string TextOf(const arrow::Array& array, int64_t row) {
  if (array.type_id() == arrow::Type::STRING)
    return static_cast<const arrow::StringArray&>(array).GetString(row);
  std::string text;
  format::WriteJsonValue(array, row, &text);
  // Instants, dates and bytes are strings in JSON, without anything that needs an escape.
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  return text;
}

// One line, and not too long a one.
std::string CellOf(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return "NULL";
  std::string cell;
  for (const char c : TextOf(array, row)) {
    const uint8_t byte = static_cast<uint8_t>(c);
    if (c == '\n') {
      cell += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      cell += fmt::format("\\x{:02x}", byte);
    } else {
      cell.push_back(c);
    }
  }
  if (DisplayWidth(cell) <= kCellWidthMax) return cell;
  while (DisplayWidth(cell) >= kCellWidthMax) {
    while ((static_cast<uint8_t>(cell.back()) & 0xC0) == 0x80) cell.pop_back();
    cell.pop_back();
  }
  return cell + "\u2026";
}

bool IsNumber(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || arrow::is_floating(type.id()) ||
         arrow::is_decimal(type.id());
}

void AppendPadded(const std::string& cell, int width, bool is_right, std::string* out) {
  const std::string padding(width - DisplayWidth(cell), ' ');
  *out += is_right ? padding + cell : cell + padding;
}

// Calls `visit(batch, row)` for every row.
template <typename Visit>
void ForEachRow(const arrow::Table& table, Visit visit) {
  arrow::TableBatchReader reader(table);
  for (const auto& batch : reader) {
    for (int64_t row = 0; row < (*batch)->num_rows(); ++row) visit(**batch, row);
  }
}

std::string Aligned(const arrow::Table& table) {
  std::vector<std::vector<std::string>> lines(1);
  std::vector<int> widths;
  for (const auto& field : table.schema()->fields()) {
    lines[0].push_back(field->name());
    widths.push_back(DisplayWidth(field->name()));
  }
  ForEachRow(table, [&](const arrow::RecordBatch& batch, int64_t row) {
    std::vector<std::string>& line = lines.emplace_back();
    for (int i = 0; i < batch.num_columns(); ++i) {
      line.push_back(CellOf(*batch.column(i), row));
      widths[i] = std::max(widths[i], DisplayWidth(line.back()));
    }
  });
  std::string out;
  for (size_t n = 0; n < lines.size(); ++n) {
    for (size_t i = 0; i < lines[n].size(); ++i) {
      out += i == 0 ? " " : " | ";
      AppendPadded(lines[n][i], widths[i], IsNumber(*table.field(static_cast<int>(i))->type()),
                   &out);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
    if (n > 0) continue;
    for (size_t i = 0; i < widths.size(); ++i)
      out += (i == 0 ? "-" : "-+-") + std::string(widths[i], '-');
    out += "-\n";
  }
  const size_t rows = lines.size() - 1;
  return out + fmt::format("({} row{})\n", rows, rows == 1 ? "" : "s");
}

void AppendCsvField(const std::string& text, std::string* out) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) {
    *out += text;
    return;
  }
  *out += '"';
  for (const char c : text) {
    if (c == '"') *out += '"';
    *out += c;
  }
  *out += '"';
}

std::string Csv(const arrow::Table& table) {
  std::string out;
  for (int i = 0; i < table.num_columns(); ++i) {
    if (i > 0) out += ',';
    AppendCsvField(table.field(i)->name(), &out);
  }
  out += "\r\n";
  ForEachRow(table, [&](const arrow::RecordBatch& batch, int64_t row) {
    for (int i = 0; i < batch.num_columns(); ++i) {
      if (i > 0) out += ',';
      if (batch.column(i)->IsValid(row)) AppendCsvField(TextOf(*batch.column(i), row), &out);
    }
    out += "\r\n";
  });
  return out;
}

}  // namespace

std::string RenderTable(const arrow::Table& table, TableForm form) {
  if (form == TableForm::kAligned) return Aligned(table);
  if (form == TableForm::kCsv) return Csv(table);
  std::string out;
  ForEachRow(table, [&](const arrow::RecordBatch& batch, int64_t row) {
    format::WriteJsonRow(batch, row, &out);
    out += '\n';
  });
  return out;
}

}  // namespace headrace::cli
