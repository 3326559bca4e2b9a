#include "connect/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "http/retry.h"
#include "http/url.h"
#include "pipeline/check_connect.h"

namespace headrace::connect {
namespace {

using Json = nlohmann::json;

constexpr int64_t kTimeoutUs = 60'000'000;  // a worker that checks a configuration takes its time
constexpr int64_t kAnswerBytesMax = 64 << 20;
constexpr size_t kTextMax = 600;

// Whatever a file of secrets holds, what is sent is UTF-8.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string TextOf(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

// Null where `body` is no JSON.
Json Parse(const std::string& body) {
  Json json = Json::parse(body, nullptr, false);
  return json.is_discarded() ? Json() : json;
}

Settings SettingsOf(const Json& json) {
  Settings settings;
  if (!json.is_object()) return settings;
  for (const auto& [key, value] : json.items())
    settings[key] = value.is_string() ? value.get<std::string>() : "";
  return settings;
}

std::string WithoutSlash(std::string url) {
  if (url.ends_with('/')) url.pop_back();
  return url;
}

std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

// "a.b.ConnectorX: it broke (caused by a.b.Y: no route)".
std::string Summary(const std::string& trace) {
  constexpr std::string_view kCause = "\nCaused by: ";
  std::string summary = FirstLine(trace);
  if (const size_t cause = trace.rfind(kCause); cause != std::string::npos)
    summary +=
        " (caused by " + FirstLine(std::string_view(trace).substr(cause + kCause.size())) + ")";
  return summary;
}

// Whether `name`, as a configuration may write it, is the class: whole, without its package, and
// without the word Connector, too.
bool Names(const std::string& name, const std::string& class_name) {
  if (name == class_name) return true;
  std::string simple = class_name.substr(class_name.rfind('.') + 1);
  if (name == simple) return true;
  constexpr std::string_view kSuffix = "Connector";
  if (simple.ends_with(kSuffix)) simple.resize(simple.size() - kSuffix.size());
  return name == simple;
}

// Also what a worker answers before it has started.
arrow::Status NotConnect(const std::string& url) {
  return TransientError(
      fmt::format("{} doesn't answer as a worker of Kafka Connect does: it is starting, or 'url' "
                  "is not that of its REST API",
                  url));
}

}  // namespace

bool ConnectorStatus::IsRunning() const {
  return state == "RUNNING" && !tasks.empty() &&
         CountTasks("RUNNING") == static_cast<int>(tasks.size());
}

bool ConnectorStatus::IsPaused() const { return state == "PAUSED" || state == "STOPPED"; }

bool ConnectorStatus::HasFailed() const { return state == "FAILED" || CountTasks("FAILED") > 0; }

int ConnectorStatus::CountTasks(const std::string& wanted) const {
  return static_cast<int>(
      std::ranges::count_if(tasks, [&](const TaskStatus& task) { return task.state == wanted; }));
}

std::string ConnectorStatus::Failure() const {
  if (state == "FAILED") return "the connector failed: " + Summary(trace);
  for (const TaskStatus& task : tasks) {
    if (task.state == "FAILED")
      return fmt::format("task {} failed: {}", task.number, Summary(task.trace));
  }
  return "";
}

Worker::Worker(const pipeline::KafkaConnector& connector)
    : url_(WithoutSlash(connector.url)),
      place_(WithoutSlash(http::RedactUrl(connector.url))),
      username_(connector.username),
      password_(connector.password ? connector.password->value : ""),
      ca_file_(connector.ca_file) {
  for (const auto& [name, value] : connector.config) {
    if (pipeline::IsSecretSetting(name) && !value.empty()) secrets_.push_back(value);
  }
  // One that holds another is hidden first.
  std::ranges::sort(secrets_, std::ranges::greater(), &std::string::size);
}

std::string Worker::Hide(std::string text) const {
  for (const std::string& secret : secrets_) {
    for (size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += 8)
      text.replace(at, secret.size(), "[hidden]");
  }
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20; }, ' ');
  if (text.size() > kTextMax) {
    size_t end = kTextMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end) + "...";
  }
  return text;
}

Result<Worker::Answer> Worker::Call(const std::string& method, const std::string& path,
                                    const std::string& body, std::stop_token stop) {
  http::Request request;
  request.method = method;
  request.url = url_ + path;
  request.headers.emplace_back("Accept", "application/json");
  // Also of a POST or PUT without a body; otherwise the HTTP client names a form.
  if (method != "GET") request.headers.emplace_back("Content-Type", "application/json");
  request.body = body;
  request.username = username_;
  request.password = password_;
  request.ca_file = ca_file_;
  request.timeout_us = kTimeoutUs;
  request.response_bytes_max = kAnswerBytesMax;
  auto sent = client_.Send(request, std::move(stop));
  if (!sent.ok()) return WithContext("Kafka Connect", sent.status());
  if (sent->status / 100 != 2 && sent->status != 404)
    return Refused(method, sent->status, sent->body);
  return Answer{sent->status, std::move(sent->body)};
}

