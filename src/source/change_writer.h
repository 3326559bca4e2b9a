// A ChangeWriter appends the changes of a table to the partitions of a topic, each together with
// the cursor that says so: whenever the process dies, every change is kept once.
#pragma once

#include <arrow/record_batch.h>

#include <memory>
#include <string>
#include <vector>

#include "log/log.h"
#include "source/hudi_cursor.h"

namespace headrace::source {

// Not thread-safe.
class ChangeWriter {
 public:
  // `key`: the columns whose values decide the partition of a record; empty: its place does.
  ChangeWriter(std::shared_ptr<log::Topic> topic, std::vector<std::string> key);

  // Reads what earlier runs stored. Where a range was being read, that is the one to go on with:
  // from its beginning, for what is kept already is left out.
  Result<HudiCursor> Restore();

  // Begins to read a range.
  void Begin(const std::string& from, const std::string& to);

  // Adds the next rows of part `part`, as records with a value or as tombstones. Where there is
  // much of it, it is appended.
  Status Add(int64_t part, const arrow::RecordBatch& batch, bool is_delete, int64_t now_us);

  // Appends what is left and remembers that the range is kept.
  Status Finish();

  // Records appended since the object was made.
  int64_t appended() const { return appended_; }

 private:
  Status Append(const HudiCursor& cursor, bool is_last);
  bool IsKept(int32_t partition, int64_t part, int64_t row) const;

  const std::shared_ptr<log::Topic> topic_;
  const std::vector<std::string> key_;
  std::vector<HudiCursor> kept_;                   // by partition
  std::vector<log::RecordBlockBuilder> builders_;  // by partition
  HudiCursor place_;                               // after the row that was added last
  int64_t bytes_ = 0;
  int64_t appended_ = 0;
};

}  // namespace headrace::source
