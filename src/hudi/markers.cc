#include "hudi/markers.h"

#include <string_view>

namespace headrace::hudi {
namespace {

std::string FolderOf(const std::string& instant_time) {
  return std::string(kMarkersFolder) + "/" + instant_time;
}

}  // namespace

Status WriteMarkers(const std::string& instant_time, const std::vector<Marker>& markers,
                    storage::Storage& storage) {
  std::string names;
  for (const Marker& marker : markers)
    names += marker.path + (marker.is_rewrite ? ".marker.MERGE\n" : ".marker.CREATE\n");
  const std::string folder = FolderOf(instant_time);
  RETURN_NOT_OK(storage.PutIfAbsent(folder + "/MARKERS0", names));
  return storage.PutIfAbsent(folder + "/MARKERS.type", "TIMELINE_SERVER_BASED");
}

Status DeleteWrittenMarkers(const std::string& instant_time, storage::Storage& storage) {
  const std::string folder = FolderOf(instant_time);
  RETURN_NOT_OK(storage.Delete(folder + "/MARKERS0"));
  return storage.Delete(folder + "/MARKERS.type");
}

std::string InstantOfMarker(const std::string& name) {
  const std::string rest = name.substr(std::string_view(kMarkersFolder).size() + 1);
  return rest.substr(0, rest.find('/'));
}

Status RemoveMarkers(const std::string& instant_time, storage::Storage& storage) {
  ASSIGN_OR_RAISE(const auto markers, storage.List(FolderOf(instant_time)));
  for (const storage::ObjectInfo& marker : markers) RETURN_NOT_OK(storage.Delete(marker.name));
  return Status::OK();
}

}  // namespace headrace::hudi