arrow::Status Worker::Refused(const std::string& method, int status,
                              const std::string& body) const {
  const Json json = Parse(body);
  std::string said = json.is_object() ? TextOf(json, "message") : "";
  if (said.empty()) said = body;
  const std::string message =
      fmt::format("Kafka Connect at {} answered {}: {}", place_, status, Hide(std::move(said)));
  if (status == 409 || http::IsRetryable(status)) return TransientError(message);
  if (status == 401 || status == 403)
    return UserError(message, "give 'username' and 'password' of somebody who may");
  return UserError(message, method == "GET" ? "" : "look at 'config' of the connector");
}

arrow::Status Worker::Do(const std::string& method, const std::string& name,
                         const std::string& path, const std::string& body, std::stop_token stop) {
  ASSIGN_OR_RAISE(const Answer answer,
                  Call(method, "/connectors/" + name + path, body, std::move(stop)));
  if (answer.status == 404)
    return TransientError(fmt::format("Kafka Connect doesn't know the connector '{}' yet", name));
  return arrow::Status::OK();
}

Result<std::optional<Settings>> Worker::Config(const std::string& name, std::stop_token stop) {
  ASSIGN_OR_RAISE(const Answer answer, Call("GET", "/connectors/" + name, "", std::move(stop)));
  const Json json = Parse(answer.body);
  // A worker says 404 as JSON.
  if (!json.is_object() || json.contains("config") != (answer.status != 404))
    return NotConnect(place_);
  if (answer.status == 404) return std::nullopt;
  return SettingsOf(json["config"]);
}

Result<std::optional<ConnectorStatus>> Worker::Status(const std::string& name,
                                                      std::stop_token stop) {
  ASSIGN_OR_RAISE(const Answer answer,
                  Call("GET", "/connectors/" + name + "/status", "", std::move(stop)));
  if (answer.status == 404) return std::nullopt;
  const Json json = Parse(answer.body);
  if (!json.is_object() || !json.contains("connector") || !json["connector"].is_object())
    return NotConnect(place_);
  ConnectorStatus status{.state = TextOf(json["connector"], "state"),
                         .trace = TextOf(json["connector"], "trace"),
                         .tasks = {}};
  for (const Json& task : json.value("tasks", Json::array())) {
    if (!task.is_object()) continue;
    const auto number = task.find("id");
    status.tasks.push_back(
        {.number = number != task.end() && number->is_number_integer() ? number->get<int>() : 0,
         .state = TextOf(task, "state"),
         .trace = TextOf(task, "trace")});
  }
  return status;
}

arrow::Status Worker::Create(const std::string& name, const Settings& config,
                             std::stop_token stop) {
  const Json body = {{"name", name}, {"config", config}};
  ASSIGN_OR_RAISE(const Answer answer, Call("POST", "/connectors", Dump(body), std::move(stop)));
  return answer.status == 404 ? NotConnect(place_) : arrow::Status::OK();
}

arrow::Status Worker::Update(const std::string& name, const Settings& config,
                             std::stop_token stop) {
  return Do("PUT", name, "/config", Dump(config), std::move(stop));
}

arrow::Status Worker::Pause(const std::string& name, std::stop_token stop) {
  return Do("PUT", name, "/pause", "", std::move(stop));
}

arrow::Status Worker::Resume(const std::string& name, std::stop_token stop) {
  return Do("PUT", name, "/resume", "", std::move(stop));
}

arrow::Status Worker::Restart(const std::string& name, bool all, std::stop_token stop) {
  return Do("POST", name,
            fmt::format("/restart?includeTasks=true&onlyFailed={}", all ? "false" : "true"), "",
            std::move(stop));
}

arrow::Status Worker::Remove(const std::string& name, std::stop_token stop) {
  return Call("DELETE", "/connectors/" + name, "", std::move(stop)).status();
}

Result<std::map<std::string, Settings>> Worker::All(std::stop_token stop) {
  ASSIGN_OR_RAISE(const Answer answer, Call("GET", "/connectors?expand=info", "", std::move(stop)));
  const Json json = Parse(answer.body);
  if (!json.is_object()) return NotConnect(place_);
  std::map<std::string, Settings> all;
  for (const auto& [name, connector] : json.items()) {
    const auto info = connector.find("info");
    if (info != connector.end() && info->contains("config"))
      all[name] = SettingsOf((*info)["config"]);
  }
  return all;
}

arrow::Status Worker::CheckClass(const std::string& connector_class, std::stop_token stop) {
  ASSIGN_OR_RAISE(const Answer answer, Call("GET", "/connector-plugins", "", std::move(stop)));
  const Json json = Parse(answer.body);
  if (!json.is_array()) return NotConnect(place_);
  std::vector<std::string> classes;
  for (const Json& plugin : json) {
    if (!plugin.is_object()) continue;
    classes.push_back(TextOf(plugin, "class"));
    if (Names(connector_class, classes.back())) return arrow::Status::OK();
  }
  return UserError(fmt::format("the worker at {} has no connector '{}'", place_, connector_class),
                   fmt::format("put its plugin into the worker's plugin.path; it has: {}",
                               fmt::join(classes, ", ")));
}

}  // namespace headrace::connect
