#include "cli/check_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/pipeline_file.h"

namespace headrace::cli {
namespace {

std::string Count(size_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

int Check(const std::string& file, const GlobalOptions& options) {
  std::string text;
  const auto pipeline = ReadPipelineFile(file, options, &text);
  if (!pipeline) return kUsageFailed;
  const auto tests = ReadTests(file, text, *pipeline, options);
  if (!tests) return kUsageFailed;
  if (options.json) {
    const nlohmann::ordered_json result = {{"file", file},
                                           {"ok", true},
                                           {"sources", pipeline->sources.size()},
                                           {"views", pipeline->views.size()},
                                           {"sinks", pipeline->sinks.size()},
                                           {"tests", tests->size()},
                                           {"diagnostics", nlohmann::json::array()}};
    fmt::print("{}\n", result.dump(2));
  } else {
    fmt::print("{}: ok: {}, {}, {}, {}\n", file, Count(pipeline->sources.size(), "source"),
               Count(pipeline->views.size(), "view"), Count(pipeline->sinks.size(), "sink"),
               Count(tests->size(), "test"));
  }
  return kSuccess;
}

}  // namespace

Command CheckCommand() {
  return {.name = "check",
          .summary = "Check a pipeline file: all its errors at once, nothing is started",
          .examples =
              "headrace check quakes.yaml\n"
              "headrace check quakes.yaml --json   # diagnostics for an editor or CI",
          .declare = [](CLI::App& app) -> RunFunction {
            auto file = std::make_shared<std::string>();
            app.add_option("FILE", *file, "the pipeline file")->required();
            return [file](const GlobalOptions& options) { return Check(*file, options); };
          }};
}

}  // namespace headrace::cli
