#include "case_export.h"

#include <nlohmann/json.hpp>

#include "case_pipeline.h"
#include "sql/translate.h"
#include "sql/type.h"

namespace headrace::sql_test {
namespace {

using Json = nlohmann::ordered_json;

Json Sources(const SqlCase& test_case) {
  Json sources = Json::array();
  for (const SourceText& source : test_case.sources) {
    Json columns = Json::array();
    if (const auto schema = sql::ParseSchema(source.ddl); schema.ok()) {
      for (const auto& field : (*schema)->fields()) columns.push_back(field->name());
    }
    sources.push_back({{"name", source.name},
                       {"columns", columns},
                       {"schema", source.ddl},
                       {"key", source.key},
                       {"order_by", source.order_by}});
  }
  return sources;
}

Json Views(const SqlCase& test_case) {
  Json views = Json::array();
  for (const ViewText& view : test_case.views) {
    views.push_back({{"name", view.name},
                     {"sql", view.sql},
                     {"watermark_column", view.watermark_column},
                     {"watermark_delay", view.watermark_delay},
                     {"emit_final", view.emit_final}});
  }
  return views;
}

Json Steps(const SqlCase& test_case) {
  Json steps = Json::array();
  for (const Step& step : test_case.steps) {
    Json rows = Json::array();
    for (const InputRow& row : step.rows) {
      rows.push_back({{"source", row.source},
                      {"values", Json::parse(row.json, nullptr, false)},
                      {"tombstone", row.tombstone}});
    }
    steps.push_back(rows);
  }
  return steps;
}

Json Schema(const SqlCase& test_case) {
  const auto pipeline = MakePipeline(test_case);
  if (!pipeline.ok() || pipeline->views.empty()) return nullptr;
  Json columns = Json::array();
  for (const auto& field : pipeline->views.back().plan->schema->fields()) {
    columns.push_back({field->name(), sql::SimpleTypeName(*field->type())});
  }
  return columns;
}

}  // namespace

std::string ExportCase(const SqlCase& test_case) {
  Json rows;
  if (test_case.rows.has_value()) {
    rows = Json::array();
    for (const std::string& row : *test_case.rows) rows.push_back(Json::parse(row, nullptr, false));
  }
  const Json exported{{"file", test_case.file},
                      {"line", test_case.line},
                      {"name", test_case.name},
                      {"sources", Sources(test_case)},
                      {"views", Views(test_case)},
                      {"steps", Steps(test_case)},
                      {"rows", rows},
                      {"late", test_case.late},
                      {"rejected", test_case.rejected},
                      {"error", test_case.error},
                      {"failure", test_case.failure},
                      {"schema", Schema(test_case)}};
  return exported.dump();
}

}  // namespace headrace::sql_test
