#include "cli/state_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "cli/failure.h"
#include "cli/pipeline_file.h"
#include "cli/state_reports.h"
#include "cli/table_text.h"

namespace headrace::cli {
namespace {

// A running process may delete what is being read; what it wrote instead is read then.
constexpr int kAttempts = 5;

struct Arguments {
  std::string file;
  std::string name;
  int64_t rows_max = 100;
};

using Report = std::function<Result<std::string>(const engine::StateReader&)>;

Result<std::string> ReadState(const pipeline::Pipeline& pipeline, const Report& report) {
  const auto read = [&]() -> Result<std::string> {
    ASSIGN_OR_RAISE(const auto reader, engine::StateReader::Open(pipeline));
    return report(*reader);
  };
  Result<std::string> text = read();
  for (int i = 1; i < kAttempts && text.status().IsIOError(); ++i) text = read();
  return text;
}

Result<std::string> QueryState(const engine::StateReader& reader, const Arguments& arguments,
                               bool json) {
  bool complete = false;
  ASSIGN_OR_RAISE(const auto table,
                  StateRows(reader, arguments.name, arguments.rows_max, &complete));
  if (table == nullptr) return std::string(json ? "" : "(0 rows)\n");
  if (!complete) {
    fmt::print(stderr, "headrace state: there are more than {} rows; --limit asks for more\n",
               arguments.rows_max);
  }
  return RenderTable(*table, json ? TableForm::kJsonLines : TableForm::kAligned);
}

CLI::App* Declare(CLI::App& app, const std::string& name, const std::string& summary,
                  Arguments* arguments) {
  CLI::App* const sub = app.add_subcommand(name, summary);
  sub->fallthrough();  // --json may stand after it
  sub->add_option("FILE", arguments->file, "the pipeline file")->required();
  return sub;
}

RunFunction DeclareState(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.require_subcommand(1);
  const CLI::App* const list =
      Declare(app, "list", "List the operators that keep a state", arguments.get());
  CLI::App* const show =
      Declare(app, "show", "Show the state of an operator or view, and what it depends on",
              arguments.get());
  show->add_option("NAME", arguments->name, "an operator as list names it, a view or a source")
      ->required();
  CLI::App* const query =
      Declare(app, "query", "Print the rows of a view as they are, as far as they are in the state",
              arguments.get());
  query->add_option("VIEW", arguments->name, "a view, or a source with a key")->required();
  query->add_option("--limit", arguments->rows_max, "print at most so many rows (default 100)")
      ->check(CLI::Range(int64_t{1}, int64_t{10'000'000}));
  return [arguments, list, show](const GlobalOptions& options) {
    const auto pipeline = ReadPipelineFile(arguments->file, options);
    if (!pipeline) return kUsageFailed;
    const auto text =
        ReadState(*pipeline, [&](const engine::StateReader& reader) -> Result<std::string> {
          if (list->parsed()) return ListState(reader, options.json);
          if (show->parsed()) return ShowState(reader, arguments->name, options.json);
          return QueryState(reader, *arguments, options.json);
        });
    if (!text.ok()) return Fail("state", text.status());
    fmt::print("{}", *text);
    return kSuccess;
  };
}

}  // namespace

Command StateCommand() {
  return {.name = "state",
          .summary = "Look into what a pipeline's operators keep: list, show, query",
          .examples =
              "headrace state list quakes.yaml   # also while it runs\n"
              "headrace state show quakes.yaml activity   # how much, and what a change of "
              "the query means\n"
              "headrace state query quakes.yaml activity --limit 20\n"
              "headrace state query quakes.yaml activity --json   # an object a row",
          .declare = DeclareState};
}

}  // namespace headrace::cli
