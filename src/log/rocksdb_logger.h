// A logger for RocksDB that writes no file. RocksDB's own, which writes one beside the data, ends
// the process when the disk is full: its file writer asserts that nobody writes after an error.
#pragma once

#include <rocksdb/env.h>

#include <memory>

namespace headrace::log {

// Returns a logger that passes RocksDB's errors on as warnings, its warnings as debug lines, and
// drops the rest.
std::shared_ptr<rocksdb::Logger> MakeRocksDbLogger();

}  // namespace headrace::log
