#include "cli/schema_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "pipeline/pipeline.h"

namespace headrace::cli {

Command SchemaCommand() {
  return {.name = "schema",
          .summary = "Print the JSON Schema of pipeline files, for editors",
          .examples =
              "headrace schema > pipeline.schema.json\n"
              "# then, as the first line of a pipeline file:\n"
              "#   # yaml-language-server: $schema=pipeline.schema.json",
          .declare = [](CLI::App& app) -> RunFunction {
            auto markdown = std::make_shared<bool>(false);
            // For docs/PIPELINE_FILE.md, so not in the help.
            app.add_flag("--markdown", *markdown, "print the key reference instead")->group("");
            return [markdown](const GlobalOptions&) {
              const std::string text =
                  *markdown ? pipeline::PipelineKeyReference() : pipeline::PipelineJsonSchema();
              std::fputs(text.c_str(), stdout);
              return kSuccess;
            };
          }};
}

}  // namespace headrace::cli
