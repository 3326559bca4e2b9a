#include "hudi/markers.h"

namespace headrace::hudi {
namespace {

std::string FolderOf(const std::string& instant_time) { return ".hoodie/.temp/" + instant_time; }

}  // namespace

Status WriteMarkers(const std::string& instant_time, const std::vector<std::string>& paths,
                    storage::Storage& storage) {
  std::string names;
  for (const std::string& path : paths) names += path + ".marker.CREATE\n";
  const std::string folder = FolderOf(instant_time);
  RETURN_NOT_OK(storage.PutIfAbsent(folder + "/MARKERS0", names));
  return storage.PutIfAbsent(folder + "/MARKERS.type", "TIMELINE_SERVER_BASED");
}

Status RemoveMarkers(const std::string& instant_time, storage::Storage& storage) {
  ASSIGN_OR_RAISE(const auto markers, storage.List(FolderOf(instant_time)));
  for (const storage::ObjectInfo& marker : markers) RETURN_NOT_OK(storage.Delete(marker.name));
  return Status::OK();
}

}  // namespace headrace::hudi
