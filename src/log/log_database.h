// A LogDatabase is the RocksDB of a local log: the column family "default" with topics, cursors,
// readers and the index, "blocks" with the record blocks. Only the local log's own sources include
// this.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "log/folder_lock.h"
#include "log/log.h"

namespace headrace::log {

// Thread-safe, as RocksDB is.
class LogDatabase {
 public:
  // Errors: user error where the folder is in use, is not there (kReadOnly), or was written by
  // another version of headrace.
  static Result<std::unique_ptr<LogDatabase>> Open(const std::string& folder, OpenMode mode);
  ~LogDatabase();
  LogDatabase(const LogDatabase&) = delete;
  LogDatabase& operator=(const LogDatabase&) = delete;

  rocksdb::DB& db() { return *db_; }
  rocksdb::ColumnFamilyHandle* meta() { return families_[0]; }
  rocksdb::ColumnFamilyHandle* blocks() { return families_[1]; }
  const std::string& folder() const { return folder_; }
  bool read_only() const { return lock_ == nullptr; }

 private:
  LogDatabase() = default;
  Status OpenDatabase(OpenMode mode);
  Status CheckVersion();

  std::string folder_;
  std::unique_ptr<FolderLock> lock_;  // before db_: freed after it was closed
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

// Returns a RocksDB status as ours: fatal, with `doing` before its text.
Status FromRocksDb(const std::string& doing, const rocksdb::Status& status);

}  // namespace headrace::log
