#include "sink/influx_client.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/fault.h"
#include "base/logging.h"
#include "sink/influx_server.h"

namespace headrace::sink {
namespace {

constexpr size_t kRefusalsLogged = 5;  // a commit

class InfluxClient : public SeriesTarget {
 public:
  InfluxClient(const std::string& name, const pipeline::InfluxSink& definition,
               SinkMetrics& metrics)
      : name_(name),
        batch_points_(static_cast<size_t>(std::max<int64_t>(1, definition.batch_points))),
        server_(name, definition, metrics.retries) {}

  std::optional<int64_t> last_epoch() const override { return std::nullopt; }

  Result<SeriesResult> Commit(const SeriesChanges& changes, const Epoch&,
                              std::stop_token stop) override {
    SeriesResult result;
    if (changes.deletes.empty() && changes.lines.empty()) return result;
    if (!checked_) RETURN_NOT_OK(server_.CheckRetentionPolicy(stop));
    checked_ = true;
    FaultPoint("series.before_write");
    const std::span<const PointKey> deletes(changes.deletes);
    for (size_t i = 0; i < deletes.size(); i += InfluxServer::kDeletesMax) {
      const size_t count = std::min(InfluxServer::kDeletesMax, deletes.size() - i);
      RETURN_NOT_OK(server_.Delete(deletes.subspan(i, count), stop));
    }
    const std::span<const std::string> lines(changes.lines);
    for (size_t i = 0; i < lines.size(); i += batch_points_) {
      const size_t count = std::min(batch_points_, lines.size() - i);
      RETURN_NOT_OK(WriteLines(lines.subspan(i, count), stop, &result));
    }
    FaultPoint("series.after_write");
    LogRefused(result.refused);
    return result;
  }

 private:
  Status WriteLines(std::span<const std::string> lines, const std::stop_token& stop,
                    SeriesResult* result) {
    std::string body;
    for (const std::string& line : lines) {
      body += line;
      body += '\n';
    }
    const auto bytes = static_cast<int64_t>(body.size());
    ASSIGN_OR_RAISE(const WriteAnswer answer, server_.Write(std::move(body), stop));
    if (answer.kind == WriteAnswer::Kind::kWritten) {
      result->bytes += bytes;
      return Status::OK();
    }
    if (lines.size() == 1 || answer.dropped == std::ssize(lines)) {
      for (const std::string& line : lines) result->refused.push_back({line, answer.reason});
      return Status::OK();
    }
    RETURN_NOT_OK(WriteLines(lines.first(lines.size() / 2), stop, result));
    return WriteLines(lines.subspan(lines.size() / 2), stop, result);
  }

  void LogRefused(const std::vector<RefusedPoint>& refused) const {
    for (size_t i = 0; i < std::min(refused.size(), kRefusalsLogged); ++i) {
      LogWarning("sink", "{}: a point is refused: {}: {}", name_, refused[i].reason,
                 refused[i].line.substr(0, 300));
    }
    if (refused.size() > kRefusalsLogged)
      LogWarning("sink", "{}: and {} more points", name_, refused.size() - kRefusalsLogged);
  }

  std::string name_;
  size_t batch_points_;
  InfluxServer server_;
  bool checked_ = false;
};

}  // namespace

std::unique_ptr<SeriesTarget> MakeInfluxClient(const std::string& name,
                                               const pipeline::InfluxSink& definition,
                                               SinkMetrics& metrics) {
  return std::make_unique<InfluxClient>(name, definition, metrics);
}

}  // namespace headrace::sink
