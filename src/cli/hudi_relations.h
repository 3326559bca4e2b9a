// Hudi tables as queries read them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "sql/relation.h"
#include "storage/open_storage.h"

namespace headrace::cli {

// Where queries find Hudi tables: by the names that a pipeline gives them, else by their places.
struct HudiPlaces {
  std::map<std::string, std::string> named;
  storage::StorageOptions storage;
};

// Returns a table, as it is.
Result<std::shared_ptr<sql::Relation>> OpenHudiRelation(const std::string& table,
                                                        const HudiPlaces& places);

// Returns the functions that read tables at other times:
//   hudi('TABLE', as_of => 'TIME', read_optimized => 'true')
//   hudi_changes('TABLE', 'FROM', until => 'TO')
// Times are those of ParseQueryTime().
std::vector<sql::TableFunction> HudiFunctions(const HudiPlaces& places);

}  // namespace headrace::cli
