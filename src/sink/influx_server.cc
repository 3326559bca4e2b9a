#include "sink/influx_server.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/logging.h"
#include "format/time_text.h"
#include "http/gzip.h"
#include "http/retry.h"
#include "http/url.h"

namespace headrace::sink {
namespace {

using Json = nlohmann::json;

constexpr size_t kReasonBytesMax = 1000;  // of the server's words: some quote the whole line

// Appends `text` in quotes of one kind, as InfluxQL and delete predicates write names and values.
void Quote(std::string_view text, char quote, std::string* out) {
  out->push_back(quote);
  for (const char c : text) {
    if (c == '\n') {
      *out += "\\n";
      continue;
    }
    if (c == quote || c == '\\') out->push_back('\\');
    out->push_back(c);
  }
  out->push_back(quote);
}

// The tag as the line protocol keeps it (see line_protocol.h): escaped names come back unescaped.
std::string KeptTag(std::string_view value) {
  while (value.ends_with('\\')) value.remove_suffix(1);
  std::string out;
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

Json Parse(const http::Response& response) { return Json::parse(response.body, nullptr, false); }

// What is wrong in the words of a server that speaks this interface: the JSON of either version, or
// plain text beside the header by which such servers name their version. Nothing where somebody
// else speaks, such as a proxy.
std::optional<std::string> ErrorOf(const http::Response& response) {
  const Json json = Parse(response);
  for (const char* member : {"error", "message"}) {
    if (json.is_object() && json.contains(member) && json[member].is_string())
      return json[member].get<std::string>();
  }
  if (response.Header("x-influxdb-version").has_value()) return response.body;
  return std::nullopt;
}

std::string Shortened(std::string text) {
  if (text.size() > kReasonBytesMax) text.replace(kReasonBytesMax, std::string::npos, "...");
  return text;
}

// The number in "partial write: ... dropped=3", or 0.
int64_t Dropped(std::string_view message) {
  const size_t at = message.rfind("dropped=");
  int64_t count = 0;
  if (at != std::string_view::npos)
    std::from_chars(message.data() + at + 8, message.data() + message.size(), count);
  return count;
}

// RFC 3339 with nanoseconds.
std::string TimeText(int64_t time_ns) {
  constexpr int64_t kSecond = 1'000'000'000;
  int64_t seconds = time_ns / kSecond;
  int64_t rest = time_ns % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  std::string text;
  format::WriteTimestamp(seconds * 1'000'000, &text);
  std::string digits = std::to_string(rest);
  return text + "." + std::string(9 - digits.size(), '0') + digits + "Z";
}

}  // namespace

InfluxServer::InfluxServer(std::string name, const pipeline::InfluxSink& definition,
                           metrics::Counter retries)
    : name_(std::move(name)),
      definition_(definition),
      base_(definition.url.substr(0, definition.url.find_last_not_of('/') + 1)),
      is_v2_(!definition.bucket.empty()),
      retries_(retries) {}

std::string InfluxServer::Url(
    const char* path, std::initializer_list<std::pair<const char*, std::string>> parameters) const {
  std::string url = base_ + path;
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    url += separator;
    url += name;
    url += '=' + http::PercentEncode(value);
    separator = '&';
  }
  return url;
}

http::Request InfluxServer::MakeRequest(std::string url, const char* content_type) const {
  http::Request request;
  request.method = "POST";
  request.url = std::move(url);
  request.headers = {{"Content-Type", content_type}};
  if (definition_.token.has_value())
    request.headers.emplace_back("Authorization", "Token " + definition_.token->value);
  request.username = definition_.username;
  if (definition_.password.has_value()) request.password = definition_.password->value;
  request.timeout_us = definition_.timeout_us;
  request.connect_timeout_us = std::min(request.connect_timeout_us, definition_.timeout_us);
  request.response_bytes_max = 4 << 20;
  request.redirects_max = 0;
  return request;
}

Result<http::Response> InfluxServer::Send(const http::Request& request,
                                          const std::stop_token& stop) {
  http::RetryPolicy policy;
  policy.stop_cancels_attempts = false;
  const auto on_retry = [this](const Status& reason, int64_t delay_us) {
    retries_.Add();
    LogWarning("sink", "{}: {}; trying again in {} ms", name_, reason.message(), delay_us / 1000);
  };
  return http::SendWithRetries(client_, request, policy, stop, on_retry);
}

// An answer that isn't about single points: nothing can be written until somebody mends it.
Status InfluxServer::RefusedAll(const http::Response& response) const {
  return UserError(base_ + " answered " + std::to_string(response.status) + ": " +
                       Shortened(ErrorOf(response).value_or(response.body.substr(0, 300))),
                   is_v2_ ? "check url, org, bucket and token of the sink"
                          : "check url, database, username and password of the sink");
}

Result<WriteAnswer> InfluxServer::Write(std::string lines, std::stop_token stop) {
  http::Request request = MakeRequest(
      is_v2_ ? Url("/api/v2/write",
                   {{"org", definition_.org}, {"bucket", definition_.bucket}, {"precision", "ns"}})
             : Url("/write", {{"db", definition_.database},
                              {"rp", definition_.retention_policy},
                              {"precision", "ns"}}),
      "text/plain; charset=utf-8");
  request.body = std::move(lines);
  if (definition_.gzip) {
    ASSIGN_OR_RAISE(request.body, http::Gzip(request.body));
    request.headers.emplace_back("Content-Encoding", "gzip");
  }
  ASSIGN_OR_RAISE(const http::Response response, Send(request, stop));
  if (response.status / 100 == 2) return WriteAnswer();
  if (response.status == 413)
    return WriteAnswer{WriteAnswer::Kind::kTooLarge, "the request is too large", 0};
  const auto error = ErrorOf(response);
  if (!error.has_value() || (response.status != 400 && response.status != 422))
    return RefusedAll(response);
  return WriteAnswer{WriteAnswer::Kind::kRefused, Shortened(*error), Dropped(*error)};
}

Status InfluxServer::Delete(std::span<const PointKey> keys, std::stop_token stop) {
  if (!is_v2_) return DeleteV1(keys, stop);
  for (const PointKey& key : keys) RETURN_NOT_OK(DeleteV2(key, stop));
  return Status::OK();
}

Status InfluxServer::CannotDelete(const std::string& answer) const {
  return UserError(base_ + " cannot delete points: " + Shortened(answer),
                   "rows of '" + definition_.measurement +
                       "' disappear or lose fields, which needs InfluxDB itself; elsewhere write "
                       "rows that stay as they are, as those of a view with emit: final");
}

Result<http::Response> InfluxServer::Query(const std::string& statements,
                                           const std::stop_token& stop) {
  http::Request request = MakeRequest(Url("/query", {{"db", definition_.database}}),
                                      "application/x-www-form-urlencoded");
  request.body = "q=" + http::PercentEncode(statements);
  return Send(request, stop);
}

// One statement a point, many a request.
Status InfluxServer::DeleteV1(std::span<const PointKey> keys, const std::stop_token& stop) {
  std::string statements;
  for (const PointKey& key : keys) {
    statements += "DELETE FROM ";
    Quote(definition_.measurement, '"', &statements);
    statements += " WHERE time = " + std::to_string(key.time_ns);
    for (const auto& [tag, value] : key.tags) {
      statements += " AND ";
      Quote(tag, '"', &statements);
      statements += " = ";
      Quote(KeptTag(value), '\'', &statements);
    }
    statements += ';';
  }
  ASSIGN_OR_RAISE(const http::Response response, Query(statements, stop));
  if (response.status / 100 != 2) return RefusedAll(response);
  // InfluxDB answers each statement, and a DELETE with nothing.
  const Json json = Parse(response);
  if (!json.is_object() || !json.contains("results") || !json["results"].is_array() ||
      json["results"].size() != keys.size())
    return CannotDelete(response.body);
  for (const Json& result : json["results"]) {
    if (!result.is_object() || result.contains("series")) return CannotDelete(response.body);
    if (result.contains("error")) {
      return UserError(base_ + " cannot delete points: " + result["error"].dump(),
                       "check database, username and password of the sink");
    }
  }
  return Status::OK();
}

Status InfluxServer::DeleteV2(const PointKey& key, const std::stop_token& stop) {
  std::string predicate = "_measurement=";
  Quote(KeptTag(definition_.measurement), '"', &predicate);
  for (const auto& [tag, value] : key.tags) {
    predicate += " AND ";
    Quote(tag, '"', &predicate);
    predicate += '=';
    Quote(KeptTag(value), '"', &predicate);
  }
  // Times come in whole microseconds: no other point lies within the next nanosecond.
  const Json body = {{"start", TimeText(key.time_ns)},
                     {"stop", TimeText(key.time_ns + 1)},
                     {"predicate", predicate}};
  http::Request request =
      MakeRequest(Url("/api/v2/delete", {{"org", definition_.org}, {"bucket", definition_.bucket}}),
                  "application/json");
  request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  ASSIGN_OR_RAISE(const http::Response response, Send(request, stop));
  if (response.status / 100 == 2) return Status::OK();
  // InfluxDB says in JSON what it doesn't find.
  if (!Parse(response).is_object() && (response.status == 400 || response.status == 404))
    return CannotDelete(response.body);
  return RefusedAll(response);
}

Status InfluxServer::CheckRetentionPolicy(std::stop_token stop) {
  if (definition_.retention_policy.empty()) return Status::OK();
  std::string statement = "SHOW RETENTION POLICIES ON ";
  Quote(definition_.database, '"', &statement);
  ASSIGN_OR_RAISE(const http::Response response, Query(statement, stop));
  const Json json = Parse(response);
  std::vector<std::string> names;
  const Json::json_pointer rows("/results/0/series/0/values");
  const Json::json_pointer columns("/results/0/series/0/columns");
  // Who has no policies answers otherwise, and who may not ask is told when it writes.
  if (!json.is_object() || !json.contains(rows) || !json.contains(columns)) return Status::OK();
  const Json& header = json[columns];
  if (header.size() < 2 || header[0] != "name" || header[1] != "duration") return Status::OK();
  for (const Json& row : json[rows]) {
    if (row.is_array() && !row.empty() && row[0].is_string())
      names.push_back(row[0].get<std::string>());
  }
  if (std::ranges::find(names, definition_.retention_policy) != names.end()) return Status::OK();
  return UserError("the database '" + definition_.database + "' of " + base_ +
                       " has no retention policy '" + definition_.retention_policy + "'",
                   HintOfNames("retention policies", definition_.retention_policy, names));
}

}  // namespace headrace::sink
