#include "hudi/archive_writer.h"

#include <arrow/array/array_binary.h>
#include <arrow/builder.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "base/fault.h"
#include "hudi/parquet_file.h"
#include "hudi/parquet_reader.h"
#include "hudi/service_schemas.h"

namespace headrace::hudi {
namespace {

using Json = nlohmann::json;

constexpr char kHistoryFolder[] = ".hoodie/timeline/history";
constexpr int64_t kManifestsKept = 3;

std::string InHistory(const std::string& name) { return std::string(kHistoryFolder) + "/" + name; }
std::string ManifestName(int64_t number) { return "manifest_" + std::to_string(number); }

struct HistoryFile {
  std::string name;  // <first time>_<last time>_<level>.parquet
  int64_t size = 0;

  int level() const {
    const size_t at = name.rfind('_');
    return at == std::string::npos ? 0 : std::atoi(name.c_str() + at + 1);
  }
};

struct Manifest {
  int64_t number = 0;  // 0: there is none yet
  std::vector<HistoryFile> files;
};

Result<Manifest> ParseManifest(int64_t number, storage::Storage& storage) {
  Manifest manifest{number, {}};
  ASSIGN_OR_RAISE(const std::string text, storage.Get(InHistory(ManifestName(number))));
  const auto json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("files") || !json.at("files").is_array())
    return Status::Invalid("the manifest of the archived timeline is broken: manifest_", number);
  for (const Json& file : json.at("files")) {
    if (!file.is_object() || !file.contains("fileName") || !file.at("fileName").is_string())
      return Status::Invalid("the manifest of the archived timeline names no file: ", number);
    const Json size = file.value("fileLen", Json());
    manifest.files.push_back({file.at("fileName").get<std::string>(),
                              size.is_number_integer() ? size.get<int64_t>() : 0});
  }
  return manifest;
}

Result<Manifest> ReadManifest(storage::Storage& storage) {
  const Result<std::string> version = storage.Get(InHistory("_version_"));
  if (version.status().IsKeyError()) return Manifest();
  RETURN_NOT_OK(version.status());
  int64_t number = 0;
  const auto [end, error] =
      std::from_chars(version->data(), version->data() + version->size(), number);
  if (error != std::errc())
    return Status::Invalid("the version of the archived timeline is broken: '", *version, "'");
  return ParseManifest(number, storage);
}

// Replaces a file that another engine may have written: with Hadoop's checksum beside it, which
// would no longer be right.
Status Replace(const std::string& name, std::string_view data, storage::Storage& storage) {
  RETURN_NOT_OK(storage.Delete(InHistory("." + name + ".crc")));
  return storage.Put(InHistory(name), data);
}

// Makes `files` what the archive consists of.
Status WriteManifest(const Manifest& manifest, storage::Storage& storage) {
  Json files = Json::array();
  for (const HistoryFile& file : manifest.files)
    files.push_back({{"fileName", file.name}, {"fileLen", file.size}});
  // A manifest of that number, or a file, may be left of an attempt that died before this point.
  RETURN_NOT_OK(
      Replace(ManifestName(manifest.number), Json{{"files", std::move(files)}}.dump(), storage));
  FaultPoint("hudi.archive_before_version");
  return Replace("_version_", std::to_string(manifest.number), storage);
}

std::shared_ptr<arrow::Schema> HistorySchema() {
  return arrow::schema(
      {arrow::field("instantTime", arrow::utf8()), arrow::field("completionTime", arrow::utf8()),
       arrow::field("action", arrow::utf8()), arrow::field("metadata", arrow::binary()),
       arrow::field("plan", arrow::binary()), arrow::field("version", arrow::int32(), false)});
}

Result<HistoryFile> WriteHistoryFile(const std::shared_ptr<arrow::RecordBatch>& batch, int level,
                                     storage::Storage& storage) {
  const auto& times = static_cast<const arrow::StringArray&>(*batch->column(0));
  ASSIGN_OR_RAISE(const auto bytes,
                  WriteParquet(*batch, {{"parquet.avro.schema", kArchivedInstantSchema},
                                        {"writer.model.name", "avro"}}));
  HistoryFile file;
  file.name = fmt::format("{}_{}_{}.parquet", times.GetView(0),
                          times.GetView(batch->num_rows() - 1), level);
  file.size = bytes->size();
  RETURN_NOT_OK(Replace(file.name, std::string_view(*bytes), storage));
  return file;
}

Result<std::shared_ptr<arrow::RecordBatch>> ToBatch(const std::vector<ArchiveEntry>& entries) {
  arrow::StringBuilder times, completions, actions;
  arrow::BinaryBuilder metadata, plans;
  arrow::Int32Builder versions;
  for (const ArchiveEntry& entry : entries) {
    RETURN_NOT_OK(times.Append(entry.time));
    RETURN_NOT_OK(completions.Append(entry.completion_time));
    RETURN_NOT_OK(actions.Append(entry.action));
    RETURN_NOT_OK(metadata.Append(entry.metadata));
    RETURN_NOT_OK(entry.plan.empty() ? plans.AppendNull() : plans.Append(entry.plan));
    RETURN_NOT_OK(versions.Append(1));
  }
  arrow::ArrayVector columns(6);
  ASSIGN_OR_RAISE(columns[0], times.Finish());
  ASSIGN_OR_RAISE(columns[1], completions.Finish());
  ASSIGN_OR_RAISE(columns[2], actions.Finish());
  ASSIGN_OR_RAISE(columns[3], metadata.Finish());
  ASSIGN_OR_RAISE(columns[4], plans.Finish());
  ASSIGN_OR_RAISE(columns[5], versions.Finish());
  return arrow::RecordBatch::Make(HistorySchema(), static_cast<int64_t>(entries.size()),
                                  std::move(columns));
}

// Reads files into one batch. They are ordered by time within and, by their names, among each
// other.
Result<std::shared_ptr<arrow::RecordBatch>> ReadFiles(std::vector<HistoryFile> files,
                                                      storage::Storage& storage) {
  std::sort(files.begin(), files.end(),
            [](const HistoryFile& a, const HistoryFile& b) { return a.name < b.name; });
  std::vector<std::shared_ptr<arrow::RecordBatch>> all;
  for (const HistoryFile& file : files) {
    ASSIGN_OR_RAISE(const std::string bytes, storage.Get(InHistory(file.name)));
    ASSIGN_OR_RAISE(auto batches, ReadParquet(bytes, HistorySchema()));
    all.insert(all.end(), batches.begin(), batches.end());
  }
  return arrow::ConcatenateRecordBatches(all);
}

// Deletes what neither of the newest manifests names.
Status DeleteUnused(const Manifest& manifest, storage::Storage& storage) {
  std::set<std::string> used = {"_version_"};
  for (int64_t number = std::max<int64_t>(1, manifest.number - kManifestsKept + 1);
       number <= manifest.number; ++number) {
    const auto kept = ParseManifest(number, storage);
    if (kept.status().IsKeyError()) continue;
    RETURN_NOT_OK(kept.status());
    used.insert(ManifestName(number));
    for (const HistoryFile& file : kept->files) used.insert(file.name);
  }
  ASSIGN_OR_RAISE(const auto objects, storage.List(kHistoryFolder));
  for (const storage::ObjectInfo& object : objects) {
    std::string name = object.name.substr(sizeof(kHistoryFolder));
    if (name.starts_with('.') && name.ends_with(".crc")) name = name.substr(1, name.size() - 5);
    if (!used.contains(name)) RETURN_NOT_OK(storage.Delete(object.name));
  }
  return Status::OK();
}

}  // namespace

