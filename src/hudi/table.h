// A Hudi table: merge-on-read or copy-on-write, of table version 8 or 9, its metadata table off.
// With a key it has the simple bucket index; without one rows are only added. What is on disk, byte
// for byte: docs/HUDI_FORMAT.md.
//
// One writer at a time. A commit is begun, written and completed; until it is complete no reader
// sees any of it, and afterwards every reader sees all of it. Readers need no lock.
#pragma once

#include <arrow/type.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "hudi/file_group.h"
#include "hudi/table_config.h"
#include "hudi/timeline.h"
#include "storage/storage.h"

namespace headrace::hudi {

class Commit;

// How changes are kept: in log files that readers merge, or in base files that are written anew.
enum class TableType { kMergeOnRead, kCopyOnWrite };

// A table as its writer wants it.
struct TableDefinition {
  std::string name;
  std::shared_ptr<arrow::Schema> schema;
  TableType type = TableType::kMergeOnRead;
  std::vector<std::string> key;  // empty: rows are only added
  std::vector<std::string> partition_by;
  bool hive_style_partitions = false;  // folders are named "region=eu", not "eu"
  std::string order_by;                // empty: the later commit wins
  int buckets = 4;                     // of a table with a key
  int version = 8;
};

enum class WriteOperation {
  kUpsert,               // rows are put in, replaced and deleted by key; without a key, added
  kOverwritePartitions,  // every partition that a row goes to holds these rows only
};

// One thread commits. Table services may run in another meanwhile: they use the timeline and the
// storage, which are thread-safe, and never what is kept for writing.
class Table {
 public:
  // Opens a table for reading.
  //
  // Errors: a user error where there is none, or one that headrace cannot read.
  static Result<std::unique_ptr<Table>> Open(std::shared_ptr<storage::Storage> storage);

  // Opens a table for writing, and makes it where there is none. Commits that a dead writer left
  // behind are rolled back.
  //
  // Errors: a user error that lists every difference where the table isn't as `definition` says.
  static Result<std::unique_ptr<Table>> OpenOrCreate(std::shared_ptr<storage::Storage> storage,
                                                     const TableDefinition& definition,
                                                     Clock& clock = Clock::System());

  const TableConfig& config() const { return config_; }
  std::shared_ptr<arrow::Schema> schema() const {  // its own columns
    const std::lock_guard lock(schema_mutex_);
    return schema_;
  }
  Timeline& timeline() { return *timeline_; }
  storage::Storage& storage() { return *storage_; }

  Clock& clock() { return clock_; }

  // Reads the schema of the newest completed commit, without meta columns.
  Result<std::shared_ptr<arrow::Schema>> ReadSchema() const;

  // Reads the timeline again: what other writers did since.
  Status Refresh();

  // Returns the newest slice of every file group as of a completion time ("": now).
  Result<std::vector<FileSlice>> FileSlices(const std::string& as_of = "");

  // Calls `visit` with the extra metadata of completed commits, the newest first, until it returns
  // false.
  using ExtraMetadata = std::map<std::string, std::string>;
  Status VisitExtraMetadata(const std::function<Result<bool>(const ExtraMetadata&)>& visit) const;

  // Begins a commit; one of this table that failed is rolled back first.
  Result<std::unique_ptr<Commit>> Begin(WriteOperation operation = WriteOperation::kUpsert);

 private:
  friend class Commit;
  Table(std::shared_ptr<storage::Storage> storage, TableConfig config,
        std::unique_ptr<Timeline> timeline, Clock& clock)
      : storage_(std::move(storage)),
        config_(std::move(config)),
        timeline_(std::move(timeline)),
        clock_(clock) {}
  static Result<std::unique_ptr<Table>> Load(std::shared_ptr<storage::Storage> storage,
                                             Clock& clock);
  Status FitSchema();
  Status FindFileGroups();
  Status CheckBuckets(int buckets);
  Status CheckBucketsByKeys(int buckets);

  std::shared_ptr<storage::Storage> storage_;
  TableConfig config_;
  std::unique_ptr<Timeline> timeline_;
  Clock& clock_;
  mutable std::mutex schema_mutex_;
  std::shared_ptr<arrow::Schema> schema_;
  std::optional<TableDefinition> definition_;  // for writing
  // For writing: the file group of each partition and bucket. Without a key any one of a partition,
  // for what counts is that there is one.
  struct KnownGroup {
    std::string file_id;
    std::optional<DataFile> base;  // copy-on-write: the newest base file
  };
  std::map<std::pair<std::string, int32_t>, KnownGroup> groups_;
  bool has_failed_commit_ = false;
};

}  // namespace headrace::hudi
