// Taking an action back: what it wrote, and what a rollback says of that.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/file_group.h"
#include "hudi/instant.h"
#include "storage/storage.h"

namespace headrace::hudi {

// Deletes the data files among `files` that the action of a time has written, then its markers.
// Returns the files that are gone.
Result<std::vector<DataFile>> DeleteWritten(const std::string& instant_time,
                                            std::vector<DataFile> files, storage::Storage& storage);

// The metadata of a rollback of `target`, requested at `rollback_time` (HoodieRollbackMetadata).
nlohmann::json RollbackMetadata(const std::string& rollback_time, const Instant& target,
                                const std::vector<DataFile>& deleted,
                                const storage::Storage& storage);

}  // namespace headrace::hudi
