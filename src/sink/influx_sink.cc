#include "sink/influx_sink.h"

#include <utility>

#include "base/clock.h"
#include "base/logging.h"
#include "format/json_writer.h"
#include "sink/fold.h"
#include "sink/influx_client.h"
#include "sink/line_protocol.h"
#include "sink/series_file.h"
#include "sink/sink_metrics.h"
#include "sink/sink_quarantine.h"

namespace headrace::sink {
namespace {

class InfluxSink : public Sink {
 public:
  InfluxSink(std::string name, std::shared_ptr<arrow::Schema> schema, LineWriter writer,
             SinkQuarantine quarantine, metrics::Registry& registry)
      : name_(std::move(name)),
        writer_(std::move(writer)),
        metrics_(registry, name_),
        fields_left_out_(registry.counter(
            "headrace_sink_fields_left_out_total",
            "Fields without a form in the series: null, NaN, infinite", {{"sink", name_}})),
        fold_(std::move(schema), writer_.key(), std::nullopt),
        quarantine_(std::move(quarantine)) {}

  Status Open(const std::string& pipeline, const pipeline::InfluxSink& definition) {
    if (definition.path.empty()) {
      target_ = MakeInfluxClient(name_, definition, metrics_);
      return Status::OK();
    }
    ASSIGN_OR_RAISE(target_, SeriesFile::Open(definition.path, pipeline, writer_));
    return Status::OK();
  }

  Result<int64_t> LastCommittedEpoch() override {
    return target_->last_epoch().value_or(quarantine_.last_epoch());
  }

  Status Write(const ChangeBatch& batch) override { return fold_.Add(batch); }

  Status Commit(const Epoch& epoch, std::stop_token stop) override {
    if (fold_.empty()) return Status::OK();
    const int64_t begin_us = MonotonicMicros();
    ASSIGN_OR_RAISE(const FoldedChanges folded, fold_.Fold());
    SeriesChanges changes;
    quarantine_.Discard();
    AddDeletes(folded, &changes);
    AddLines(folded, &changes);
    int64_t put_aside = 0;
    SeriesResult result;
    if (target_->last_epoch().has_value()) {
      // An epoch that the target holds isn't run again: what it doesn't get is kept before.
      ASSIGN_OR_RAISE(put_aside, quarantine_.Commit(epoch));
      ASSIGN_OR_RAISE(result, target_->Commit(changes, epoch, stop));
    } else {
      // What is refused shows once all is written; then the quarantine is what remembers the epoch,
      // so that another answer of the server, the second time, changes nothing.
      ASSIGN_OR_RAISE(result, target_->Commit(changes, epoch, stop));
      for (RefusedPoint& point : result.refused)
        quarantine_.Add(std::move(point.line), std::move(point.reason));
      ASSIGN_OR_RAISE(put_aside, quarantine_.Commit(epoch));
    }
    metrics_.Quarantined(put_aside);
    metrics_.Committed(std::ssize(changes.lines) - std::ssize(result.refused),
                       std::ssize(changes.deletes), result.bytes, MonotonicMicros() - begin_us);
    fold_.Clear();
    return Status::OK();
  }

  SinkTotals totals() const override { return metrics_.totals; }

 private:
  void AddDeletes(const FoldedChanges& folded, SeriesChanges* changes) {
    for (const auto& batch : folded.deletes) {
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        Result<PointKey> key = writer_.Key(*batch, row);
        if (key.ok()) changes->deletes.push_back(std::move(*key));  // else it was never written
      }
    }
  }

  void AddLines(const FoldedChanges& folded, SeriesChanges* changes) {
    size_t index = 0;
    int64_t no_points = 0;
    for (const auto& batch : folded.upserts) {
      for (int64_t row = 0; row < batch->num_rows(); ++row, ++index) {
        std::string line;
        const Result<int64_t> left_out = writer_.Write(*batch, row, &line);
        // A point keeps the fields that the new one doesn't name: it must go first.
        if (folded.replaces[index] && (!left_out.ok() || *left_out > 0)) {
          Result<PointKey> key = writer_.Key(*batch, row);
          if (key.ok()) changes->deletes.push_back(std::move(*key));
        }
        if (left_out.ok()) {
          fields_left_out_.Add(static_cast<double>(*left_out));
          changes->lines.push_back(std::move(line));
          continue;
        }
        std::string json;
        format::WriteJsonRow(*batch, row, &json);
        if (++no_points == 1)  // one line a commit is enough
          LogWarning("sink", "{}: a row is no point: {}", name_, left_out.status().message());
        quarantine_.Add(std::move(json), left_out.status().message());
      }
    }
  }

  std::string name_;
  LineWriter writer_;
  SinkMetrics metrics_;
  metrics::Counter fields_left_out_;
  ChangeFold fold_;
  SinkQuarantine quarantine_;
  std::unique_ptr<SeriesTarget> target_;
};

}  // namespace

Result<std::unique_ptr<Sink>> MakeInfluxSink(const std::string& pipeline, const std::string& name,
                                             const pipeline::InfluxSink& definition,
                                             std::shared_ptr<arrow::Schema> schema, log::Log& log,
                                             metrics::Registry& registry) {
  const auto line_breaks =
      definition.path.empty() ? LineWriter::LineBreaks::kKept : LineWriter::LineBreaks::kEscaped;
  ASSIGN_OR_RAISE(auto writer, LineWriter::Make(*schema, definition, line_breaks));
  ASSIGN_OR_RAISE(auto quarantine, SinkQuarantine::Open(log, pipeline, name));
  auto sink = std::make_unique<InfluxSink>(name, std::move(schema), std::move(writer),
                                           std::move(quarantine), registry);
  RETURN_NOT_OK(sink->Open(pipeline, definition));
  return sink;
}

}  // namespace headrace::sink
