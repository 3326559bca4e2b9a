#include "sink/kafka_sink.h"

#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fault.h"
#include "kafka/epoch_producer.h"
#include "sink/fold.h"
#include "sink/message_encoder.h"
#include "sink/sink_metrics.h"

namespace headrace::sink {
namespace {

class KafkaSink : public Sink {
 public:
  KafkaSink(const std::string& name, const pipeline::KafkaSink& definition,
            std::shared_ptr<arrow::Schema> schema, const std::vector<int>& key,
            std::unique_ptr<MessageEncoder> encoder, std::unique_ptr<kafka::EpochProducer> producer,
            metrics::Registry& registry)
      : topic_(definition.topic),
        has_key_(!key.empty()),
        encoder_(std::move(encoder)),
        producer_(std::move(producer)),
        metrics_(registry, name),
        fold_(std::move(schema), key, std::nullopt) {}

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

  SinkTotals totals() const override { return metrics_.totals; }

 private:
  Status SendRows(const arrow::RecordBatch& batch, bool deleted, const Epoch& epoch,
                  kafka::Producer& producer) {
    RETURN_NOT_OK(encoder_->Bind(batch));
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      kafka::Message message{.key = {},
                             .has_key = has_key_,
                             .value = std::nullopt,
                             .timestamp_ms = epoch.clock_us / 1000};
      key_.clear();
      value_.clear();
      if (has_key_) RETURN_NOT_OK(encoder_->AppendKey(row, &key_));
      message.key = key_;
      if (!deleted) {
        RETURN_NOT_OK(encoder_->AppendValue(row, &value_));
        message.value = value_;
      }
      bytes_ += static_cast<int64_t>(key_.size() + value_.size());
      RETURN_NOT_OK(producer.Send(topic_, message));
    }
    return Status::OK();
  }

  const std::string topic_;
  const bool has_key_;
  const std::unique_ptr<MessageEncoder> encoder_;
  const std::unique_ptr<kafka::EpochProducer> producer_;
  SinkMetrics metrics_;
  ChangeFold fold_;
  std::string key_;
  std::string value_;
  int64_t bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<Sink>> MakeKafkaSink(const std::string& pipeline,
                                            const pipeline::Sink& definition,
                                            std::shared_ptr<arrow::Schema> schema,
                                            metrics::Registry& registry) {
  const auto& kafka = std::get<pipeline::KafkaSink>(definition.connector);
  std::vector<int> key;
  for (const std::string& column : kafka.key) key.push_back(schema->GetFieldIndex(column));
  std::unique_ptr<MessageEncoder> encoder = MakeJsonEncoder(key);
  if (const auto* avro = std::get_if<pipeline::AvroFormat>(&definition.format)) {
    ASSIGN_OR_RAISE(encoder, MakeAvroEncoder(*avro, kafka.topic, key, *schema));
  }
  ASSIGN_OR_RAISE(const auto client, kafka::MakeClient(RD_KAFKA_PRODUCER, kafka.cluster, {}));
  ASSIGN_OR_RAISE(const int32_t partitions,
                  kafka::CountPartitions(client.get(), kafka.topic, kafka::kTimeoutMs));
  if (partitions == 0)
    RETURN_NOT_OK(kafka::CreateTopic(client.get(), kafka.topic, kafka.partitions));
  ASSIGN_OR_RAISE(auto producer,
                  kafka::EpochProducer::Open(
                      kafka.cluster, "headrace." + pipeline + "." + definition.name, kafka.topic));
  return std::make_unique<KafkaSink>(definition.name, kafka, std::move(schema), key,
                                     std::move(encoder), std::move(producer), registry);
}

}  // namespace headrace::sink
