// The REST API of a Kafka Connect worker, version 1 of all its calls: one call a method.
//
// Errors of every method: user errors where the worker refuses what was asked (a configuration that
// is wrong, no permission), with what it said; transient ones where it isn't reached, rebalances
// (409) or fails (5xx); Cancelled where `stop` is requested. Secrets of the configuration are left
// out of what a worker says.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "http/http_client.h"
#include "pipeline/pipeline.h"

namespace headrace::connect {

using Settings = std::map<std::string, std::string>;

struct TaskStatus {
  int number = 0;
  std::string state;  // "RUNNING", "FAILED", "PAUSED", "UNASSIGNED", "RESTARTING"
  std::string trace;  // of a failure
};

struct ConnectorStatus {
  std::string state;  // as of a task, and "STOPPED"
  std::string trace;
  std::vector<TaskStatus> tasks;

  // Whether the connector and its tasks run, and there are tasks.
  bool IsRunning() const;
  // Whether somebody paused or stopped it.
  bool IsPaused() const;
  bool HasFailed() const;
  int CountTasks(const std::string& state) const;
  // Why it failed, for a message: the first line of the first trace, and its last cause.
  std::string Failure() const;
};

// Not thread-safe.
class Worker {
 public:
  // What it says of `connector`'s secrets stays hidden.
  explicit Worker(const pipeline::KafkaConnector& connector);

  // The configuration of the connector `name`, its name in it; none where there is no such one.
  Result<std::optional<Settings>> Config(const std::string& name, std::stop_token stop);

  // The state; none where the worker doesn't know of any (yet).
  Result<std::optional<ConnectorStatus>> Status(const std::string& name, std::stop_token stop);

  // Makes a connector; transient where one of the name is there already.
  arrow::Status Create(const std::string& name, const Settings& config, std::stop_token stop);
  arrow::Status Update(const std::string& name, const Settings& config, std::stop_token stop);

  arrow::Status Pause(const std::string& name, std::stop_token stop);
  arrow::Status Resume(const std::string& name, std::stop_token stop);
  // Starts again what has failed of the connector and its tasks, or with `all` everything.
  arrow::Status Restart(const std::string& name, bool all, std::stop_token stop);
  // Removes it; one that isn't there is removed already.
  arrow::Status Remove(const std::string& name, std::stop_token stop);

  // The names and configurations of all connectors.
  Result<std::map<std::string, Settings>> All(std::stop_token stop);

  // A user error where the worker has no plugin that `connector_class` names.
  arrow::Status CheckClass(const std::string& connector_class, std::stop_token stop);

  // Its URL for people, without a slash at its end.
  const std::string& place() const { return place_; }

  // `text` without the secrets, on one line, at most some hundred bytes.
  std::string Hide(std::string text) const;

 private:
  struct Answer {
    int status = 0;
    std::string body;
  };
  // Sends and takes 2xx and 404 for answers.
  Result<Answer> Call(const std::string& method, const std::string& path, const std::string& body,
                      std::stop_token stop);
  // A call whose answer nobody reads.
  arrow::Status Do(const std::string& method, const std::string& name, const std::string& path,
                   const std::string& body, std::stop_token stop);
  arrow::Status Refused(const std::string& method, int status, const std::string& body) const;

  const std::string url_;  // without a slash at its end
  const std::string place_;
  const std::string username_;
  const std::string password_;
  const std::string ca_file_;
  std::vector<std::string> secrets_;
  http::Client client_;
};

}  // namespace headrace::connect