Status AppendToArchive(const std::vector<ArchiveEntry>& entries, storage::Storage& storage) {
  ASSIGN_OR_RAISE(Manifest manifest, ReadManifest(storage));
  ASSIGN_OR_RAISE(const auto batch, ToBatch(entries));
  ASSIGN_OR_RAISE(HistoryFile file, WriteHistoryFile(batch, 0, storage));
  FaultPoint("hudi.archive_before_manifest");
  manifest.files.push_back(std::move(file));
  ++manifest.number;
  return WriteManifest(manifest, storage);
}

Status CompactArchive(int64_t files_max, storage::Storage& storage) {
  ASSIGN_OR_RAISE(Manifest manifest, ReadManifest(storage));
  for (int level = 0;; ++level) {
    std::vector<HistoryFile> merged;
    bool is_above = false;
    for (const HistoryFile& file : manifest.files) {
      if (file.level() == level) merged.push_back(file);
      is_above = is_above || file.level() > level;
    }
    if (static_cast<int64_t>(merged.size()) < files_max) {
      if (!is_above) break;
      continue;
    }
    ASSIGN_OR_RAISE(const auto batch, ReadFiles(merged, storage));
    ASSIGN_OR_RAISE(HistoryFile file, WriteHistoryFile(batch, level + 1, storage));
    std::erase_if(manifest.files, [&](const HistoryFile& other) { return other.level() == level; });
    manifest.files.push_back(std::move(file));
    std::sort(manifest.files.begin(), manifest.files.end(),
              [](const HistoryFile& a, const HistoryFile& b) { return a.name < b.name; });
    ++manifest.number;
    RETURN_NOT_OK(WriteManifest(manifest, storage));
  }
  return DeleteUnused(manifest, storage);
}

}  // namespace headrace::hudi
