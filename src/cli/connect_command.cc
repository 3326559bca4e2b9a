#include "cli/connect_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/failure.h"
#include "cli/pipeline_file.h"
#include "cli/signals.h"
#include "connect/connector.h"
#include "metrics/registry.h"

namespace headrace::cli {
namespace {

struct Arguments {
  std::string file;
  std::vector<std::string> parts;
};

// The connectors of the file, and with `left_over` those that are no longer in it; or those of
// `parts` (sources and sinks).
Result<std::vector<connect::Definition>> Select(const pipeline::Pipeline& pipeline,
                                                const std::vector<std::string>& parts,
                                                bool left_over, const std::stop_token& stop) {
  std::vector<connect::Definition> all = connect::DefinitionsOf(pipeline);
  if (left_over) {
    ASSIGN_OR_RAISE(const auto more, connect::LeftOver(all, stop));
    all.insert(all.end(), more.begin(), more.end());
  }
  std::vector<std::string> names;
  for (const connect::Definition& definition : all) names.push_back(definition.part);
  if (all.empty())
    return UserError("the pipeline '" + pipeline.name + "' has no connectors",
                     "a source or sink with the key 'connect' has one");
  for (const std::string& part : parts) {
    if (std::ranges::find(names, part) == names.end())
      return UserError("no source or sink '" + part + "' has a connector",
                       HintOfNames("sources and sinks with one", part, names));
  }
  if (parts.empty()) return all;
  std::erase_if(all, [&](const connect::Definition& definition) {
    return std::ranges::find(parts, definition.part) == parts.end();
  });
  return all;
}

std::string TasksText(const connect::State& state) {
  std::vector<std::string> tasks;
  for (const auto& [name, count] : state.tasks) tasks.push_back(fmt::format("{} {}", count, name));
  return tasks.empty() ? "none" : fmt::format("{}", fmt::join(tasks, ", "));
}

void Print(const connect::Definition& definition, const connect::State& state, bool json) {
  if (json) {
    const nlohmann::ordered_json object = {{"part", definition.part},
                                           {"name", state.name},
                                           {"url", definition.connector.url},
                                           {"state", state.state},
                                           {"tasks", state.tasks},
                                           {"failure", state.failure},
                                           {"in_file", !definition.is_left_over}};
    fmt::print("{}\n", object.dump());
    return;
  }
  fmt::print("{:<20}{:<12}{:<20}{}{}\n", definition.part, state.state, TasksText(state), state.name,
             definition.is_left_over ? "  (no longer in the file)" : "");
  if (!state.failure.empty()) fmt::print("  {}\n", state.failure);
}

// One of the words after `headrace connect`: what it does with each connector.
struct Action {
  CLI::App* app;
  bool left_over;  // also with those that are no longer in the file
  std::function<Status(connect::Connector&, const std::stop_token&, bool json)> run;
};

Status Show(connect::Connector& connector, const std::stop_token& stop, bool json) {
  ASSIGN_OR_RAISE(const connect::State state, connector.Look(stop));
  Print(connector.definition(), state, json);
  return Status::OK();
}

// An action that says when it is done.
auto Doing(Status (connect::Connector::*action)(const std::stop_token&), const char* done) {
  return [action, done](connect::Connector& connector, const std::stop_token& stop, bool json) {
    RETURN_NOT_OK((connector.*action)(stop));
    if (!json)
      fmt::print("{}: {} is {}\n", connector.definition().part, connector.state().name, done);
    return Status::OK();
  };
}

RunFunction DeclareConnect(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  std::vector<Action> actions;
  app.require_subcommand(1);
  const auto add = [&](const char* name, const char* summary, auto run, bool left_over = true) {
    CLI::App* sub = app.add_subcommand(name, summary);
    sub->fallthrough();  // --json may stand after it
    sub->add_option("FILE", arguments->file, "the pipeline file")->required();
    sub->add_option("NAME", arguments->parts, "only these sources and sinks");
    actions.push_back({sub, left_over, std::move(run)});
  };
  using connect::Connector;
  add("status", "Show connectors and their tasks", Show);
  add("apply", "Make or change connectors as the file has them, and wait until they run",
      Doing(&Connector::Start, "there and runs"), false);
  add("pause", "Pause connectors; they stay so until they are resumed",
      Doing(&Connector::Pause, "paused"));
  add("resume", "Have paused or stopped connectors go on", Doing(&Connector::Resume, "resumed"));
  add("restart", "Start connectors and all their tasks again",
      Doing(&Connector::Restart, "started again"));
  add("remove", "Remove connectors, also those no longer in the file; topics and offsets stay",
      Doing(&Connector::Remove, "removed"));
  return [arguments, actions](const GlobalOptions& options) -> int {
    const StopOnSignal stop;
    const auto pipeline = ReadPipelineFile(arguments->file, options);
    if (!pipeline) return kUsageFailed;
    const auto action = std::ranges::find_if(
        actions, [](const Action& candidate) { return candidate.app->parsed(); });
    auto selected = Select(*pipeline, arguments->parts, action->left_over, stop.token());
    if (!selected.ok()) return Fail("connect", selected.status());
    metrics::Registry registry;
    int exit_status = kSuccess;
    for (connect::Definition& definition : *selected) {
      Connector connector(std::move(definition), registry);
      const Status status = action->run(connector, stop.token(), options.json);
      if (!status.ok()) exit_status = Fail("connect", status);
    }
    return exit_status;
  };
}

}  // namespace

Command ConnectCommand() {
  return {.name = "connect",
          .summary = "Manage the Kafka Connect connectors of a pipeline: status, apply, pause, ...",
          .examples =
              "headrace connect status shop.yaml          # how connectors and their tasks are\n"
              "headrace connect apply shop.yaml           # make and change them, without a run\n"
              "headrace connect pause shop.yaml orders    # that of one source or sink\n"
              "headrace connect remove shop.yaml          # topics and offsets stay",
          .declare = DeclareConnect};
}

}  // namespace headrace::cli
