#include "hudi/archived_timeline.h"

#include <arrow/array/array_binary.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "hudi/parquet_reader.h"

namespace headrace::hudi {
namespace {

constexpr char kHistoryFolder[] = ".hoodie/timeline/history/";

// Calls `visit` with the given columns of every row of the archived timeline; a null is "".
Status VisitRows(storage::Storage& storage, const std::vector<std::string>& columns,
                 const std::function<void(std::vector<std::string>)>& visit) {
  arrow::FieldVector fields;
  for (const std::string& name : columns)
    fields.push_back(arrow::field(name, name == "metadata" ? arrow::binary() : arrow::utf8()));
  const auto schema = arrow::schema(std::move(fields));
  ASSIGN_OR_RAISE(const std::vector<std::string> files, ListArchiveFiles(storage));
  for (const std::string& file : files) {
    ASSIGN_OR_RAISE(const std::string bytes, storage.Get(file));
    const auto batches = ReadParquet(bytes, schema);
    if (!batches.ok()) return WithContext(storage.root() + "/" + file, batches.status());
    for (const auto& batch : *batches) {
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        std::vector<std::string> values;
        for (const auto& column : batch->columns())
          values.push_back(static_cast<const arrow::BinaryArray&>(*column).GetString(row));
        visit(std::move(values));
      }
    }
  }
  return Status::OK();
}

}  // namespace

Result<std::vector<std::string>> ListArchiveFiles(storage::Storage& storage) {
  const std::string folder = kHistoryFolder;
  std::vector<std::string> files;
  const Result<std::string> version = storage.Get(folder + "_version_");
  if (version.status().IsKeyError()) return files;
  RETURN_NOT_OK(version.status());
  const std::string number = version->substr(0, version->find_last_not_of(" \r\n") + 1);
  ASSIGN_OR_RAISE(const std::string manifest, storage.Get(folder + "manifest_" + number));
  const auto json = nlohmann::json::parse(manifest, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("files") || !json.at("files").is_array())
    return Status::Invalid("the manifest of the archived timeline is broken: manifest_", number);
  for (const auto& file : json.at("files")) {
    if (!file.is_object() || !file.contains("fileName") || !file.at("fileName").is_string())
      return Status::Invalid("the manifest of the archived timeline names no file: ", number);
    files.push_back(folder + file.at("fileName").get<std::string>());
  }
  return files;
}

Result<std::vector<ArchivedInstant>> ReadArchivedInstants(storage::Storage& storage) {
  std::vector<ArchivedInstant> instants;
  RETURN_NOT_OK(VisitRows(storage, {"instantTime", "completionTime", "action", "metadata"},
                          [&](std::vector<std::string> row) {
                            instants.push_back({{.time = std::move(row[0]),
                                                 .action = std::move(row[2]),
                                                 .state = InstantState::kCompleted,
                                                 .completion_time = std::move(row[1])},
                                                std::move(row[3])});
                          }));
  std::sort(instants.begin(), instants.end(),
            [](const ArchivedInstant& a, const ArchivedInstant& b) {
              return a.instant.time < b.instant.time;
            });
  return instants;
}

Result<std::map<std::string, std::string>> ReadArchivedCompletionTimes(storage::Storage& storage) {
  std::map<std::string, std::string> times;
  RETURN_NOT_OK(
      VisitRows(storage, {"instantTime", "completionTime"}, [&](std::vector<std::string> row) {
        if (!row[0].empty() && !row[1].empty()) times[row[0]] = std::move(row[1]);
      }));
  return times;
}

}  // namespace headrace::hudi
