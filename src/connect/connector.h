// A Connector keeps one connector of Kafka Connect as the pipeline file has it: makes it, changes
// it where its configuration differs, waits until it runs, and then watches over it: makes it anew
// where it is gone, and starts again what failed.
//
// A setting in its configuration, kOwnerSetting, says whose it is; one that lacks it, or names
// another pipeline, is never touched.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "connect/worker.h"
#include "http/retry.h"
#include "kafka/cluster.h"
#include "metrics/registry.h"
#include "pipeline/pipeline.h"

namespace headrace::connect {

inline constexpr const char* kOwnerSetting = "headrace.pipeline";

// What a connector is for, and how it is to be.
struct Definition {
  std::string pipeline;
  std::string part;  // the source or sink that it belongs to
  bool is_source = false;
  pipeline::KafkaConnector connector;
  Settings config;  // all of it, as the worker is to have it
  kafka::Cluster cluster;
  std::vector<std::string> topics;  // that have to be there before it starts; may be none
  int32_t partitions = 1;           // of a topic that isn't there
  bool is_left_over = false;        // its source or sink is no longer in the file
};

// The connectors of a pipeline: those of sources, those of sinks.
std::vector<Definition> DefinitionsOf(const pipeline::Pipeline& pipeline);

// The connectors that belong to the pipeline of `definitions` and are none of them, at the workers
// of `definitions`: those of sources and sinks that were taken out of the file. A `part` that can't
// be told is the name of the connector.
//
// Errors: as those of Worker.
Result<std::vector<Definition>> LeftOver(const std::vector<Definition>& definitions,
                                         const std::stop_token& stop);

// What is known of a connector, for people.
struct State {
  std::string name;
  std::string state;  // that of the connector in lower case, "missing", or "unreachable"
  std::map<std::string, int> tasks;  // how many in which state, in lower case
  std::string failure;               // why a task or the connector failed
  int64_t restarts = 0;              // by this run
};

// Start() and Watch() are called by one thread at a time; state() by any.
class Connector {
 public:
  Connector(Definition definition, metrics::Registry& registry);

  // Makes the topics that aren't there, brings the connector to its configuration, and waits until
  // it and its tasks run; failed ones are started again meanwhile. One that somebody paused or
  // stopped stays so, and counts.
  //
  // Errors: user errors where the worker refuses the configuration, where a connector of the name
  // belongs to somebody else, where it doesn't run in time; transient where no worker or broker
  // answers in time; Cancelled where `stop` is requested.
  arrow::Status Start(const std::stop_token& stop);

  // Watches until `stop` is requested, then returns OK. That a worker isn't reached ends nothing.
  //
  // Errors: user errors where tasks fail again and again, where somebody else took the name, where
  // the worker refuses.
  arrow::Status Watch(const std::stop_token& stop);

  // The actions of an operator. A user error where it isn't there or isn't ours; one that isn't
  // there is removed already.
  arrow::Status Pause(const std::stop_token& stop);
  arrow::Status Resume(const std::stop_token& stop);
  arrow::Status Restart(const std::stop_token& stop);
  arrow::Status Remove(const std::stop_token& stop);
  // Asks the worker how it is.
  Result<State> Look(const std::stop_token& stop);

  const Definition& definition() const { return definition_; }
  State state() const;

 private:
  struct Metrics {
    Metrics(metrics::Registry& registry, const std::string& name);
    void Set(const State& state) const;

    std::map<std::string, metrics::Gauge> states;
    std::map<std::string, metrics::Gauge> tasks;
    metrics::Counter restarts;
    metrics::Counter errors;
  };

  enum class Drift { kUpdate, kLeave };

  // One look, and what follows from it. Whether it runs, or is paused.
  Result<bool> Step(Drift drift, const std::stop_token& stop);
  // The connector is there with its configuration, or is made.
  arrow::Status Reconcile(Drift drift, const std::stop_token& stop);
  arrow::Status RestartFailed(const ConnectorStatus& status, const std::stop_token& stop);
  void Publish(const std::optional<ConnectorStatus>& status);
  void PublishState(const std::string& state);
  arrow::Status CheckOwner(const Settings& found) const;
  // Runs `action` on the connector, which is there and ours.
  arrow::Status Act(const std::function<arrow::Status()>& action, const std::stop_token& stop);
  // Whether it is there. A user error where it isn't ours.
  Result<bool> IsThere(const std::stop_token& stop);
  arrow::Status TooLate(const arrow::Status& last) const;

  const Definition definition_;
  Worker worker_;
  Metrics metrics_;
  http::Backoff restart_backoff_;
  std::optional<int64_t> restart_at_us_;     // MonotonicMicros
  std::optional<int64_t> running_since_us_;  // MonotonicMicros
  bool was_there_ = false;
  bool said_paused_ = false;

  mutable std::mutex mutex_;
  State state_;
};

}  // namespace headrace::connect
