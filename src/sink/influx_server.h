// A server that speaks InfluxDB's HTTP interface: v1 (`database`: /write and /query) or v2
// (`bucket`: /api/v2/write and /api/v2/delete), and what its answers mean. Servers other than
// InfluxDB offer part of it: Telegraf and VictoriaMetrics write, and can't delete.
//
// Sources: https://docs.influxdata.com/influxdb/v1/tools/api/ and
// https://docs.influxdata.com/influxdb/v2/api/
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <stop_token>
#include <string>
#include <utility>

#include "base/status.h"
#include "http/http_client.h"
#include "metrics/registry.h"
#include "pipeline/pipeline.h"
#include "sink/line_protocol.h"

namespace headrace::sink {

// What a server answered to lines that were sent.
struct WriteAnswer {
  enum class Kind {
    kWritten,
    kTooLarge,  // nothing was written: send less at once
    kRefused,   // some line isn't wanted; the others are written or not
  };
  Kind kind = Kind::kWritten;
  std::string reason = {};  // in the words of the server
  int64_t dropped = 0;      // how many lines it says that it left out; it doesn't count all of them
};

// Used by one thread at a time.
class InfluxServer {
 public:
  // `name` is that of the sink. Each request that is sent again is counted in `retries`.
  InfluxServer(std::string name, const pipeline::InfluxSink& definition, metrics::Counter retries);

  // Sends lines, each with its line break. What may pass is tried again, with back-off or after the
  // time that the server asks for, until `stop` is requested.
  //
  // Errors: a user error where the server refuses whatever the lines are (token, no such database),
  // Cancelled where the run was stopped meanwhile.
  Result<WriteAnswer> Write(std::string lines, std::stop_token stop);

  // Deletes points, at most kDeletesMax. The errors are those of Write(); a server that can't
  // delete is a user error.
  Status Delete(std::span<const PointKey> keys, std::stop_token stop);
  static constexpr size_t kDeletesMax = 100;

  // A user error where the server knows the database, and in it no such retention policy.
  Status CheckRetentionPolicy(std::stop_token stop);

 private:
  std::string Url(const char* path,
                  std::initializer_list<std::pair<const char*, std::string>> parameters) const;
  http::Request MakeRequest(std::string url, const char* content_type) const;
  Result<http::Response> Send(const http::Request& request, const std::stop_token& stop);
  Result<http::Response> Query(const std::string& statements, const std::stop_token& stop);
  Status RefusedAll(const http::Response& response) const;
  Status CannotDelete(const std::string& answer) const;
  Status DeleteV1(std::span<const PointKey> keys, const std::stop_token& stop);
  Status DeleteV2(const PointKey& key, const std::stop_token& stop);

  std::string name_;
  pipeline::InfluxSink definition_;
  std::string base_;  // the URL up to the path, without a slash
  bool is_v2_;
  metrics::Counter retries_;
  http::Client client_;
};

}  // namespace headrace::sink
