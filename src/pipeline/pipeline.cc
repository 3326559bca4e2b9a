#include "pipeline/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "pipeline/check.h"
#include "pipeline/reader.h"
#include "pipeline/tables.h"
#include "pipeline/yaml.h"

namespace headrace::pipeline {
namespace {

constexpr size_t kRelationsMax = 1000;
constexpr size_t kDiagnosticsMax = 100;  // more help nobody

// In the order of the text, so that the first error of the file is the first on the screen. What is
// used twice by an alias is wrong once.
Status AsError(std::vector<Diagnostic> diagnostics) {
  const auto offset = [](const Diagnostic& diagnostic) {
    return diagnostic.span ? diagnostic.span->offset : 0;
  };
  std::ranges::stable_sort(diagnostics, {}, offset);
  const auto repeated =
      std::ranges::unique(diagnostics, [&](const Diagnostic& a, const Diagnostic& b) {
        return offset(a) == offset(b) && a.message == b.message;
      });
  diagnostics.erase(repeated.begin(), repeated.end());
  if (diagnostics.size() > kDiagnosticsMax) {
    const size_t more = diagnostics.size() - kDiagnosticsMax;
    diagnostics.resize(kDiagnosticsMax);
    diagnostics.push_back(
        {fmt::format("{} more errors", more), "mend the ones above first", std::nullopt});
  }
  return UserError(std::move(diagnostics));
}

void Check(Checking& checking) {
  const Pipeline& pipeline = checking.pipeline;
  if (std::max({pipeline.sources.size(), pipeline.views.size(), pipeline.sinks.size()}) >
      kRelationsMax) {
    checking.Report(fmt::format("more than {} sources, views or sinks", kRelationsMax),
                    "make it several pipelines", Span{});
    return;
  }
  CheckGeneral(checking);
  CheckSources(checking);
  CheckViews(checking);
  CheckSinks(checking);
}

}  // namespace

std::shared_ptr<arrow::Schema> Pipeline::SchemaOf(std::string_view relation) const {
  for (const Source& source : sources) {
    if (source.name == relation) return source.read_schema;
  }
  for (const View& view : views) {
    if (view.name == relation) return view.plan->schema;
  }
  assert(false && "no such relation");
  return nullptr;
}

Result<Pipeline> ParsePipeline(std::string_view text, const std::string& file_name,
                               const Environment& environment) {
  std::vector<Diagnostic> diagnostics;
  const YamlNodePtr root = ParseYaml(text, diagnostics);
  if (root == nullptr) return AsError(std::move(diagnostics));
  Pipeline pipeline;
  pipeline.file_name = file_name;
  Places places(text);
  Reader(text, environment, places, diagnostics)
      .ReadTable(PipelineTable(), *root, root->span, "", &pipeline);
  Checking checking{pipeline, places, diagnostics};
  Check(checking);
  if (!diagnostics.empty()) return AsError(std::move(diagnostics));
  RETURN_NOT_OK(PruneSources(pipeline));
  return pipeline;
}

}  // namespace headrace::pipeline
