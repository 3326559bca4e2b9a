#include "connect/connector.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <utility>

#include "base/clock.h"
#include "base/logging.h"
#include "connect/again.h"
#include "connect/topics.h"

namespace headrace::connect {
namespace {

constexpr int64_t kStartPollUs = 500'000;
constexpr int64_t kWatchPollUs = 2'000'000;
constexpr int64_t kRestartDelayUs = 1'000'000;
constexpr int64_t kRestartDelayUsMax = 60'000'000;
// What ran so long has recovered: failures are counted anew.
constexpr int64_t kRecoveredUs = 60'000'000;

constexpr const char* kStates[] = {"running",    "paused",     "stopped", "failed",
                                   "unassigned", "restarting", "missing", "unreachable"};
constexpr const char* kTaskStates[] = {"running", "paused", "failed", "unassigned", "restarting"};

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// The names of the settings that are not the same in both.
std::vector<std::string> Differences(const Settings& left, const Settings& right) {
  std::vector<std::string> names;
  for (const auto& [name, value] : left) {
    const auto found = right.find(name);
    if (found == right.end() || found->second != value) names.push_back(name);
  }
  for (const auto& [name, value] : right) {
    if (!left.contains(name)) names.push_back(name);
  }
  return names;
}

}  // namespace

Connector::Metrics::Metrics(metrics::Registry& registry, const std::string& name)
    : restarts(registry.counter("headrace_connect_restarts_total",
                                "Times that failed tasks of a connector were started again",
                                {{"connector", name}})),
      errors(registry.counter("headrace_connect_errors_total",
                              "Requests to Kafka Connect that failed", {{"connector", name}})) {
  for (const char* state : kStates)
    states.emplace(state, registry.gauge("headrace_connect_connector_state",
                                         "1 for the state that a connector is in, 0 for the others",
                                         {{"connector", name}, {"state", state}}));
  for (const char* state : kTaskStates)
    tasks.emplace(
        state, registry.gauge("headrace_connect_tasks", "Tasks of a connector that are in a state",
                              {{"connector", name}, {"state", state}}));
}

void Connector::Metrics::Set(const State& state) const {
  for (auto [name, gauge] : states) gauge.Set(name == state.state ? 1 : 0);
  for (auto [name, gauge] : tasks) {
    const auto found = state.tasks.find(name);
    gauge.Set(found == state.tasks.end() ? 0 : found->second);
  }
}

Connector::Connector(Definition definition, metrics::Registry& registry)
    : definition_(std::move(definition)),
      worker_(definition_.connector),
      metrics_(registry, definition_.connector.name),
      restart_backoff_({.retries_max = definition_.connector.restarts_max,
                        .first_delay_us = kRestartDelayUs,
                        .delay_us_max = kRestartDelayUsMax},
                       std::random_device()()) {
  state_.name = definition_.connector.name;
  PublishState("missing");
}

State Connector::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void Connector::PublishState(const std::string& state) {
  const std::lock_guard lock(mutex_);
  state_.state = state;
  state_.tasks.clear();
  metrics_.Set(state_);
}

void Connector::Publish(const std::optional<ConnectorStatus>& status) {
  if (!status) return PublishState("missing");
  const std::lock_guard lock(mutex_);
  state_.state = Lower(status->state);
  state_.tasks.clear();
  for (const TaskStatus& task : status->tasks) ++state_.tasks[Lower(task.state)];
  state_.failure = status->HasFailed() ? worker_.Hide(status->Failure()) : "";
  metrics_.Set(state_);
}

arrow::Status Connector::CheckOwner(const Settings& found) const {
  const auto owner = found.find(kOwnerSetting);
  if (owner != found.end() && owner->second == definition_.pipeline) return arrow::Status::OK();
  return UserError(
      fmt::format("the connector '{}' at {} belongs to {}", definition_.connector.name,
                  worker_.place(),
                  owner == found.end() ? "somebody else: it was not made by headrace"
                                       : fmt::format("the pipeline '{}'", owner->second)),
      "give the connector of this pipeline a name of its own, by  name:  beside 'config'");
}

arrow::Status Connector::Reconcile(Drift drift, const std::stop_token& stop) {
  const std::string& name = definition_.connector.name;
  const Settings& wanted = definition_.config;
  ASSIGN_OR_RAISE(const auto found, worker_.Config(name, stop));
  if (found) {
    RETURN_NOT_OK(CheckOwner(*found));
    was_there_ = true;
    if (drift == Drift::kLeave || *found == wanted) return arrow::Status::OK();
    RETURN_NOT_OK(worker_.CheckClass(wanted.at("connector.class"), stop));
    RETURN_NOT_OK(worker_.Update(name, wanted, stop));
    LogInfo("connect", "changed the connector '{}': {}", name,
            fmt::join(Differences(*found, wanted), ", "));
    return arrow::Status::OK();
  }
  PublishState("missing");
  if (was_there_) LogWarning("connect", "the connector '{}' is gone and is made anew", name);
  RETURN_NOT_OK(worker_.CheckClass(wanted.at("connector.class"), stop));
  RETURN_NOT_OK(worker_.Create(name, wanted, stop));
  LogInfo("connect", "made the connector '{}'", name);
  was_there_ = true;
  return arrow::Status::OK();
}

arrow::Status Connector::RestartFailed(const ConnectorStatus& status, const std::stop_token& stop) {
  const int64_t now_us = MonotonicMicros();
  const std::string failure = worker_.Hide(status.Failure());
  running_since_us_.reset();
  if (!restart_at_us_) {
    const auto delay_us = restart_backoff_.Next(std::nullopt);
    if (!delay_us)
      return UserError(fmt::format("connector '{}': {}", definition_.connector.name, failure),
                       fmt::format("it was started again {} times in a row; mend it and run again",
                                   definition_.connector.restarts_max));
    LogWarning("connect", "connector '{}': {}; it is started again in {:.1f} s",
               definition_.connector.name, failure, static_cast<double>(*delay_us) / 1e6);
    restart_at_us_ = now_us + *delay_us;
  }
  if (now_us < *restart_at_us_) return arrow::Status::OK();
  RETURN_NOT_OK(worker_.Restart(definition_.connector.name, false, stop));
  restart_at_us_.reset();
  metrics_.restarts.Add();
  const std::lock_guard lock(mutex_);
  ++state_.restarts;
  return arrow::Status::OK();
}

Result<bool> Connector::Step(Drift drift, const std::stop_token& stop) {
  RETURN_NOT_OK(Reconcile(drift, stop));
  ASSIGN_OR_RAISE(const auto status, worker_.Status(definition_.connector.name, stop));
  Publish(status);
  if (!status) return false;
  if (status->IsPaused()) {
    if (!std::exchange(said_paused_, true))
      LogWarning("connect", "the connector '{}' is {} and stays so; headrace connect resume FILE",
                 definition_.connector.name, Lower(status->state));
    return true;
  }
  said_paused_ = false;
  if (status->HasFailed()) {
    RETURN_NOT_OK(RestartFailed(*status, stop));
    return false;
  }
  if (!status->IsRunning()) return false;
  restart_at_us_.reset();
  if (!running_since_us_) running_since_us_ = MonotonicMicros();
  if (MonotonicMicros() - *running_since_us_ > kRecoveredUs) restart_backoff_.Reset();
  return true;
}

arrow::Status Connector::TooLate(const arrow::Status& last) const {
  const State state = this->state();
  const std::string what = fmt::format(
      "the connector '{}' at {} doesn't run after {:.0f} s", state.name, worker_.place(),
      static_cast<double>(definition_.connector.start_timeout_us) / 1e6);
  if (!last.ok()) return arrow::Status::IOError(what, ": ", last.message());
  if (!state.failure.empty())
    return UserError(what + ": " + state.failure,
                     "mend it and run again; start_timeout says how long a run waits");
  return arrow::Status::IOError(what, ": it is ", state.state);
}

arrow::Status Connector::Start(const std::stop_token& stop) {
  const int64_t end_us = MonotonicMicros() + definition_.connector.start_timeout_us;
  RETURN_NOT_OK(MakeTopics(definition_.cluster, definition_.topics, definition_.partitions, stop));
  http::Backoff backoff({.first_delay_us = kStartPollUs, .delay_us_max = 4 * kStartPollUs},
                        std::random_device()());
  arrow::Status said;
  while (true) {
    const Result<bool> running = Step(Drift::kUpdate, stop);
    if (running.ok() && *running) return arrow::Status::OK();
    if (!running.ok() && KindOf(running.status()) != ErrorKind::kTransient) return running.status();
    if (!running.ok()) {
      metrics_.errors.Add();
      if (running.status().message() != said.message())
        LogWarning("connect", "{}; waiting", running.status().message());
      said = running.status();
    } else {
      backoff.Reset();
    }
    if (MonotonicMicros() > end_us) return TooLate(running.status());
    if (!http::SleepFor(backoff.Next(std::nullopt).value_or(kStartPollUs), stop))
      return arrow::Status::Cancelled("stopped");
  }
}

arrow::Status Connector::Watch(const std::stop_token& stop) {
  bool reached = true;
  while (http::SleepFor(kWatchPollUs, stop)) {
    const arrow::Status status = Step(Drift::kLeave, stop).status();
    if (status.IsCancelled()) break;
    if (!status.ok() && KindOf(status) != ErrorKind::kTransient) return status;
    if (!status.ok()) {
      metrics_.errors.Add();
      PublishState("unreachable");
      if (reached) LogWarning("connect", "{}; it is asked again", status.message());
    }
    reached = status.ok();
  }
  return arrow::Status::OK();
}

Result<bool> Connector::IsThere(const std::stop_token& stop) {
  ASSIGN_OR_RAISE(const auto found, worker_.Config(definition_.connector.name, stop));
  if (found) RETURN_NOT_OK(CheckOwner(*found));
  return found.has_value();
}

arrow::Status Connector::Act(const std::function<arrow::Status()>& action,
                             const std::stop_token& stop) {
  return Again(
      [&]() -> arrow::Status {
        ASSIGN_OR_RAISE(const bool is_there, IsThere(stop));
        if (is_there) return action();
        return UserError(fmt::format("there is no connector '{}' at {}", definition_.connector.name,
                                     worker_.place()),
                         "headrace connect apply FILE makes it, and so does a run");
      },
      stop);
}

arrow::Status Connector::Pause(const std::stop_token& stop) {
  return Act([&] { return worker_.Pause(definition_.connector.name, stop); }, stop);
}

arrow::Status Connector::Resume(const std::stop_token& stop) {
  return Act([&] { return worker_.Resume(definition_.connector.name, stop); }, stop);
}

arrow::Status Connector::Restart(const std::stop_token& stop) {
  return Act([&] { return worker_.Restart(definition_.connector.name, true, stop); }, stop);
}

arrow::Status Connector::Remove(const std::stop_token& stop) {
  return Again(
      [&]() -> arrow::Status {
        ASSIGN_OR_RAISE(const bool is_there, IsThere(stop));
        return is_there ? worker_.Remove(definition_.connector.name, stop) : arrow::Status::OK();
      },
      stop);
}

Result<State> Connector::Look(const std::stop_token& stop) {
  const auto look = [&]() -> arrow::Status {
    ASSIGN_OR_RAISE(const bool is_there, IsThere(stop));
    std::optional<ConnectorStatus> status;
    if (is_there) {
      ASSIGN_OR_RAISE(status, worker_.Status(definition_.connector.name, stop));
    }
    Publish(status);
    return arrow::Status::OK();
  };
  RETURN_NOT_OK(Again(look, stop));
  return state();
}

}  // namespace headrace::connect
