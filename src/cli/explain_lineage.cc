#include "cli/explain_lineage.h"

#include <fmt/format.h>

#include <utility>

namespace headrace::cli {
namespace {

void AppendLeaves(const arrow::Field& field, const std::string& prefix,
                  std::vector<std::string>& leaves) {
  const std::string name = prefix + field.name();
  if (field.type()->id() != arrow::Type::STRUCT) {
    leaves.push_back(name);
    return;
  }
  for (const auto& child : field.type()->fields()) AppendLeaves(*child, name + ".", leaves);
}

}  // namespace

std::vector<SourceColumns> SourceLineage::Add(const pipeline::View& view,
                                              const std::vector<sql::ColumnLineage>& lineage) {
  std::vector<SourceColumns> columns;
  for (const sql::ColumnLineage& column : lineage) {
    SourceColumns found;
    Follow(column.direct, found.direct, found.indirect);
    // What decides about rows only decides, however it got there.
    Follow(column.indirect, found.indirect, found.indirect);
    views_[view.name][column.column] = found;
    columns.push_back(std::move(found));
  }
  return columns;
}

void SourceLineage::Follow(const ColumnPaths& paths, ColumnPaths& direct,
                           ColumnPaths& indirect) const {
  for (const sql::ColumnPath& path : paths) {
    const auto view = views_.find(path.relation);
    if (view == views_.end()) {
      direct.insert(path);
      continue;
    }
    if (path.path.empty()) continue;
    const auto column = view->second.find(path.path[0]);
    if (column == view->second.end()) continue;
    direct.insert(column->second.direct.begin(), column->second.direct.end());
    indirect.insert(column->second.indirect.begin(), column->second.indirect.end());
  }
}

std::string PathText(const sql::ColumnPath& path) {
  return fmt::format("{}.{}", path.relation, fmt::join(path.path, "."));
}

std::vector<std::string> PathTexts(const ColumnPaths& paths) {
  std::vector<std::string> texts;
  for (const sql::ColumnPath& path : paths) texts.push_back(PathText(path));
  return texts;
}

std::vector<std::string> LeafPaths(const arrow::Schema& schema) {
  std::vector<std::string> leaves;
  for (const auto& field : schema.fields()) AppendLeaves(*field, "", leaves);
  return leaves;
}

}  // namespace headrace::cli
