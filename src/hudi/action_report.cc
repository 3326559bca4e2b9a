#include "hudi/action_report.h"

#include <nlohmann/json.hpp>

#include "avro/container.h"

namespace headrace::hudi {
namespace {

using Json = nlohmann::json;

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

int64_t Number(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

const Json& Member(const Json& object, const char* key) {
  static const Json none;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() ? none : *found;
}

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// A base file, or the log files of one stat: further ones than the first have no numbers.
void AddStat(const std::string& partition, const Json& stat, ActionReport* report) {
  WrittenFile file{.partition = partition,
                   .file_id = Text(stat, "fileId"),
                   .name = NameOf(Text(stat, "path")),
                   .rows = Number(stat, "numWrites"),
                   .deletes = Number(stat, "numDeletes"),
                   .size = Number(stat, "fileSizeInBytes")};
  if (file.name.empty()) return;
  report->written.push_back(file);
  for (const Json& log : Member(stat, "logFiles")) {
    if (!log.is_string() || NameOf(log.get<std::string>()) == file.name) continue;
    report->written.push_back(
        {.partition = partition, .file_id = file.file_id, .name = NameOf(log.get<std::string>())});
  }
}

// Cleans, rollbacks, restores and their plans keep the names at different depths.
void AddDeleted(const Json& json, ActionReport* report) {
  if (!json.is_structured()) return;
  for (const auto& [key, value] : json.items()) {
    const bool is_list = key == "successDeleteFiles" || key == "filesToBeDeleted";
    if (is_list && value.is_array()) {
      for (const Json& path : value)
        if (path.is_string()) report->deleted.push_back(NameOf(path.get<std::string>()));
    } else if (key == "filePath" && value.is_string()) {
      report->deleted.push_back(NameOf(value.get<std::string>()));
    } else {
      AddDeleted(value, report);
    }
  }
}

}  // namespace

int64_t ActionReport::rows_written() const {
  int64_t sum = 0;
  for (const WrittenFile& file : written) sum += file.rows;
  return sum;
}

int64_t ActionReport::rows_deleted() const {
  int64_t sum = 0;
  for (const WrittenFile& file : written) sum += file.deletes;
  return sum;
}

int64_t ActionReport::bytes_written() const {
  int64_t sum = 0;
  for (const WrittenFile& file : written) sum += file.size;
  return sum;
}

Result<ActionReport> ReadActionReport(std::string_view file) {
  ASSIGN_OR_RAISE(const auto records, avro::ReadContainer(file));
  if (records.size() != 1 || !records[0].is_object())
    return Status::Invalid("the file holds ", records.size(), " records, not one");
  const Json& record = records[0];
  ActionReport report;
  report.operation = Text(record, "operationType");
  for (const auto& [partition, stats] : Member(record, "partitionToWriteStats").items())
    for (const Json& stat : stats)
      if (stat.is_object()) AddStat(partition, stat, &report);
  for (const auto& [partition, groups] : Member(record, "partitionToReplaceFileIds").items())
    for (const Json& group : groups)
      if (group.is_string()) report.replaced[partition].push_back(group.get<std::string>());
  for (const auto& [key, value] : Member(record, "extraMetadata").items())
    if (value.is_string()) report.extra[key] = value.get<std::string>();
  AddDeleted(record, &report);
  return report;
}

}  // namespace headrace::hudi
