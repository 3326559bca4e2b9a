#include "cli/query_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cli/pipeline_file.h"
#include "cli/table_text.h"
#include "hudi/snapshot.h"
#include "pipeline/storage_options.h"
#include "sql/query.h"

namespace headrace::cli {
namespace {

struct QueryOptions {
  std::string statement;
  std::string file;  // of a pipeline; may be empty
  bool csv = false;
};

using Relations = std::map<std::string, std::shared_ptr<arrow::Table>>;

// The places of the Hudi tables that a pipeline writes, by the names of its sinks.
std::map<std::string, std::string> FoldersOf(const std::optional<pipeline::Pipeline>& pipeline) {
  std::map<std::string, std::string> folders;
  if (!pipeline) return folders;
  for (const pipeline::Sink& sink : pipeline->sinks)
    if (const auto* hudi = std::get_if<pipeline::HudiSink>(&sink.connector))
      folders[sink.name] = hudi->path;
  return folders;
}

// Reads every table that the statement names, as of its newest commit.
Result<Relations> ReadRelations(const std::string& statement,
                                const std::optional<pipeline::Pipeline>& pipeline) {
  const std::map<std::string, std::string> folders = FoldersOf(pipeline);
  const storage::StorageOptions storage =
      pipeline ? pipeline::StorageOptionsOf(*pipeline) : storage::StorageOptions();
  ASSIGN_OR_RAISE(const std::vector<std::string> names, sql::TablesOf(statement));
  Relations relations;
  for (const std::string& name : names) {
    const auto known = folders.find(name);
    auto table = hudi::ReadTable(known == folders.end() ? name : known->second, {}, storage);
    if (!table.ok() && known == folders.end() && KindOf(table.status()) == ErrorKind::kUser) {
      std::string hint =
          "quote the place of a Hudi table: FROM 'lake/quakes', FROM 's3://lake/quakes'";
      if (folders.empty()) hint += "; or name a pipeline file with --file to query its tables";
      for (const auto& [sink, folder] : folders)
        hint += fmt::format(
            "{} {}", sink == folders.begin()->first ? "; the pipeline's tables are:" : ",", sink);
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
    ASSIGN_OR_RAISE(const Relations relations, ReadRelations(query.statement, pipeline));
    return sql::RunQuery(query.statement, relations);
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
  return {.name = "query",
          .summary = "Ask the tables that a pipeline writes, in SQL",
          .examples =
              "headrace query --file quakes.yaml \"SELECT count(*) FROM quakes_table\"\n"
              "headrace query \"SELECT * FROM 'lake/quakes' LIMIT 5\"   # a table by its folder\n"
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
