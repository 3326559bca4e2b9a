#include "hudi/archived_timeline.h"

#include <arrow/array/array_binary.h>

#include <nlohmann/json.hpp>

#include "hudi/parquet_file.h"

namespace headrace::hudi {
namespace {

constexpr char kHistoryFolder[] = ".hoodie/timeline/history/";

Status AddFile(std::string_view file, std::map<std::string, std::string>* times) {
  static const auto schema = arrow::schema(
      {arrow::field("instantTime", arrow::utf8()), arrow::field("completionTime", arrow::utf8())});
  ASSIGN_OR_RAISE(const auto batches, ReadParquet(file, schema));
  for (const auto& batch : batches) {
    const auto& instants = static_cast<const arrow::StringArray&>(*batch->column(0));
    const auto& completions = static_cast<const arrow::StringArray&>(*batch->column(1));
    for (int64_t row = 0; row < batch->num_rows(); ++row)
      if (instants.IsValid(row) && completions.IsValid(row))
        (*times)[instants.GetString(row)] = completions.GetString(row);
  }
  return Status::OK();
}

}  // namespace

Result<std::map<std::string, std::string>> ReadArchivedCompletionTimes(storage::Storage& storage) {
  std::map<std::string, std::string> times;
  const std::string folder = kHistoryFolder;
  const Result<std::string> version = storage.Get(folder + "_version_");
  if (version.status().IsKeyError()) return times;
  RETURN_NOT_OK(version.status());
  const std::string number = version->substr(0, version->find_last_not_of(" \r\n") + 1);
  ASSIGN_OR_RAISE(const std::string manifest, storage.Get(folder + "manifest_" + number));
  const auto json = nlohmann::json::parse(manifest, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("files") || !json.at("files").is_array())
    return Status::Invalid("the manifest of the archived timeline is broken: manifest_", number);
  for (const auto& file : json.at("files")) {
    if (!file.is_object() || !file.contains("fileName") || !file.at("fileName").is_string())
      return Status::Invalid("the manifest of the archived timeline names no file: ", number);
    ASSIGN_OR_RAISE(const std::string bytes,
                    storage.Get(folder + file.at("fileName").get<std::string>()));
    RETURN_NOT_OK(AddFile(bytes, &times));
  }
  return times;
}

}  // namespace headrace::hudi
