// The parts of Validate(): each checks one thing, and knows what those before it have read. What is
// wrong in the table is a finding; they fail only where the storage does.
#pragma once

#include <arrow/type.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/action_report.h"
#include "hudi/file_group.h"
#include "hudi/instant.h"
#include "hudi/properties.h"
#include "hudi/table_config.h"
#include "hudi/validation.h"

namespace headrace::hudi {

// Whether a file's commit counts.
enum class CommitState { kCompleted, kPending, kUnknown };

struct CheckedTable {
  explicit CheckedTable(storage::Storage& storage) : storage(storage) {}

  storage::Storage& storage;
  Validation result;
  std::vector<storage::ObjectInfo> objects;
  Properties properties;
  TableConfig config;
  std::map<std::string, Instant> instants;      // the newest state of each, by time
  std::map<std::string, std::string> archived;  // completion times
  std::map<std::string, ActionReport> reports;  // of completed actions, by time
  std::shared_ptr<arrow::Schema> schema;        // null where no commit has one
  std::vector<DataFile> files;
  std::map<std::string, const WrittenFile*> stats;  // of commits, by the file's name
  std::set<std::string> deleted;                    // names of files that were deleted on purpose

  void Error(std::string file, std::string what, std::string hint);
  void Warning(std::string file, std::string what, std::string hint);
  CommitState StateOf(const std::string& instant_time) const;
};

// The names of the timeline's files.
Result<std::set<std::string>> ListTimeline(storage::Storage& storage);

// Reads the timeline, its archive and the reports of all actions. Actions whose completed file
// isn't among `settled` count as pending.
Status CheckTimeline(const std::set<std::string>& settled, CheckedTable* table);

Status CheckProperties(CheckedTable* table);

// What lies in the table's folders: data files, partition metadata, markers.
Status CheckFiles(CheckedTable* table);

// The files that commits say they wrote against those that are there.
void CheckCommits(CheckedTable* table);

// Buckets, and groups that were replaced.
void CheckFileGroups(CheckedTable* table);

// Reads one data file of a completed commit.
Status CheckContent(const DataFile& file, CheckedTable* table);

}  // namespace headrace::hudi
