#include "sink/influx_client.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "base/fault.h"
#include "base/logging.h"
#include "format/time_text.h"
#include "http/gzip.h"
#include "http/http_client.h"
#include "http/retry.h"
#include "http/url.h"

namespace headrace::sink {
namespace {

constexpr size_t kDeletesPerQuery = 100;
constexpr int64_t kRefusalsLogged = 5;  // a commit

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

// What InfluxDB says is wrong, in either version's JSON; nothing where it isn't InfluxDB that
// speaks.
std::optional<std::string> ErrorOf(const http::Response& response) {
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  for (const char* member : {"error", "message"}) {
    if (json.is_object() && json.contains(member) && json[member].is_string())
      return json[member].get<std::string>();
  }
  return std::nullopt;
}

// The number in "partial write: ... dropped=3", or -1.
int64_t Dropped(std::string_view message) {
  const size_t at = message.rfind("dropped=");
  int64_t count = -1;
  if (at != std::string_view::npos)
    std::from_chars(message.data() + at + 8, message.data() + message.size(), count);
  return count;
}

class InfluxClient : public SeriesTarget {
 public:
  InfluxClient(std::string name, const pipeline::InfluxSink& definition, SinkMetrics& metrics)
      : name_(std::move(name)),
        definition_(definition),
        base_(definition.url.substr(0, definition.url.find_last_not_of('/') + 1)),
        is_v2_(!definition.bucket.empty()),
        metrics_(metrics) {}

  int64_t last_epoch() const override { return 0; }

  Result<SeriesResult> Commit(const SeriesChanges& changes, const Epoch&,
                              std::stop_token stop) override {
    SeriesResult result;
    if (changes.deletes.empty() && changes.lines.empty()) return result;
    refused_ = 0;
    FaultPoint("series.before_write");
    const std::span<const PointKey> deletes(changes.deletes);
    for (size_t i = 0; i < deletes.size(); i += is_v2_ ? 1 : kDeletesPerQuery) {
      RETURN_NOT_OK(
          is_v2_
              ? DeleteV2(deletes[i], stop)
              : DeleteV1(deletes.subspan(i, std::min(kDeletesPerQuery, deletes.size() - i)), stop));
    }
    const std::span<const std::string> lines(changes.lines);
    const auto batch = static_cast<size_t>(std::max<int64_t>(1, definition_.batch_points));
    for (size_t i = 0; i < lines.size(); i += batch) {
      RETURN_NOT_OK(WriteLines(lines.subspan(i, std::min(batch, lines.size() - i)), stop, &result));
    }
    FaultPoint("series.after_write");
    result.refused = refused_;
    return result;
  }

 private:
  std::string Query(std::initializer_list<std::pair<const char*, std::string>> parameters) const {
    std::string out;
    for (const auto& [name, value] : parameters) {
      if (value.empty()) continue;
      out += out.empty() ? '?' : '&';
      out += name;
      out += '=' + http::PercentEncode(value);
    }
    return out;
  }

