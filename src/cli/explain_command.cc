#include "cli/explain_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/explanation.h"
#include "cli/pipeline_file.h"

namespace headrace::cli {

Command ExplainCommand() {
  return {.name = "explain",
          .summary = "Show the plan: operators, state, watermarks, where each column comes from",
          .examples =
              "headrace explain quakes.yaml\n"
              "headrace explain quakes.yaml --json | jq '.views[].columns'",
          .declare = [](CLI::App& app) -> RunFunction {
            auto file = std::make_shared<std::string>();
            app.add_option("FILE", *file, "the pipeline file")->required();
            return [file](const GlobalOptions& options) {
              const auto pipeline = ReadPipelineFile(*file, options);
              if (!pipeline) return kUsageFailed;
              const Explanation explanation = Explain(*pipeline);
              const std::string text =
                  options.json ? ExplanationJson(explanation) : ExplanationText(explanation);
              std::fputs(text.c_str(), stdout);
              return kSuccess;
            };
          }};
}

}  // namespace headrace::cli
