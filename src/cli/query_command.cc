#include "cli/query_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cli/hudi_relations.h"
#include "cli/pipeline_file.h"
#include "cli/table_text.h"
#include "pipeline/storage_options.h"
#include "sql/query.h"

namespace headrace::cli {
namespace {

struct QueryOptions {
  std::string statement;
  std::string file;  // of a pipeline; may be empty
  bool csv = false;
};

using Relations = std::map<std::string, std::shared_ptr<sql::Relation>>;

// The Hudi tables that a pipeline writes, by the names of its sinks.
HudiPlaces PlacesOf(const std::optional<pipeline::Pipeline>& pipeline) {
  HudiPlaces places;
  if (!pipeline) return places;
  places.storage = pipeline::StorageOptionsOf(*pipeline);
  for (const pipeline::Sink& sink : pipeline->sinks)
    if (const auto* hudi = std::get_if<pipeline::HudiSink>(&sink.connector))
      places.named[sink.name] = hudi->path;
  return places;
}

// Opens every table that the statement names.
Result<Relations> OpenRelations(const std::string& statement, const HudiPlaces& places) {
  ASSIGN_OR_RAISE(const std::vector<std::string> names, sql::TablesOf(statement));
  Relations relations;
  for (const std::string& name : names) {
    const auto table = OpenHudiRelation(name, places);
    if (!table.ok() && !places.named.contains(name) && KindOf(table.status()) == ErrorKind::kUser) {
      std::string hint =
          "quote the place of a Hudi table: FROM 'lake/quakes', FROM 's3://lake/quakes'";
      if (places.named.empty()) hint += "; or name a pipeline file with --file to query its tables";
      for (const auto& [sink, place] : places.named)
        hint += fmt::format(
            "{} {}", sink == places.named.begin()->first ? "; the pipeline's tables are:" : ",",
            sink);
      return UserError(table.status().message(), hint);
    }
    RETURN_NOT_OK(table.status());
    relations[name] = *table;
  }
  return relations;
}

int Query(const QueryOptions& query, const GlobalOptions& options) {
  std::optional<pipeline::Pipeline> pipeline;
  if (!query.file.empty()) {
    pipeline = ReadPipelineFile(query.file, options);
    if (!pipeline) return kUsageFailed;
  }
  const auto run = [&]() -> Result<std::shared_ptr<arrow::Table>> {
    const HudiPlaces places = PlacesOf(pipeline);
    ASSIGN_OR_RAISE(const Relations relations, OpenRelations(query.statement, places));
    return sql::RunQuery(query.statement, relations, HudiFunctions(places));
  };
  const auto table = run();
  if (!table.ok()) {
    for (const Diagnostic& diagnostic : DiagnosticsOf(table.status())) {
      fmt::print(stderr, "headrace query: error: {}\n", diagnostic.message);
      if (!diagnostic.hint.empty()) fmt::print(stderr, "   {}\n", diagnostic.hint);
    }
    return KindOf(table.status()) == ErrorKind::kUser ? kUsageFailed : kRunFailed;
  }
  const TableForm form = query.csv      ? TableForm::kCsv
                         : options.json ? TableForm::kJsonLines
                                        : TableForm::kAligned;
  fmt::print("{}", RenderTable(**table, form));
  return kSuccess;
}

}  // namespace

Command QueryCommand() {
  return {
      .name = "query",
      .summary = "Ask the tables that a pipeline writes, in SQL",
      .examples =
          "headrace query --file quakes.yaml \"SELECT count(*) FROM quakes_table\"\n"
          "headrace query \"SELECT * FROM 'lake/quakes' LIMIT 5\"   # a table by its folder\n"
          "headrace query \"SELECT * FROM hudi('lake/quakes', as_of => '2026-11-22 12:00:00')\"\n"
          "headrace query \"SELECT * FROM hudi_changes('lake/quakes', '2026-11-22')\"   # since "
          "then\n"
          "headrace query --csv \"SELECT id, mag FROM 'lake/quakes'\" > quakes.csv",
      .declare = [](CLI::App& app) -> RunFunction {
        auto query = std::make_shared<QueryOptions>();
        app.add_option("STATEMENT", query->statement, "a SELECT statement")->required();
        app.add_option("--file", query->file, "a pipeline file, whose sinks name the tables");
        app.add_flag("--csv", query->csv, "print CSV (RFC 4180) instead of a table");
        return [query](const GlobalOptions& options) { return Query(*query, options); };
      }};
}

}  // namespace headrace::cli
