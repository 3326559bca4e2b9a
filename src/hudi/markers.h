// Markers name the data files of an action in flight, so that other engines can roll it back:
// .hoodie/.temp/<instant>/MARKERS0, one line a file.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "storage/storage.h"

namespace headrace::hudi {

// Writes the markers of files that are about to be created: `paths`, relative to the table.
Status WriteMarkers(const std::string& instant_time, const std::vector<std::string>& paths,
                    storage::Storage& storage);

// Removes all that there is for an instant.
Status RemoveMarkers(const std::string& instant_time, storage::Storage& storage);

}  // namespace headrace::hudi
