#include "hudi/compaction.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "avro/container.h"
#include "base/fault.h"
#include "base/logging.h"
#include "hudi/base_file.h"
#include "hudi/compaction_plan.h"
#include "hudi/earlier_commits.h"
#include "hudi/markers.h"
#include "hudi/merge.h"
#include "hudi/schemas.h"
#include "hudi/table_schema.h"
#include "hudi/undo.h"
#include "storage/object_stream.h"

namespace headrace::hudi {
namespace {

using Json = nlohmann::json;

// What a compaction holds beside the records of log files: a log file or a row group being read,
// the rows at hand, and the row group being written (test/hudi/memory_test.py).
constexpr int64_t kOtherBytes = 112 << 20;
// Of a smaller budget the records get this part.
constexpr int64_t kLogRecordsShare = 8;
constexpr uint32_t kPartsMax = 4096;

bool IsDue(const FileSlice& slice, const std::string& oldest_allowed, Timeline& timeline,
           const CompactionOptions& options) {
  if (slice.logs.empty()) return false;
  if (static_cast<int64_t>(slice.logs.size()) >= options.log_files_min) return true;
  if (options.log_bytes_ratio > 0 && slice.base.has_value() &&
      static_cast<double>(slice.log_bytes()) >=
          options.log_bytes_ratio * static_cast<double>(slice.base->size))
    return true;
  if (options.log_age_us == 0) return false;
  const auto completion = timeline.CompletionTime(slice.logs.front().name.instant);
  return completion.ok() && completion->has_value() && **completion <= oldest_allowed;
}

// Merges the slice part by part, each as large as the budget allows: what takes more is halved.
Status MergeParts(Table& table, const FileSlice& slice,
                  const std::shared_ptr<arrow::Schema>& schema, ServiceBudget* budget,
                  BaseFileWriter* writer) {
  SliceOptions options;
  options.log_record_bytes_max =
      std::max(budget->memory_bytes() - kOtherBytes, budget->memory_bytes() / kLogRecordsShare);
  uint32_t parts_min = 1;  // of fewer one was too large
  std::vector<KeyPart> left = {{}};
  while (!left.empty()) {
    options.part = left.back();
    const auto [part, parts] = options.part;
    left.pop_back();
    if (parts >= parts_min) {
      const auto rows = OpenSlice(table.storage(), slice, schema, table.config().order_by, options);
      if (rows.ok()) {
        RETURN_NOT_OK(writer->WriteAll(**rows));
        if (!left.empty()) RETURN_NOT_OK(budget->BetweenFiles());
        continue;
      }
      if (!rows.status().IsCapacityError() || parts == kPartsMax) return rows.status();
      parts_min = 2 * parts;
    }
    left.push_back({part + parts, 2 * parts});
    left.push_back({part, 2 * parts});
  }
  return Status::OK();
}

// Merges one slice into the base file `name`; returns its write statistics.
Result<Json> MergeToBase(Table& table, const FileSlice& slice, const DataFileName& name,
                         const std::shared_ptr<arrow::Schema>& schema, ServiceBudget* budget,
                         CompactionResult* result) {
  const std::string file_name = name.ToString();
  const std::string path = PathIn(slice.partition, file_name);
  const int64_t bytes_read = slice.log_bytes() + (slice.base.has_value() ? slice.base->size : 0);
  ASSIGN_OR_RAISE(const auto file, table.storage().Create(path));
  const auto stream = std::make_shared<storage::ObjectStream>(*file);
  BaseFileWriter writer(stream, schema, file_name, RowsExpected(bytes_read));
  RETURN_NOT_OK(MergeParts(table, slice, schema, budget, &writer));
  RETURN_NOT_OK(writer.Finish(table.config().name));
  RETURN_NOT_OK(file->Finish());
  ASSIGN_OR_RAISE(const int64_t bytes, stream->Tell());
  ++result->slices;
  result->rows += writer.rows();
  result->bytes_written += bytes;
  result->bytes_read += bytes_read;
  Json stat = {{"fileId", slice.file_id},
               {"path", path},
               {"prevCommit", slice.instant},
               {"partitionPath", slice.partition},
               {"numWrites", writer.rows()},
               {"totalWriteBytes", bytes},
               {"fileSizeInBytes", bytes},
               {"totalLogFilesCompacted", slice.logs.size()},
               {"totalLogSizeCompacted", slice.log_bytes()}};
  if (slice.base.has_value()) stat["prevBaseFile"] = slice.base->name.ToString();
  for (const char* counter :
       {"numDeletes", "numInserts", "numUpdateWrites", "numUpdates", "totalWriteErrors",
        "totalLogRecords", "totalUpdatedRecordsCompacted", "totalLogBlocks", "totalCorruptLogBlock",
        "totalRollbackBlocks", "totalLogReadTimeMs"})
    stat[counter] = 0;
  return stat;
}

std::vector<DataFileName> NewNames(const std::vector<FileSlice>& slices,
                                   const std::string& instant_time) {
  std::vector<DataFileName> names;
  for (size_t i = 0; i < slices.size(); ++i) {
    DataFileName& name = names.emplace_back();
    name.file_id = slices[i].file_id;
    name.instant = instant_time;
    name.write_token = fmt::format("{}-0-0", i);
  }
  return names;
}

// Carries out a compaction that is requested or inflight.
Status Execute(Table& table, Instant instant, CompactionOptions* options,
               CompactionResult* result) {
  RETURN_NOT_OK(AwaitEarlierCommits(table, instant, options->wait_us_max));
  storage::Storage& storage = table.storage();
  ASSIGN_OR_RAISE(const auto files, ListDataFiles(storage));
  ASSIGN_OR_RAISE(auto latest, LatestFileSlices(files, table.timeline(), instant.time));
  ASSIGN_OR_RAISE(const std::string plan, table.timeline().Read(instant, InstantState::kRequested));
  auto slices = PlannedSlices(plan, std::move(latest));
  if (!slices.ok()) return WithContext("compaction " + instant.time, slices.status());
  // Readers ignore what an earlier attempt at the same instant left, until the instant completes.
  RETURN_NOT_OK(DeleteWritten(instant.time, files, storage).status());
  if (instant.state == InstantState::kRequested)
    RETURN_NOT_OK(table.timeline().MakeInflight(&instant, ""));
  const std::vector<DataFileName> names = NewNames(*slices, instant.time);
  std::vector<Marker> markers;
  for (size_t i = 0; i < names.size(); ++i)
    markers.push_back({PathIn((*slices)[i].partition, names[i].ToString())});
  RETURN_NOT_OK(WriteMarkers(instant.time, markers, storage));

  ASSIGN_OR_RAISE(const auto own_schema, table.ReadSchema());
  const auto schema = WithMetaColumns(*own_schema);
  Json partitions = Json::object();
  for (size_t i = 0; i < slices->size(); ++i) {
    RETURN_NOT_OK(options->budget.BetweenFiles());
    const FileSlice& slice = (*slices)[i];
    ASSIGN_OR_RAISE(Json stat,
                    MergeToBase(table, slice, names[i], schema, &options->budget, result));
    partitions[slice.partition].push_back(std::move(stat));
    FaultPoint("hudi.compaction_between_files");
  }
  ASSIGN_OR_RAISE(
      const std::string metadata,
      avro::WriteContainer(
          kCommitMetadataSchema,
          {{"partitionToWriteStats", std::move(partitions)},
           {"compacted", true},
           {"extraMetadata", {{"schema", ToAvroSchemaJson(*own_schema, table.config().name)}}},
           {"version", nullptr},
           {"operationType", "COMPACT"}}));
  FaultPoint("hudi.compaction_before_complete");
  RETURN_NOT_OK(table.timeline().Complete(&instant, metadata, table.clock()));
  result->instant = instant.time;
  LogInfo("hudi", "compacted {} file slices of {} ({} rows, {} bytes) at {}", slices->size(),
          storage.root(), result->rows, result->bytes_written, instant.time);
  return RemoveMarkers(instant.time, storage);
}

// Plans a compaction of the slices that are due; nothing where none is.
Result<std::optional<Instant>> Plan(Table& table, const CompactionOptions& options) {
  const std::string time = table.timeline().Reserve(table.clock());
  ASSIGN_OR_RAISE(const auto files, ListDataFiles(table.storage()));
  ASSIGN_OR_RAISE(auto slices, LatestFileSlices(files, table.timeline(), time));
  const std::string oldest_allowed =
      FormatInstantTime(table.clock().NowMicros() - options.log_age_us, table.config().is_utc);
  std::erase_if(slices, [&](const FileSlice& slice) {
    return !IsDue(slice, oldest_allowed, table.timeline(), options);
  });
  if (slices.empty()) return std::nullopt;
  ASSIGN_OR_RAISE(const std::string plan, EncodeCompactionPlan(slices));
  ASSIGN_OR_RAISE(Instant instant, table.timeline().RequestAt(time, "compaction", plan));
  FaultPoint("hudi.compaction_after_plan");
  return instant;
}

}  // namespace

Result<CompactionResult> Compact(Table& table, CompactionOptions options) {
  CompactionResult result;
  RETURN_NOT_OK(table.Refresh());
  for (const Instant& instant : table.timeline().instants()) {
    if (instant.action != "compaction" || instant.state == InstantState::kCompleted) continue;
    RETURN_NOT_OK(Execute(table, instant, &options, &result));
  }
  if (!result.instant.empty()) return result;
  ASSIGN_OR_RAISE(const auto instant, Plan(table, options));
  if (instant.has_value()) RETURN_NOT_OK(Execute(table, *instant, &options, &result));
  return result;
}

}  // namespace headrace::hudi
