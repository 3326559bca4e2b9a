#include "log/log_database.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <filesystem>
#include <system_error>

#include "log/log_keys.h"
#include "log/rocksdb_logger.h"

namespace headrace::log {
namespace {

constexpr int kReadOnlyAttempts = 5;

rocksdb::DBOptions DatabaseOptions() {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.max_background_jobs = 2;
  options.max_total_wal_size =
      64 << 20;  // and so what a reader beside a running process reads first
  options.info_log = MakeRocksDbLogger();
  // Every file stays open, so that a reader beside a running process still has those which that
  // one deletes.
  options.max_open_files = -1;
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> Families() {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(8 << 20);
  const std::shared_ptr<rocksdb::TableFactory> factory(rocksdb::NewBlockBasedTableFactory(table));

  rocksdb::ColumnFamilyOptions meta;
  meta.table_factory = factory;
  meta.write_buffer_size = 8 << 20;
  meta.compression = rocksdb::kLZ4Compression;

  // Blocks are written once, read in order and deleted in order: in blob files compaction moves
  // only their keys.
  rocksdb::ColumnFamilyOptions blocks = meta;
  blocks.write_buffer_size = 32 << 20;
  blocks.enable_blob_files = true;
  blocks.min_blob_size = 4 << 10;
  blocks.blob_file_size = 64 << 20;
  blocks.blob_compression_type = rocksdb::kLZ4Compression;
  blocks.enable_blob_garbage_collection = true;
  return {{rocksdb::kDefaultColumnFamilyName, meta}, {"blocks", blocks}};
}

}  // namespace

Status FromRocksDb(const std::string& doing, const rocksdb::Status& status) {
  if (status.ok()) return Status::OK();
  return Status::IOError(doing, ": ", status.ToString());
}

Result<std::unique_ptr<LogDatabase>> LogDatabase::Open(const std::string& folder, OpenMode mode) {
  std::unique_ptr<LogDatabase> database(new LogDatabase);
  database->folder_ = folder;
  if (mode == OpenMode::kReadWrite) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
      return UserError("cannot create the log folder " + folder + ": " + error.message(),
                       "name a folder in `state:` that this user may write to");
    }
    ASSIGN_OR_RAISE(database->lock_, FolderLock::Acquire(folder));
  } else if (!std::filesystem::exists(folder + "/CURRENT")) {
    return UserError("there is no log in the folder " + folder,
                     "a pipeline makes it when it runs: `headrace run FILE`");
  }
  RETURN_NOT_OK(database->OpenDatabase(mode));
  RETURN_NOT_OK(database->CheckVersion());
  return database;
}

Status LogDatabase::OpenDatabase(OpenMode mode) {
  rocksdb::DB* db = nullptr;
  rocksdb::Status status;
  if (mode == OpenMode::kReadWrite) {
    status = rocksdb::DB::Open(DatabaseOptions(), folder_, Families(), &families_, &db);
  } else {
    // The running process may delete a file between our reading its list and opening it.
    for (int attempt = 0; attempt < kReadOnlyAttempts; ++attempt) {
      status =
          rocksdb::DB::OpenForReadOnly(DatabaseOptions(), folder_, Families(), &families_, &db);
      if (status.ok()) break;
    }
  }
  db_.reset(db);
  return FromRocksDb("cannot open the log in " + folder_, status);
}

Status LogDatabase::CheckVersion() {
  std::string version;
  const rocksdb::Status status = db_->Get({}, meta(), std::string(kVersionKey), &version);
  if (status.IsNotFound()) {
    if (read_only()) return Status::OK();  // Made a moment ago; there is nothing in it.
    rocksdb::WriteOptions synced;
    synced.sync = true;
    return FromRocksDb(
        "cannot write to the log in " + folder_,
        db_->Put(synced, meta(), std::string(kVersionKey), std::string(kFormatVersion)));
  }
  RETURN_NOT_OK(FromRocksDb("cannot read the log in " + folder_, status));
  if (version == kFormatVersion) return Status::OK();
  return UserError("the log in " + folder_ + " has format " + version + "; this headrace reads " +
                       std::string(kFormatVersion),
                   "use the headrace that wrote it, or another `state:` folder");
}

LogDatabase::~LogDatabase() {
  if (db_ == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
}

}  // namespace headrace::log
