#include "hudi/cluster.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "avro/container.h"
#include "base/fault.h"
#include "base/logging.h"
#include "hudi/base_file.h"
#include "hudi/commit_metadata.h"
#include "hudi/earlier_commits.h"
#include "hudi/markers.h"
#include "hudi/merge.h"
#include "hudi/service_schemas.h"
#include "hudi/table_schema.h"
#include "hudi/undo.h"
#include "storage/object_stream.h"

namespace headrace::hudi {
namespace {

using Json = nlohmann::json;

// The slices that become one file.
struct Bin {
  std::vector<FileSlice> slices;
  int64_t bytes = 0;
};

// Fills bins of one partition each with small files, the oldest first.
std::vector<Bin> FillBins(const std::vector<FileSlice>& slices, const ClusterOptions& options) {
  std::map<std::string, std::vector<FileSlice>> small;  // by partition
  for (const FileSlice& slice : slices)
    if (slice.base.has_value() && slice.logs.empty() &&
        slice.base->size < options.file_size_bytes / 2)
      small[slice.partition].push_back(slice);
  std::vector<Bin> bins;
  for (auto& [partition, files] : small) {
    std::sort(files.begin(), files.end(),
              [](const FileSlice& a, const FileSlice& b) { return a.instant < b.instant; });
    Bin bin;
    for (FileSlice& file : files) {
      bin.bytes += file.base->size;
      bin.slices.push_back(std::move(file));
      if (bin.bytes < options.file_size_bytes) continue;
      bins.push_back(std::move(bin));
      bin = Bin();
    }
    // What doesn't fill a file waits until there are many, or it would be rewritten every time.
    if (static_cast<int64_t>(bin.slices.size()) >= options.files_min)
      bins.push_back(std::move(bin));
  }
  return bins;
}

Result<std::string> EncodePlan(const std::vector<Bin>& bins, const storage::Storage& storage) {
  Json groups = Json::array();
  for (const Bin& bin : bins) {
    Json slices = Json::array();
    for (const FileSlice& slice : bin.slices)
      slices.push_back({{"dataFilePath", AbsolutePath(slice.base->path, storage)},
                        {"deltaFilePaths", Json::array()},
                        {"fileId", slice.file_id},
                        {"partitionPath", slice.partition},
                        {"bootstrapFilePath", ""},
                        {"version", 1}});
    groups.push_back({{"slices", std::move(slices)},
                      {"metrics", Json::object()},
                      {"numOutputFileGroups", 1},
                      {"extraMetadata", nullptr},
                      {"version", 1}});
  }
  return avro::WriteContainer(kClusteringPlanSchema,
                              {{"operationType", "CLUSTER"},
                               {"clusteringPlan",
                                {{"inputGroups", std::move(groups)},
                                 {"strategy", nullptr},
                                 {"extraMetadata", Json::object()},
                                 {"version", 1},
                                 {"preserveHoodieMetadata", true},
                                 {"missingSchedulePartitions", Json::array()}}},
                               {"extraMetadata", Json::object()},
                               {"version", 1}});
}

Result<WriteStat> WriteBin(Table& table, const Bin& bin, const DataFileName& name,
                           const std::shared_ptr<arrow::Schema>& schema) {
  const std::string path = PathIn(bin.slices.front().partition, name.ToString());
  ASSIGN_OR_RAISE(const auto file, table.storage().Create(path));
  const auto stream = std::make_shared<storage::ObjectStream>(*file);
  BaseFileWriter writer(stream, schema, name.ToString(), RowsExpected(bin.bytes));
  for (const FileSlice& slice : bin.slices) {
    ASSIGN_OR_RAISE(const auto rows,
                    OpenSlice(table.storage(), slice, schema, table.config().order_by));
    RETURN_NOT_OK(writer.WriteAll(*rows));
  }
  RETURN_NOT_OK(writer.Finish(table.config().name));
  RETURN_NOT_OK(file->Finish());
  WriteStat stat;
  stat.partition = bin.slices.front().partition;
  stat.file_id = name.file_id;
  stat.file_name = name.ToString();
  stat.rows = stat.inserts = writer.rows();
  RETURN_NOT_OK(stream->Tell().Value(&stat.bytes));
  stat.is_new_group = true;
  stat.is_log = false;
  FaultPoint("hudi.clustering_between_files");
  return stat;
}

// What another action has replaced meanwhile must not come back.
Status CheckStillThere(Table& table, const std::vector<Bin>& bins) {
  RETURN_NOT_OK(table.Refresh());
  ASSIGN_OR_RAISE(const auto slices, table.FileSlices());
  std::set<std::pair<std::string, std::string>> groups;
  for (const FileSlice& slice : slices) groups.emplace(slice.partition, slice.file_id);
  for (const Bin& bin : bins)
    for (const FileSlice& slice : bin.slices)
      if (!groups.contains({slice.partition, slice.file_id}))
        return Status::IOError("the file group ", slice.file_id, " of ", table.storage().root(),
                               " was replaced while it was being merged");
  return Status::OK();
}

Status Execute(Table& table, Instant instant, const std::vector<Bin>& bins, ServiceBudget* budget,
               ClusterResult* result) {
  RETURN_NOT_OK(table.timeline().MakeInflight(&instant, ""));
  std::vector<DataFileName> names;
  std::vector<Marker> markers;
  for (const Bin& bin : bins) {
    DataFileName& name = names.emplace_back();
    name.file_id = MakeFileId(std::nullopt);
    name.instant = instant.time;
    name.write_token = fmt::format("{}-0-0", names.size() - 1);
    markers.push_back({PathIn(bin.slices.front().partition, name.ToString())});
  }
  RETURN_NOT_OK(WriteMarkers(instant.time, markers, table.storage()));
  ASSIGN_OR_RAISE(const auto own_schema, table.ReadSchema());
  const auto schema = WithMetaColumns(*own_schema);
  std::vector<WriteStat> stats;
  ReplacedFileIds replaced;
  for (size_t i = 0; i < bins.size(); ++i) {
    RETURN_NOT_OK(budget->BetweenFiles());
    ASSIGN_OR_RAISE(WriteStat stat, WriteBin(table, bins[i], names[i], schema));
    for (const FileSlice& slice : bins[i].slices)
      replaced[slice.partition].push_back(slice.file_id);
    result->files_read += static_cast<int64_t>(bins[i].slices.size());
    result->bytes_written += stat.bytes;
    ++result->files_written;
    stats.push_back(std::move(stat));
  }
  ASSIGN_OR_RAISE(
      const std::string metadata,
      ReplaceCommitMetadata(instant.time, stats, "CLUSTER", replaced,
                            {{"schema", ToAvroSchemaJson(*own_schema, table.config().name)}}));
  RETURN_NOT_OK(CheckStillThere(table, bins));
  FaultPoint("hudi.clustering_before_complete");
  RETURN_NOT_OK(table.timeline().Complete(&instant, metadata, table.clock()));
  result->instant = instant.time;
  LogInfo("hudi", "merged {} small files of {} into {}", result->files_read, table.storage().root(),
          result->files_written);
  return RemoveMarkers(instant.time, table.storage());
}

// Files first: as long as its instant is there, they are known not to count.
Status TakeBack(Table& table, const Instant& instant) {
  ASSIGN_OR_RAISE(const auto files, ListDataFiles(table.storage()));
  RETURN_NOT_OK(DeleteWritten(instant.time, files, table.storage()).status());
  return table.timeline().Remove(instant);
}

}  // namespace

Result<ClusterResult> MergeSmallFiles(Table& table, ClusterOptions options) {
  if (!table.config().key.empty())
    return UserError("the Hudi table " + table.storage().root() + " has a key",
                     "only files of tables without a key are merged: with one, the number of "
                     "buckets says how large they are");
  ClusterResult result;
  RETURN_NOT_OK(table.Refresh());
  for (const Instant& instant : table.timeline().instants())
    if (instant.action == "clustering" && instant.state != InstantState::kCompleted)
      RETURN_NOT_OK(TakeBack(table, instant));
  ASSIGN_OR_RAISE(const auto slices, table.FileSlices());
  const std::vector<Bin> bins = FillBins(slices, options);
  if (bins.empty()) return result;
  ASSIGN_OR_RAISE(const std::string plan, EncodePlan(bins, table.storage()));
  ASSIGN_OR_RAISE(const Instant instant,
                  table.timeline().Request("clustering", plan, table.clock()));
  FaultPoint("hudi.clustering_after_plan");
  RETURN_NOT_OK(AwaitEarlierCommits(table, instant, options.wait_us_max));
  RETURN_NOT_OK(Execute(table, instant, bins, &options.budget, &result));
  return result;
}

}  // namespace headrace::hudi
