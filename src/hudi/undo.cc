#include "hudi/undo.h"

#include <nlohmann/json.hpp>

#include "base/fault.h"
#include "hudi/markers.h"

namespace headrace::hudi {

using Json = nlohmann::json;

Result<std::vector<DataFile>> DeleteWritten(const std::string& instant_time,
                                            std::vector<DataFile> files,
                                            storage::Storage& storage) {
  std::erase_if(files, [&](const DataFile& file) { return file.name.instant != instant_time; });
  for (const DataFile& file : files) {
    RETURN_NOT_OK(storage.Delete(file.path));
    FaultPoint("hudi.during_rollback");
  }
  RETURN_NOT_OK(RemoveMarkers(instant_time, storage));
  return files;
}

Json RollbackMetadata(const std::string& rollback_time, const Instant& target,
                      const std::vector<DataFile>& deleted, const storage::Storage& storage) {
  Json partitions = Json::object();
  for (const DataFile& file : deleted) {
    Json& partition = partitions[file.partition];
    partition["partitionPath"] = file.partition;
    partition["successDeleteFiles"].push_back(AbsolutePath(file.path, storage));
    partition["rollbackLogFiles"] = Json::object();
    partition["logFilesFromFailedCommit"] = Json::object();
  }
  return {{"startRollbackTime", rollback_time},
          {"timeTakenInMillis", 0},
          {"totalFilesDeleted", deleted.size()},
          {"commitsRollback", {target.time}},
          {"partitionMetadata", std::move(partitions)},
          {"version", 1},
          {"instantsRollback",
           Json::array({{{"commitTime", target.time}, {"action", target.CompletedAction()}}})}};
}

}  // namespace headrace::hudi
