// Markers name the data files of an action in flight, so that other engines can roll it back:
// .hoodie/.temp/<instant>/MARKERS0, one line a file.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "storage/storage.h"

namespace headrace::hudi {

inline constexpr char kMarkersFolder[] = ".hoodie/.temp";

struct Marker {
  std::string path;         // of the data file, relative to the table
  bool is_rewrite = false;  // of a file group's older base file
};

// Writes the markers of files that are about to be made.
Status WriteMarkers(const std::string& instant_time, const std::vector<Marker>& markers,
                    storage::Storage& storage);

// Deletes what WriteMarkers wrote, without asking what there is.
Status DeleteWrittenMarkers(const std::string& instant_time, storage::Storage& storage);

// Returns the instant that a file below kMarkersFolder is for.
std::string InstantOfMarker(const std::string& name);

// Removes all that there is for an instant, of any engine.
Status RemoveMarkers(const std::string& instant_time, storage::Storage& storage);

}  // namespace headrace::hudi
