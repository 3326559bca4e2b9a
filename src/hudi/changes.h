// Reads what the commits of a range of time changed: incremental queries.
//
// The changes are net: applied to the table as of `from` they make the table as of `to`. A row is
// among the upserts if it is in the table as of `to` and its commit completed in (from, to]; a
// record that only met a newer version is not, where Spark's incremental query shows it. A record
// is among the deletes if it may have been there as of `from` and is not as of `to`.
#pragma once

#include <arrow/record_batch.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/file_group.h"
#include "hudi/key_values.h"
#include "hudi/table.h"

namespace headrace::hudi {

struct ChangeOptions {
  std::string from = {};  // completion time, exclusive; "": every row is an upsert
  std::string to = {};    // completion time, inclusive; "": the newest
  std::vector<std::string> columns =
      {};  // of the upserts, also meta columns; empty: the table's own
};

// Used by one thread at a time; the table must outlive it, and may be refreshed meanwhile.
class TableChanges {
 public:
  // Errors: a user error where the table was cleaned, archived or restored since `from`, or for a
  // column that isn't there.
  static Result<std::unique_ptr<TableChanges>> Make(Table& table, const ChangeOptions& options);

  const std::string& to() const { return to_; }
  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }  // of the upserts

  // The changes come by file groups. A record may move from one to another: whoever applies them
  // takes the deletes of all before the upserts of all. The same range gives the same changes in
  // the same order each time it is read.
  size_t groups() const { return groups_.size(); }
  Result<std::vector<RecordId>> Deletes(size_t group);
  Result<std::shared_ptr<arrow::RecordBatchReader>> Upserts(size_t group);

 private:
  // A file group that changed.
  struct Group {
    FileSlice now;                    // as of `to`
    std::optional<FileSlice> before;  // as of `from`
    bool is_gone = false;             // its rows were taken out, not moved
    bool is_moved = false;            // clustering has put its rows into others
  };

  explicit TableChanges(Table& table) : table_(table) {}
  Status FindInstants();
  Status FindGroups();
  Result<std::vector<RecordId>> MissingKeys(const Group& group);
  bool IsInRange(const DataFile& file) const { return instants_.contains(file.name.instant); }

  Table& table_;
  std::string from_, to_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::Schema> merged_;  // schema_, and what merging needs
  std::shared_ptr<arrow::Schema> narrow_;  // what telling the winner of a key needs
  std::set<std::string> instants_;         // requested times of what completed in the range
  std::set<std::string> clusterings_;      // completion times of those that were clusterings
  std::vector<Group> groups_;
};

// Returns all upserts of a range as one reader.
Result<std::shared_ptr<arrow::RecordBatchReader>> ReadIncremental(Table& table,
                                                                  const ChangeOptions& options);

}  // namespace headrace::hudi
