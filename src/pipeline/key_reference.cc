#include <fmt/format.h>

#include <string>

#include "pipeline/pipeline.h"
#include "pipeline/tables.h"
#include "pipeline/value_reader.h"

namespace headrace::pipeline {
namespace {

// GitHub's anchor of a heading.
std::string Anchor(const std::string& title) {
  std::string anchor;
  for (const char c : title) {
    if (c == '.') continue;
    anchor += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return anchor;
}

std::string ValueOf(const Field& field) {
  if (field.type == ValueType::kTable || field.type == ValueType::kTables) {
    return fmt::format("[{}](#{})",
                       field.type == ValueType::kTable ? "mapping" : "names to mappings",
                       Anchor(field.table->title));
  }
  std::string value = Expected(field);
  if (field.type == ValueType::kInteger && field.maximum != INT64_MAX)
    value += fmt::format(", {} to {}", field.minimum, field.maximum);
  return value;
}

std::string DefaultOf(const Field& field) {
  if (!field.unless.empty()) return fmt::format("**required**, but with `{}`", field.unless);
  if (field.required) return "**required**";
  if (!field.group.empty()) return "one " + field.group;
  return field.default_text.empty() ? "" : fmt::format("`{}`", field.default_text);
}

void AppendTable(const Table& table, std::string& out) {
  if (!table.title.empty())
    out += fmt::format("### `{}`\n\n{}\n\n", table.title, table.description);
  if (!table.fields.empty()) {
    out += "| key | value | default | meaning | example |\n|---|---|---|---|---|\n";
    for (const Field& field : table.fields) {
      out += fmt::format("| `{}` | {} | {} | {} | {} |\n", field.key, ValueOf(field),
                         DefaultOf(field), field.description,
                         field.example.empty() ? "" : fmt::format("`{}`", field.example));
    }
    out += '\n';
  }
  for (const Field& field : table.fields) {
    if (field.table != nullptr) AppendTable(*field.table, out);
  }
}

}  // namespace

std::string PipelineKeyReference() {
  std::string out;
  AppendTable(PipelineTable(), out);
  return out;
}

}  // namespace headrace::pipeline
