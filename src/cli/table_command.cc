#include "cli/table_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "cli/failure.h"
#include "cli/pipeline_file.h"
#include "cli/table_reports.h"
#include "cli/table_services.h"
#include "pipeline/storage_options.h"
#include "storage/open_storage.h"

namespace headrace::cli {
namespace {

struct Arguments {
  std::string path;  // or, of the pipeline file, a sink
  std::string file;  // of a pipeline; may be empty
  bool all = false;
  ServiceArguments service;
  std::optional<TableTargets> targets;
};

// Finds the table among the sinks of the pipeline file: by the sink's name or by the path.
Result<std::shared_ptr<storage::Storage>> OpenSink(const pipeline::Pipeline& pipeline,
                                                   Arguments* arguments) {
  std::string names;
  for (const pipeline::Sink& sink : pipeline.sinks) {
    const auto* hudi = std::get_if<pipeline::HudiSink>(&sink.connector);
    if (hudi == nullptr) continue;
    names += (names.empty() ? "" : ", ") + sink.name;
    if (arguments->path != sink.name && arguments->path != hudi->path) continue;
    // Partitions that are overwritten aren't merged.
    const bool overwrites = hudi->mode == pipeline::HudiSink::Mode::kOverwritePartitions;
    arguments->targets = TableTargets{.freshness_us = hudi->freshness_us,
                                      .file_size_bytes = overwrites ? 0 : hudi->file_size_bytes,
                                      .compact_after = hudi->compact_after};
    return storage::OpenStorage(hudi->path, pipeline::StorageOptionsOf(pipeline));
  }
  return UserError("the pipeline writes no Hudi table '" + arguments->path + "'",
                   names.empty() ? "it has no Hudi sinks" : "its Hudi sinks are: " + names);
}

// One of the words after `headrace table`.
struct Action {
  CLI::App* app;
  // Returns the exit status.
  std::function<Result<int>(const std::shared_ptr<storage::Storage>&, bool json)> run;
};

// An action on a table that can be opened.
template <typename Run>
auto OnTable(Run run) {
  return [run](const std::shared_ptr<storage::Storage>& storage, bool json) -> Result<int> {
    ASSIGN_OR_RAISE(const auto table, hudi::Table::Open(storage));
    RETURN_NOT_OK(run(*table, json));
    return kSuccess;
  };
}

CLI::App* Declare(CLI::App& app, const std::string& name, const std::string& summary,
                  Arguments* arguments) {
  CLI::App* sub = app.add_subcommand(name, summary);
  sub->fallthrough();  // --json may stand after it
  sub->add_option("PATH", arguments->path, "the place of the table: a folder, s3://bucket/path")
      ->required();
  sub->add_option("--file", arguments->file,
                  "a pipeline file: PATH may then be the name of one of its sinks");
  return sub;
}

// Puts a number of bytes in the place of a size. Returns what is wrong with it.
std::string ReadMemory(std::string& size) {
  const auto bytes = ParseSize(size);
  if (!bytes.ok()) return bytes.status().message();
  if (*bytes < int64_t{128} << 20 || *bytes > int64_t{1} << 40)
    return "'" + size + "' is not from 128 MiB to 1 TiB";
  size = std::to_string(*bytes);
  return "";
}

// Puts a number of microseconds in the place of a duration. Returns what is wrong with it.
std::string ReadAge(std::string& duration) {
  const auto age_us = ParseDuration(duration);
  if (!age_us.ok()) return age_us.status().message();
  duration = std::to_string(*age_us);
  return "";
}

// Adds what changes a table.
void DeclareServices(CLI::App& app, Arguments* values, std::vector<Action>* actions) {
  using Service = Status (*)(hudi::Table&, const ServiceArguments&, bool);
  const auto add = [&](const char* name, const char* summary, Service service) {
    actions->push_back({Declare(app, name, summary, values),
                        OnTable([values, service](hudi::Table& table, bool json) {
                          return service(table, values->service, json);
                        })});
    CLI::App* const sub = actions->back().app;
    sub->add_flag("--stopped", values->service.stopped,
                  "no pipeline writes the table: carry on or roll back what is in flight");
    return sub;
  };
  CLI::App* const compact = add("compact", "Merge log files into base files", CompactTable);
  compact
      ->add_option("--memory", values->service.memory_bytes,
                   "how much to hold in memory, at least '128 MiB' (default '256 MiB')")
      ->transform(CLI::Validator(ReadMemory, "SIZE"));
  compact
      ->add_option("--log-files", values->service.log_files_min,
                   "only file slices with so many log files (default 1)")
      ->check(CLI::PositiveNumber);
  CLI::App* const clean = add("clean", "Delete files that no reader needs", CleanTable);
  clean
      ->add_option("--commits", values->service.commits_retained,
                   "keep what the newest commits read, so many of them (default 10)")
      ->check(CLI::PositiveNumber);
  clean
      ->add_option("--keep-for", values->service.keep_for_us,
                   "and what the commits of so long ago read: '2 h'")
      ->transform(CLI::Validator(ReadAge, "DURATION"));
  add("rollback", "Take the newest commit back", RollBackTable)
      ->add_option("INSTANT", values->service.instant, "the commit, as history names it")
      ->required();
  add("restore", "Take back every commit after one", RestoreTable)
      ->add_option("INSTANT", values->service.instant, "the commit, as history names it")
      ->required();
}

RunFunction DeclareTable(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  Arguments* const values = arguments.get();
  app.require_subcommand(1);
  std::vector<Action> actions;
  actions.push_back({Declare(app, "show", "Show what a table is and holds", values),
                     OnTable([values](hudi::Table& table, bool json) {
                       return ShowTable(table, values->targets, json);
                     })});
  actions.push_back({Declare(app, "history", "List the actions on a table", values),
                     OnTable([values](hudi::Table& table, bool json) {
                       return ShowHistory(table, values->all, json);
                     })});
  actions.back().app->add_flag("--all", values->all, "also what is archived");
  actions.push_back({Declare(app, "files", "List the data files of a table", values),
                     OnTable([values](hudi::Table& table, bool json) {
                       return ShowFiles(table, values->all, json);
                     })});
  actions.back().app->add_flag("--all", values->all, "also older and replaced file slices");
  actions.push_back({Declare(app, "validate", "Read a whole table and check all of it", values),
                     [](const auto& storage, bool json) -> Result<int> {
                       ASSIGN_OR_RAISE(const bool is_good, ValidateTable(*storage, json));
                       return is_good ? kSuccess : kRunFailed;
                     }});
  DeclareServices(app, values, &actions);
  return [arguments, actions](const GlobalOptions& options) {
    std::optional<pipeline::Pipeline> pipeline;
    if (!arguments->file.empty()) {
      pipeline = ReadPipelineFile(arguments->file, options);
      if (!pipeline) return static_cast<int>(kUsageFailed);
    }
    const auto storage =
        pipeline ? OpenSink(*pipeline, arguments.get()) : storage::OpenStorage(arguments->path);
    if (!storage.ok()) return Fail("table", storage.status());
    for (const Action& action : actions) {
      if (!action.app->parsed()) continue;
      const Result<int> status = action.run(*storage, options.json);
      return status.ok() ? *status : Fail("table", status.status());
    }
    return kUsageFailed;
  };
}

}  // namespace

Command TableCommand() {
  return {.name = "table",
          .summary = "Look into a Hudi table, and after it: show, validate, compact, ...",
          .examples =
              "headrace table show lake/quakes            # also while a pipeline writes it\n"
              "headrace table show --file quakes.yaml quakes_table   # and how far it is from its "
              "targets\n"
              "headrace table history lake/quakes --json  # an object an action\n"
              "headrace table files lake/quakes --all     # older file slices, too\n"
              "headrace table validate lake/quakes        # exit status 1 if anything is wrong\n"
              "headrace table clean lake/quakes --commits 3",
          .declare = DeclareTable};
}

}  // namespace headrace::cli
