#include "sink/kafka_sink.h"

#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fault.h"
#include "format/json_writer.h"
#include "kafka/epoch_producer.h"
#include "sink/fold.h"
#include "sink/sink_metrics.h"

namespace headrace::sink {
namespace {

class KafkaSink : public Sink {
 public:
  KafkaSink(const std::string& name, const pipeline::KafkaSink& definition,
            std::shared_ptr<arrow::Schema> schema, std::vector<int> key,
            std::unique_ptr<kafka::EpochProducer> producer, metrics::Registry& registry)
      : topic_(definition.topic),
        key_(std::move(key)),
        producer_(std::move(producer)),
        metrics_(registry, name),
        fold_(std::move(schema), key_, std::nullopt) {}

  Result<int64_t> LastCommittedEpoch() override { return producer_->last_epoch(); }

  Status Write(const ChangeBatch& batch) override { return fold_.Add(batch); }

  Status Commit(const Epoch& epoch, std::stop_token stop) override {
    if (fold_.empty()) return Status::OK();
    const int64_t begin_us = MonotonicMicros();
    ASSIGN_OR_RAISE(const FoldedChanges folded, fold_.Fold());
    int64_t attempts = 0;
    const auto send = [&](kafka::Producer& producer) -> Status {
      if (++attempts > 1) metrics_.retries.Add();
      bytes_ = 0;
      for (const auto& batch : folded.upserts)
        RETURN_NOT_OK(SendRows(*batch, false, epoch, producer));
      for (const auto& batch : folded.deletes)
        RETURN_NOT_OK(SendRows(*batch, true, epoch, producer));
      FaultPoint("kafka_sink.after_send");
      return Status::OK();
    };
    if (folded.upsert_rows() + folded.delete_rows() > 0) {
      RETURN_NOT_OK(producer_->Commit(
          epoch.number, send, [] { FaultPoint("kafka_sink.before_commit"); }, stop));
      FaultPoint("kafka_sink.after_commit");
    }
    metrics_.Committed(folded.upsert_rows(), folded.delete_rows(), bytes_,
                       MonotonicMicros() - begin_us);
    fold_.Clear();
    return Status::OK();
  }

  void Discard() override { fold_.Clear(); }

  SinkTotals totals() const override { return metrics_.totals; }

 private:
  Status SendRows(const arrow::RecordBatch& batch, bool deleted, const Epoch& epoch,
                  kafka::Producer& producer) {
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      kafka::Message message{.key = {},
                             .has_key = !key_.empty(),
                             .value = std::nullopt,
                             .timestamp_ms = epoch.clock_us / 1000};
      if (message.has_key) {
        WriteKey(batch, row);
        message.key = key_text_;
      }
      if (!deleted) {
        value_text_.clear();
        format::WriteJsonRow(batch, row, &value_text_);
        message.value = value_text_;
      }
      bytes_ += static_cast<int64_t>(message.key.size() + (deleted ? 0 : value_text_.size()));
      RETURN_NOT_OK(producer.Send(topic_, message));
    }
    return Status::OK();
  }

  // {"column":value,...} of the key's columns.
  void WriteKey(const arrow::RecordBatch& batch, int64_t row) {
    key_text_ = "{";
    for (const int column : key_) {
      if (key_text_.size() > 1) key_text_ += ',';
      format::WriteJsonString(batch.schema()->field(column)->name(), &key_text_);
      key_text_ += ':';
      format::WriteJsonValue(*batch.column(column), row, &key_text_);
    }
    key_text_ += '}';
  }

  const std::string topic_;
  const std::vector<int> key_;
  const std::unique_ptr<kafka::EpochProducer> producer_;
  SinkMetrics metrics_;
  ChangeFold fold_;
  std::string key_text_;
  std::string value_text_;
  int64_t bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<Sink>> MakeKafkaSink(const std::string& pipeline, const std::string& name,
                                            const pipeline::KafkaSink& definition,
                                            std::shared_ptr<arrow::Schema> schema,
                                            metrics::Registry& registry) {
  std::vector<int> key;
  for (const std::string& column : definition.key) key.push_back(schema->GetFieldIndex(column));
  ASSIGN_OR_RAISE(const auto client, kafka::MakeClient(RD_KAFKA_PRODUCER, definition.cluster, {}));
  ASSIGN_OR_RAISE(const int32_t partitions,
                  kafka::CountPartitions(client.get(), definition.topic, kafka::kTimeoutMs));
  if (partitions == 0)
    RETURN_NOT_OK(kafka::CreateTopic(client.get(), definition.topic, definition.partitions));
  ASSIGN_OR_RAISE(auto producer,
                  kafka::EpochProducer::Open(
                      definition.cluster, "headrace." + pipeline + "." + name, definition.topic));
  return std::make_unique<KafkaSink>(name, definition, std::move(schema), std::move(key),
                                     std::move(producer), registry);
}

}  // namespace headrace::sink
