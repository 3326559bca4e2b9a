#include "cli/test_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/pipeline_file.h"
#include "engine/pipeline_test_run.h"
#include "pipeline/tests.h"

namespace headrace::cli {
namespace {

using Json = nlohmann::ordered_json;

struct TestOptions {
  std::string file;
  std::vector<std::string> names;  // empty: all
};

struct TestReport {
  const pipeline::Test* test = nullptr;
  engine::TestOutcome outcome;
  std::string error;  // why it could not be run
  double milliseconds = 0;

  bool passed() const { return error.empty() && outcome.passed(); }
};

TestReport RunOne(const pipeline::Pipeline& pipeline, const pipeline::Test& test) {
  TestReport report;
  report.test = &test;
  const auto start = std::chrono::steady_clock::now();
  const auto plan = engine::PlanDataflow(pipeline);
  auto outcome = plan.ok() ? engine::RunPipelineTest(pipeline, *plan, test)
                           : Result<engine::TestOutcome>(plan.status());
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  report.milliseconds = took.count();
  if (outcome.ok()) {
    report.outcome = *std::move(outcome);
  } else {
    report.error = outcome.status().message();
  }
  return report;
}

std::string When(const engine::TestFailure& failure) {
  return failure.step ? fmt::format("changes of step {}", *failure.step) : "rows in the end";
}

void PrintReport(const TestReport& report, const std::string& file, std::string_view text) {
  fmt::print("  {:6} {:<40} {:8.1f} ms\n", report.passed() ? "ok" : "FAILED", report.test->name,
             report.milliseconds);
  if (!report.error.empty())
    fmt::print("    {}: {}\n", PlaceText(file, text, report.test->place), report.error);
  for (const std::string& reason : report.outcome.rejected)
    fmt::print("    {}: a row was put aside: {}\n", PlaceText(file, text, report.test->place),
               reason);
  for (const engine::TestFailure& failure : report.outcome.failures) {
    fmt::print("    {}: {}, {}\n", PlaceText(file, text, failure.expectation->place),
               failure.expectation->name, When(failure));
    for (const std::string& row : failure.missing) fmt::print("      expected  {}\n", row);
    for (const std::string& row : failure.unexpected) fmt::print("      found     {}\n", row);
  }
}

Json AsJson(const TestReport& report, const std::string& file, std::string_view text) {
  Json failures = Json::array();
  for (const engine::TestFailure& failure : report.outcome.failures) {
    Json json = {{"place", PlaceText(file, text, failure.expectation->place)},
                 {"relation", failure.expectation->name},
                 {"missing", failure.missing},
                 {"unexpected", failure.unexpected}};
    if (failure.step) json["step"] = *failure.step;
    failures.push_back(std::move(json));
  }
  Json json = {{"name", report.test->name},
               {"ok", report.passed()},
               {"milliseconds", report.milliseconds},
               {"failures", std::move(failures)},
               {"rejected", report.outcome.rejected}};
  if (!report.error.empty()) json["error"] = report.error;
  return json;
}

// Keeps the tests that are asked for; false where one isn't there.
bool Select(const std::vector<std::string>& names, std::vector<pipeline::Test>* tests,
            const TestOptions& options) {
  std::vector<pipeline::Test> selected;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(*tests, name, &pipeline::Test::name);
    if (found == tests->end()) {
      std::vector<std::string> known;
      for (const pipeline::Test& test : *tests) known.push_back(test.name);
      fmt::print(stderr, "{}: error: there is no test '{}'\n   {}\n", options.file, name,
                 HintOfNames("tests", name, known));
      return false;
    }
    selected.push_back(*found);
  }
  if (!names.empty()) *tests = std::move(selected);
  return true;
}

int RunTests(const TestOptions& options, const GlobalOptions& global) {
  std::string text;
  const auto pipeline = ReadPipelineFile(options.file, global, &text);
  if (!pipeline) return kUsageFailed;
  auto tests = ReadTests(options.file, text, *pipeline, global);
  if (!tests) return kUsageFailed;
  if (!Select(options.names, &*tests, options)) return kUsageFailed;
  if (!global.json)
    fmt::print("{}: {} test{}\n", options.file, tests->size(), tests->size() == 1 ? "" : "s");
  size_t failed = 0;
  Json list = Json::array();
  for (const pipeline::Test& test : *tests) {
    const TestReport report = RunOne(*pipeline, test);
    failed += report.passed() ? 0 : 1;
    if (global.json) {
      list.push_back(AsJson(report, options.file, text));
    } else {
      PrintReport(report, options.file, text);
    }
  }
  if (global.json) {
    const Json result = {{"file", options.file}, {"ok", failed == 0}, {"tests", std::move(list)}};
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (failed > 0) {
    fmt::print("{} of {} failed\n", failed, tests->size());
  }
  return failed == 0 ? kSuccess : kRunFailed;
}

}  // namespace

Command TestCommand() {
  return {.name = "test",
          .summary = "Run the tests of a pipeline file: rows in, rows out, nothing is started",
          .examples =
              "headrace test quakes.yaml\n"
              "headrace test quakes.yaml corrections   # only that one\n"
              "headrace test quakes.yaml --json        # results for CI",
          .declare = [](CLI::App& app) -> RunFunction {
            auto options = std::make_shared<TestOptions>();
            app.add_option("FILE", options->file, "the pipeline file")->required();
            app.add_option("NAME", options->names, "the tests to run; without it all of them");
            return [options](const GlobalOptions& global) { return RunTests(*options, global); };
          }};
}

}  // namespace headrace::cli
