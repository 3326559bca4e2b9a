#include "sink/hudi_sink.h"

#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "base/clock.h"
#include "base/logging.h"
#include "base/units.h"
#include "http/retry.h"
#include "hudi/commit.h"
#include "hudi/table.h"
#include "hudi/table_services.h"
#include "pipeline/storage_options.h"
#include "sink/fold.h"
#include "sink/sink_metrics.h"
#include "sink/streamer_checkpoint.h"

namespace headrace::sink {
namespace {

using Json = nlohmann::json;

constexpr char kCheckpointKey[] = "headrace.checkpoint";
constexpr http::RetryPolicy kRetries{.first_delay_us = 100'000, .delay_us_max = 30'000'000};

std::string CheckpointOf(const Epoch& epoch) {
  Json offsets = Json::array();
  for (const SourceOffset& offset : epoch.offsets)
    offsets.push_back({{"topic", offset.topic},
                       {"partition", offset.partition},
                       {"next_offset", offset.next_offset}});
  return Json{{"pipeline", epoch.pipeline},
              {"epoch", epoch.number},
              {"clock_us", epoch.clock_us},
              {"offsets", std::move(offsets)}}
      .dump();
}

// The epoch that a checkpoint of `pipeline` holds; nothing for another pipeline's.
std::optional<int64_t> EpochOf(const std::string& checkpoint, const std::string& pipeline) {
  const Json json = Json::parse(checkpoint, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("pipeline", Json()) != pipeline) return std::nullopt;
  const Json number = json.value("epoch", Json());
  if (!number.is_number_integer()) return std::nullopt;
  return number.get<int64_t>();
}

// Makes deletes of the upserts in which the column `flag` is true. What they replace is forgotten.
Status MoveDeletes(const std::string& flag, FoldedChanges* changes) {
  Batches upserts;
  for (const auto& batch : changes->upserts) {
    const auto column = batch->GetColumnByName(flag);
    const auto& flags = static_cast<const arrow::BooleanArray&>(*column);
    arrow::BooleanBuilder is_live, is_deleted;
    for (int64_t row = 0; row < flags.length(); ++row) {
      const bool deletes = flags.IsValid(row) && flags.Value(row);
      RETURN_NOT_OK(is_live.Append(!deletes));
      RETURN_NOT_OK(is_deleted.Append(deletes));
    }
    for (auto& [builder, target] :
         {std::pair(&is_live, &upserts), std::pair(&is_deleted, &changes->deletes)}) {
      ASSIGN_OR_RAISE(const auto mask, builder->Finish());
      ASSIGN_OR_RAISE(const arrow::Datum rows, arrow::compute::Filter(batch, mask));
      if (rows.record_batch()->num_rows() > 0) target->push_back(rows.record_batch());
    }
  }
  changes->upserts = std::move(upserts);
  changes->replaces.clear();
  return Status::OK();
}

hudi::ServiceOptions ServiceOptionsOf(const pipeline::HudiSink& options) {
  hudi::ServiceOptions services;
  services.compact_after = options.compact_after;
  services.freshness_us = options.freshness_us;
  // A file group that is overwritten while it is merged would come back.
  services.file_size_bytes =
      options.mode == pipeline::HudiSink::Mode::kOverwritePartitions ? 0 : options.file_size_bytes;
  services.retention = {.commits = options.keep_commits, .age_us = options.keep_for_us};
  services.memory_bytes = options.services_memory_bytes;
  services.cpu_share = options.services_cpu / 100.0;
  return services;
}

class HudiSink : public Sink {
 public:
  HudiSink(std::string pipeline, std::string name, const pipeline::HudiSink& options,
           std::unique_ptr<hudi::Table> table, ChangeFold fold, metrics::Registry& registry)
      : pipeline_(std::move(pipeline)),
        name_(std::move(name)),
        delete_when_(options.delete_when),
        operation_(options.mode == pipeline::HudiSink::Mode::kOverwritePartitions
                       ? hudi::WriteOperation::kOverwritePartitions
                       : hudi::WriteOperation::kUpsert),
        table_(std::move(table)),
        fold_(std::move(fold)),
        files_(registry.counter("headrace_hudi_files_total",
                                "Data files that Hudi sinks have written", {{"sink", name_}})),
        metrics_(registry, name_) {
    if (options.services)
      services_ = std::make_unique<hudi::TableServices>(*table_, ServiceOptionsOf(options),
                                                        registry, name_);
  }

  Result<int64_t> LastCommittedEpoch() override {
    int64_t epoch = 0;
    RETURN_NOT_OK(
        table_->VisitExtraMetadata([&](const hudi::Table::ExtraMetadata& extra) -> Result<bool> {
          const auto found = extra.find(kCheckpointKey);
          if (found == extra.end()) return true;
          const std::optional<int64_t> number = EpochOf(found->second, pipeline_);
          epoch = number.value_or(0);
          return !number.has_value();
        }));
    return epoch;
  }

  Status Write(const ChangeBatch& batch) override { return fold_.Add(batch); }

  Status Commit(const Epoch& epoch, std::stop_token stop) override {
    ASSIGN_OR_RAISE(FoldedChanges changes, fold_.Fold());
    if (!delete_when_.empty()) RETURN_NOT_OK(MoveDeletes(delete_when_, &changes));
    const int64_t upserts = changes.upsert_rows();
    const int64_t deletes = changes.delete_rows();
    if (upserts + deletes > 0) {
      const int64_t started_us = MonotonicMicros();
      RETURN_NOT_OK(CommitWithRetries(changes, epoch, stop));
      metrics_.Committed(upserts, deletes, written_bytes_, MonotonicMicros() - started_us);
    }
    fold_.Clear();
    return Status::OK();
  }

  SinkTotals totals() const override { return metrics_.totals; }

 private:
  Status CommitWithRetries(const FoldedChanges& changes, const Epoch& epoch,
                           const std::stop_token& stop) {
    http::Backoff backoff(kRetries, std::random_device()());
    while (true) {
      const Status status = CommitOnce(changes, epoch);
      if (status.ok()) return Status::OK();
      if (KindOf(status) != ErrorKind::kTransient || stop.stop_requested())
        return WithContext("sink '" + name_ + "'", status);
      const int64_t delay_us = backoff.Next(std::nullopt).value();  // without a limit of attempts
      LogWarning("sink", "{}: commit of epoch {} failed, next attempt in {}: {}", name_,
                 epoch.number, FormatDuration(delay_us), status.message());
      metrics_.retries.Add();
      http::SleepFor(delay_us, stop);  // a stop lets one more attempt be made
      // The answer may have been lost on its way: the epoch may be there.
      RETURN_NOT_OK(table_->Refresh());
      ASSIGN_OR_RAISE(const int64_t committed, LastCommittedEpoch());
      if (committed >= epoch.number) return Status::OK();
    }
  }

  Status CommitOnce(const FoldedChanges& changes, const Epoch& epoch) {
    ASSIGN_OR_RAISE(const auto commit, table_->Begin(operation_));
    RETURN_NOT_OK(commit->Write(changes.upserts, changes.deletes));
    std::map<std::string, std::string> metadata = {{kCheckpointKey, CheckpointOf(epoch)}};
    if (auto checkpoint = StreamerCheckpoint(epoch.offsets))
      metadata.emplace(kStreamerCheckpointKey, *std::move(checkpoint));
    RETURN_NOT_OK(commit->Complete(metadata));
    if (services_ != nullptr) services_->Committed();
    files_.Add(static_cast<double>(commit->stats().size()));
    written_bytes_ = 0;
    for (const hudi::WriteStat& stat : commit->stats()) written_bytes_ += stat.bytes;
    return Status::OK();
  }

  const std::string pipeline_;
  const std::string name_;
  const std::string delete_when_;
  const hudi::WriteOperation operation_;
  std::unique_ptr<hudi::Table> table_;
  std::unique_ptr<hudi::TableServices> services_;  // stops before the table goes
  ChangeFold fold_;
  int64_t written_bytes_ = 0;  // by the newest commit
  metrics::Counter files_;
  SinkMetrics metrics_;
};

// The columns that tell records apart: a record of one key may be in several partitions. Without a
// key none do: every row counts.
std::vector<int> IdentityColumns(const arrow::Schema& schema, const pipeline::HudiSink& options) {
  std::vector<int> columns;
  if (options.key.empty()) return columns;
  for (const auto* names : {&options.key, &options.partition_by}) {
    for (const std::string& name : *names) {
      const int column = schema.GetFieldIndex(name);
      if (std::find(columns.begin(), columns.end(), column) == columns.end())
        columns.push_back(column);
    }
  }
  return columns;
}

}  // namespace

Result<std::unique_ptr<Sink>> MakeHudiSink(const pipeline::Pipeline& pipeline,
                                           const pipeline::Sink& definition,
                                           std::shared_ptr<arrow::Schema> schema,
                                           metrics::Registry& registry) {
  const auto& options = std::get<pipeline::HudiSink>(definition.connector);
  hudi::TableDefinition table_definition;
  table_definition.name = options.table_name.empty() ? definition.name : options.table_name;
  table_definition.schema = schema;
  if (!options.delete_when.empty()) {
    ASSIGN_OR_RAISE(table_definition.schema,
                    schema->RemoveField(schema->GetFieldIndex(options.delete_when)));
  }
  if (options.TypeOrDefault() == pipeline::HudiSink::Type::kCopyOnWrite)
    table_definition.type = hudi::TableType::kCopyOnWrite;
  table_definition.key = options.key;
  table_definition.partition_by = options.partition_by;
  table_definition.hive_style_partitions = options.hive_style_partitions;
  table_definition.order_by = options.order_by;
  table_definition.buckets = options.buckets;
  table_definition.version = options.table_version;
  const auto open = [&]() -> Result<std::unique_ptr<hudi::Table>> {
    ASSIGN_OR_RAISE(auto storage,
                    storage::OpenStorage(options.path, pipeline::StorageOptionsOf(pipeline)));
    return hudi::Table::OpenOrCreate(std::move(storage), table_definition);
  };
  auto table = open();
  if (!table.ok()) return WithContext("sink '" + definition.name + "'", table.status());
  // Opening has checked that the columns are there.
  std::optional<int> order;
  if (!options.order_by.empty()) order = schema->GetFieldIndex(options.order_by);
  ChangeFold fold(schema, IdentityColumns(*schema, options), order);
  return std::make_unique<HudiSink>(pipeline.name, definition.name, options, std::move(*table),
                                    std::move(fold), registry);
}

}  // namespace headrace::sink
