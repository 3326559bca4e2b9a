#include "cli/run_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/logging.h"
#include "cli/pipeline_file.h"
#include "cli/pipeline_run.h"
#include "cli/run_report.h"
#include "cli/signals.h"

namespace headrace::cli {
namespace {

constexpr auto kFirstPause = std::chrono::seconds(1);
constexpr auto kPauseMax = std::chrono::seconds(16);

struct Arguments {
  std::string file;
  std::string only;
  bool until_caught_up = false;
  bool reset_state = false;
};

// Rewrites one line of the terminal until it is destroyed. Does nothing where stderr is no
// terminal.
class Progress {
 public:
  explicit Progress(const PipelineRun& run) {
    if (isatty(STDERR_FILENO) == 0) return;
    thread_ = std::jthread([&run](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        fmt::print(stderr, "\r\x1b[K{}", ProgressLine(run.Report()));
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
      }
      fmt::print(stderr, "\r\x1b[K");
    });
  }

 private:
  std::jthread thread_;
};

int Fail(const Status& status, const std::string& file) {
  for (const Diagnostic& diagnostic : DiagnosticsOf(status)) {
    fmt::print(stderr, "{}\n", Render({diagnostic.message, diagnostic.hint, {}}, file, ""));
  }
  return KindOf(status) == ErrorKind::kUser ? kUsageFailed : kRunFailed;
}

// Opens the run. One that goes on until SIGTERM waits for servers that aren't there yet, as it does
// later; one that is to end says so and ends.
Result<std::unique_ptr<PipelineRun>> Open(const pipeline::Pipeline& pipeline,
                                          const RunOptions& options, const std::stop_token& stop) {
  for (auto pause = kFirstPause;; pause = std::min(2 * pause, kPauseMax)) {
    auto opened = PipelineRun::Open(pipeline, options, stop);
    if (opened.ok() || options.until_caught_up || KindOf(opened.status()) != ErrorKind::kTransient)
      return opened;
    LogWarning("cli", "{} can't start yet: {}; trying again in {} s", pipeline.name,
               opened.status().message(), pause.count());
    const int64_t end_us = MonotonicMicros() + std::chrono::microseconds(pause).count();
    while (MonotonicMicros() < end_us && !stop.stop_requested())
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (stop.stop_requested()) return Status::Cancelled("stopped: ", opened.status().message());
  }
}

int Run(const Arguments& arguments, const GlobalOptions& options) {
  StopOnSignal stop;
  auto pipeline = ReadPipelineFile(arguments.file, options);
  if (!pipeline) return kUsageFailed;
  const std::string name = pipeline->name;
  const RunOptions run_options{.ingest = arguments.only != "process",
                               .process = arguments.only != "ingest",
                               .until_caught_up = arguments.until_caught_up,
                               .reset_state = arguments.reset_state};
  auto opened = Open(*pipeline, run_options, stop.token());
  if (opened.status().IsCancelled()) return kSuccess;
  if (!opened.ok()) return Fail(opened.status(), arguments.file);
  PipelineRun& run = **opened;
  LogInfo("cli", "{} runs{}", name,
          run.metrics_address().empty()
              ? ""
              : fmt::format("; metrics on http://{}/metrics", run.metrics_address()));

  Status status;
  {
    const Progress progress(run);
    status = run.Run(stop.token());
  }
  const RunReport report = run.Report();
  fmt::print("{}", options.json ? ReportJson(name, report) : ReportText(name, report));
  return status.ok() ? kSuccess : Fail(status, arguments.file);
}

}  // namespace

Command RunCommand() {
  return {"run", "Run a pipeline until SIGTERM, or until it has caught up",
          "headrace run quakes.yaml                    # until SIGTERM or Ctrl-C, which end the "
          "epoch first\n"
          "headrace run quakes.yaml --until-caught-up  # until everything the sources offer is "
          "processed\n"
          "headrace run quakes.yaml --only ingest      # only fill the log\n"
          "headrace run quakes.yaml --json             # the report as JSON",
          [](CLI::App& app) -> RunFunction {
            auto arguments = std::make_shared<Arguments>();
            app.add_option("FILE", arguments->file, "the pipeline file")->required();
            app.add_flag("--until-caught-up", arguments->until_caught_up,
                         "end when the sources have nothing new and everything is processed");
            app.add_option("--only", arguments->only, "run only one half: ingest or process")
                ->check(CLI::IsMember({"ingest", "process"}));
            app.add_flag("--reset-state", arguments->reset_state,
                         "forget the engine's state and process again what the log still holds");
            return [arguments](const GlobalOptions& options) { return Run(*arguments, options); };
          }};
}

}  // namespace headrace::cli
