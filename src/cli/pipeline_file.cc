#include "cli/pipeline_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

namespace headrace::cli {
namespace {

using Json = nlohmann::ordered_json;

// More than a pipeline file may have, so that too large a file is found to be one.
constexpr size_t kReadBytesMax = 2 << 20;

Result<std::string> ReadText(const std::string& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error))
    return UserError(fmt::format("'{}' is a folder", file), "name a pipeline file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return UserError(fmt::format("cannot open '{}': {}", file, std::strerror(errno)));
  std::string text(kReadBytesMax, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(stream.gcount()));
  return text;
}

// Line and column (UTF-8 characters) count from 1, as Render() has them.
Json Position(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto column =
      std::ranges::count_if(before.substr(line_start), [](char c) { return (c & 0xC0) != 0x80; });
  return {{"line", 1 + std::ranges::count(before, '\n')}, {"column", 1 + column}};
}

Json AsJson(const Diagnostic& diagnostic, const std::string& file, std::string_view text) {
  Json json = {{"file", file}};
  if (diagnostic.span) {
    const Json begin = Position(text, diagnostic.span->offset);
    json["line"] = begin["line"];
    json["column"] = begin["column"];
    json["end"] = Position(text, diagnostic.span->offset + diagnostic.span->length);
  }
  json["message"] = diagnostic.message;
  if (!diagnostic.hint.empty()) json["hint"] = diagnostic.hint;
  return json;
}

void Print(const std::vector<Diagnostic>& diagnostics, const std::string& file,
           std::string_view text, const GlobalOptions& options) {
  if (options.json) {
    Json list = Json::array();
    for (const Diagnostic& diagnostic : diagnostics) list.push_back(AsJson(diagnostic, file, text));
    const Json result = {{"file", file}, {"ok", false}, {"diagnostics", std::move(list)}};
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
    return;
  }
  for (const Diagnostic& diagnostic : diagnostics)
    fmt::print(stderr, "{}\n", Render(diagnostic, file, text));
  if (diagnostics.size() > 1) fmt::print(stderr, "{}: {} errors\n", file, diagnostics.size());
}

}  // namespace

std::string PlaceText(const std::string& file, std::string_view text, Span place) {
  const Json position = Position(text, place.offset);
  return fmt::format("{}:{}:{}", file, position["line"].get<int64_t>(),
                     position["column"].get<int64_t>());
}

std::optional<pipeline::Pipeline> ReadPipelineFile(const std::string& file,
                                                   const GlobalOptions& options,
                                                   std::string* text_out) {
  const Result<std::string> text = ReadText(file);
  if (!text.ok()) {
    Print(DiagnosticsOf(text.status()), file, "", options);
    return std::nullopt;
  }
  auto pipeline = pipeline::ParsePipeline(*text, file, ProcessEnvironment());
  if (!pipeline.ok()) {
    Print(DiagnosticsOf(pipeline.status()), file, *text, options);
    return std::nullopt;
  }
  if (text_out != nullptr) *text_out = *text;
  return *std::move(pipeline);
}

std::optional<std::vector<pipeline::Test>> ReadTests(const std::string& file, std::string_view text,
                                                     const pipeline::Pipeline& pipeline,
                                                     const GlobalOptions& options) {
  auto tests = pipeline::ReadTests(text, pipeline);
  if (tests.ok()) return *std::move(tests);
  Print(DiagnosticsOf(tests.status()), file, text, options);
  return std::nullopt;
}

}  // namespace headrace::cli
