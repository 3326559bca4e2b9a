#include "cli/deploy_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/units.h"
#include "cli/pipeline_file.h"
#include "observe/prometheus_files.h"

namespace headrace::cli {
namespace {

struct Arguments {
  std::string file;
  std::string out = "prometheus";
  std::string every = "15 s";
  std::vector<std::string> without;
  observe::PrometheusOptions options;
};

int Fail(const Status& status, const std::string& file) {
  for (const Diagnostic& diagnostic : DiagnosticsOf(status))
    fmt::print(stderr, "{}\n", Render({diagnostic.message, diagnostic.hint, {}}, file, ""));
  return kUsageFailed;
}

const char* Name(observe::WriteState state) {
  switch (state) {
    case observe::WriteState::kWritten:
      return "written";
    case observe::WriteState::kChanged:
      return "changed";
    case observe::WriteState::kUnchanged:
      return "unchanged";
  }
  return "";
}

void PrintJson(const observe::PrometheusFiles& made, const std::string& folder,
               const std::vector<observe::WriteState>& states) {
  nlohmann::ordered_json json = {{"targets", nlohmann::ordered_json::array()},
                                 {"files", nlohmann::ordered_json::array()}};
  for (const observe::Target& target : made.targets) {
    json["targets"].push_back({{"component", target.component},
                               {"addresses", target.addresses},
                               {"path", target.path},
                               {"assumption", target.assumption}});
  }
  for (size_t i = 0; i < made.files.size(); ++i)
    json["files"].push_back(
        {{"path", folder + "/" + made.files[i].name}, {"state", Name(states[i])}});
  fmt::print("{}\n", json.dump(2));
}

void PrintText(const observe::PrometheusFiles& made, const std::string& folder,
               const std::vector<observe::WriteState>& states) {
  for (const observe::Target& target : made.targets) {
    fmt::print("{:<9}  {}{}{}\n", target.component, fmt::join(target.addresses, ", "), target.path,
               target.assumption.empty() ? "" : "  (" + target.assumption + ")");
  }
  size_t width = 0;
  for (const auto& file : made.files) width = std::max(width, folder.size() + 1 + file.name.size());
  fmt::print("\n");
  for (size_t i = 0; i < made.files.size(); ++i) {
    fmt::print("{:<9}  {:<{}}  {}\n", Name(states[i]), folder + "/" + made.files[i].name, width,
               made.files[i].about);
  }
  fmt::print(
      "\nto check and to use them:\n"
      "  promtool check config {0}/{1}\n"
      "  promtool test rules {0}/{2}\n"
      "  prometheus --config.file={0}/{1}\n",
      folder, made.files[0].name, made.files[3].name);
}

int DeployPrometheus(const Arguments& arguments, const GlobalOptions& options) {
  const auto every_us = ParseDuration(arguments.every);
  if (!every_us.ok() || *every_us < 100'000) {
    fmt::print(stderr, "headrace deploy: error: '{}' is no interval of 100 ms or more\n",
               arguments.every);
    return kUsageFailed;
  }
  const auto pipeline = ReadPipelineFile(arguments.file, options);
  if (!pipeline) return kUsageFailed;
  observe::PrometheusOptions wanted = arguments.options;
  wanted.pace.interval_us = *every_us;
  wanted.targets.without = {arguments.without.begin(), arguments.without.end()};
  const auto made = observe::MakePrometheusFiles(*pipeline, wanted, ProcessEnvironment());
  if (!made.ok()) return Fail(made.status(), arguments.file);
  const auto states = observe::WriteGeneratedFiles(arguments.out, made->files);
  if (!states.ok()) return Fail(states.status(), arguments.file);
  options.json ? PrintJson(*made, arguments.out, *states)
               : PrintText(*made, arguments.out, *states);
  return kSuccess;
}

RunFunction Declare(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.require_subcommand(1);
  CLI::App* prometheus = app.add_subcommand(
      "prometheus", "Write scrape configuration, recording and alerting rules, and their tests");
  prometheus->fallthrough();  // --json may stand after it
  prometheus->add_option("FILE", arguments->file, "the pipeline file")->required();
  prometheus->add_option("--out", arguments->out, "the folder to write to (default: prometheus)");
  prometheus->add_option("--every", arguments->every,
                         "how often Prometheus looks (default: 15 s); windows follow it");
  prometheus
      ->add_option("--kafka", arguments->options.targets.kafka,
                   "HOST:PORT of a broker's JMX exporter; may be given again")
      ->allow_extra_args(false);
  prometheus
      ->add_option("--connect", arguments->options.targets.connect,
                   "HOST:PORT of a Connect worker's JMX exporter; may be given again")
      ->allow_extra_args(false);
  prometheus
      ->add_option("--alertmanager", arguments->options.alertmanagers,
                   "HOST:PORT of an Alertmanager; may be given again")
      ->allow_extra_args(false);
  prometheus
      ->add_option("--without", arguments->without,
                   "leave a component out: kafka, connect, minio, influxdb; may be given again")
      ->allow_extra_args(false);
  return
      [arguments](const GlobalOptions& options) { return DeployPrometheus(*arguments, options); };
}

}  // namespace

Command DeployCommand() {
  return {
      .name = "deploy",
      .summary = "Make what the systems around a pipeline are set up with: prometheus",
      .examples =
          "headrace deploy prometheus quakes.yaml                # into the folder prometheus/\n"
          "headrace deploy prometheus quakes.yaml --out /etc/prometheus/quakes --every 30s\n"
          "headrace deploy prometheus quakes.yaml --kafka broker-1:9404 --kafka broker-2:9404",
      .declare = Declare};
}

}  // namespace headrace::cli
