// A Commit changes a table in one atomic step.
//
//   Table::Begin      the instant is requested and inflight
//   Write             data files; no reader looks at them yet
//   Complete          one file on the timeline makes all of it visible
//
// One that isn't completed leaves files behind, which the table's next Begin or OpenOrCreate rolls
// back.
#pragma once

#include <arrow/record_batch.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/file_name.h"
#include "hudi/instant.h"
#include "hudi/table.h"

namespace headrace::hudi {

struct GroupChanges;
struct GroupFile;

// What a commit put into one file group.
struct WriteStat {
  std::string partition;
  std::string file_id;
  std::string file_name;
  std::optional<DataFileName> previous;  // copy-on-write: the base file that this one replaces
  int64_t rows = 0;                      // in the file
  int64_t inserts = 0;
  int64_t updates = 0;
  int64_t deletes = 0;
  int64_t bytes = 0;
  bool is_new_group = false;
  bool is_log = true;
};

// Not thread-safe.
class Commit {
 public:
  ~Commit();

  // Writes upserts and deletes: batches with the table's columns, of which deletes need those of
  // key, partition and ordering only. No key may be in both or twice, and Write is called once. A
  // table without a key, and one whose partitions are overwritten, takes no deletes (Invalid).
  //
  // Errors: user errors for rows that the table cannot hold: a null in key, ordering or a NOT NULL
  // column.
  Status Write(const std::vector<std::shared_ptr<arrow::RecordBatch>>& upserts,
               const std::vector<std::shared_ptr<arrow::RecordBatch>>& deletes);

  // Makes the commit visible; `extra` is kept in its metadata. Errors: fatal where another writer
  // completed a commit since this one began.
  Status Complete(const std::map<std::string, std::string>& extra);

  const Instant& instant() const { return instant_; }
  const std::vector<WriteStat>& stats() const { return stats_; }

 private:
  friend class Table;
  Commit(Table& table, WriteOperation operation, Instant instant, std::string known_completion)
      : table_(table),
        operation_(operation),
        instant_(std::move(instant)),
        known_completion_(std::move(known_completion)) {}

  std::vector<GroupFile> PlanFiles(std::vector<GroupChanges> groups);
  Status FindReplaced(const std::vector<GroupFile>& files);
  Status WritePartitionMetadata(const std::vector<GroupFile>& files);
  void Keep(const GroupFile& file, const WriteStat& stat);
  Result<std::string> Metadata(const std::map<std::string, std::string>& extra) const;
  Status CheckAlone();

  Table& table_;
  const WriteOperation operation_;
  Instant instant_;
  std::string known_completion_;  // newest completion on the timeline when the commit began
  std::vector<WriteStat> stats_;
  std::map<std::string, std::vector<std::string>> replaced_;  // file ids of each partition
};

}  // namespace headrace::hudi