  http::Request MakeRequest(std::string url, const char* content_type) const {
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

  Result<http::Response> Send(const http::Request& request, std::stop_token stop) {
    http::RetryPolicy policy;
    policy.stop_cancels_attempts = false;
    const auto on_retry = [this](const Status& reason, int64_t delay_us) {
      metrics_.retries.Add();
      LogWarning("sink", "{}: {}; trying again in {} ms", name_, reason.message(), delay_us / 1000);
    };
    return http::SendWithRetries(client_, request, policy, stop, on_retry);
  }

  // An answer that isn't about single points: nothing can be written until somebody mends it.
  Status RefusedAll(const http::Response& response) const {
    return UserError(base_ + " answered " + std::to_string(response.status) + ": " +
                         ErrorOf(response).value_or(response.body.substr(0, 300)),
                     is_v2_ ? "check url, org, bucket and token of the sink"
                            : "check url, database, username and password of the sink");
  }

  Status WriteLines(std::span<const std::string> lines, std::stop_token stop,
                    SeriesResult* result) {
    const std::string url = is_v2_ ? base_ + "/api/v2/write" +
                                         Query({{"org", definition_.org},
                                                {"bucket", definition_.bucket},
                                                {"precision", "ns"}})
                                   : base_ + "/write" +
                                         Query({{"db", definition_.database},
                                                {"rp", definition_.retention_policy},
                                                {"precision", "ns"}});
    http::Request request = MakeRequest(url, "text/plain; charset=utf-8");
    for (const std::string& line : lines) {
      request.body += line;
      request.body += '\n';
    }
    const auto bytes = static_cast<int64_t>(request.body.size());
    if (definition_.gzip) {
      ASSIGN_OR_RAISE(request.body, http::Gzip(request.body));
      request.headers.emplace_back("Content-Encoding", "gzip");
    }
    ASSIGN_OR_RAISE(const http::Response response, Send(request, stop));
    if (response.status / 100 == 2) {
      result->bytes += bytes;
      return Status::OK();
    }
    const auto error = ErrorOf(response);
    const bool of_points =
        response.status == 413 ||
        (error.has_value() && (response.status == 400 || response.status == 422));
    if (!of_points) return RefusedAll(response);
    const std::string message = error.value_or("the request is too large");
    const int64_t dropped = Dropped(message);
    if (dropped >= 0 || lines.size() == 1) {  // the others are written
      result->bytes += lines.size() == 1 ? 0 : bytes;
      Refuse(lines.size() == 1 ? 1 : dropped, message, lines.size() == 1 ? lines[0] : "");
      return Status::OK();
    }
    // Which ones it refuses, it doesn't say: halve until they are alone.
    RETURN_NOT_OK(WriteLines(lines.first(lines.size() / 2), stop, result));
    return WriteLines(lines.subspan(lines.size() / 2), stop, result);
  }

  void Refuse(int64_t count, const std::string& message, const std::string& line) {
    if (refused_ < kRefusalsLogged) {
      LogWarning("sink", "{}: {} points refused: {}{}{}", name_, count, message,
                 line.empty() ? "" : ": ", line.substr(0, 300));
    }
    refused_ += count;
  }

  // One statement a point, many a request.
  Status DeleteV1(std::span<const PointKey> keys, std::stop_token stop) {
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
    http::Request request = MakeRequest(base_ + "/query" + Query({{"db", definition_.database}}),
                                        "application/x-www-form-urlencoded");
    request.body = "q=" + http::PercentEncode(statements);
    ASSIGN_OR_RAISE(const http::Response response, Send(request, stop));
    if (response.status / 100 != 2) return RefusedAll(response);
    const auto json = nlohmann::json::parse(response.body, nullptr, false);
    if (!json.is_object() || !json.contains("results") || !json["results"].is_array())
      return UserError(base_ + "/query doesn't answer as InfluxDB does", "check url of the sink");
    for (const auto& result : json["results"]) {
      if (!result.is_object() || !result.contains("error")) continue;
      return UserError(base_ + " cannot delete points: " + result["error"].dump(),
                       "check database, username and password of the sink");
    }
    return Status::OK();
  }

  Status DeleteV2(const PointKey& key, std::stop_token stop) {
    std::string predicate = "_measurement=";
    Quote(KeptTag(definition_.measurement), '"', &predicate);
    for (const auto& [tag, value] : key.tags) {
      predicate += " AND ";
      Quote(tag, '"', &predicate);
      predicate += '=';
      Quote(KeptTag(value), '"', &predicate);
    }
    // Times come in whole microseconds: no other point lies within the next nanosecond.
    const nlohmann::json body = {{"start", TimeText(key.time_ns)},
                                 {"stop", TimeText(key.time_ns + 1)},
                                 {"predicate", predicate}};
    http::Request request =
        MakeRequest(base_ + "/api/v2/delete" +
                        Query({{"org", definition_.org}, {"bucket", definition_.bucket}}),
                    "application/json");
    request.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    ASSIGN_OR_RAISE(const http::Response response, Send(request, stop));
    return response.status / 100 == 2 ? Status::OK() : RefusedAll(response);
  }

  // RFC 3339 with nanoseconds.
  static std::string TimeText(int64_t time_ns) {
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

  std::string name_;
  pipeline::InfluxSink definition_;
  std::string base_;
  bool is_v2_;
  SinkMetrics& metrics_;
  http::Client client_;
  int64_t refused_ = 0;
};

}  // namespace

std::unique_ptr<SeriesTarget> MakeInfluxClient(const std::string& name,
                                               const pipeline::InfluxSink& definition,
                                               SinkMetrics& metrics) {
  return std::make_unique<InfluxClient>(name, definition, metrics);
}

}  // namespace headrace::sink
