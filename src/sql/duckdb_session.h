// The one in-memory database that all evaluators of the process share; each has a connection.
#pragma once

#include <duckdb.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "sql/native.h"

namespace headrace::sql {

// Closes what it holds. Not thread-safe.
class DuckConnection {
 public:
  explicit DuckConnection(duckdb_connection connection) : connection_(connection) {}
  ~DuckConnection() { duckdb_disconnect(&connection_); }
  DuckConnection(const DuckConnection&) = delete;
  DuckConnection& operator=(const DuckConnection&) = delete;
  duckdb_connection get() const { return connection_; }

  // Runs a statement whose result doesn't matter.
  Status Execute(const std::string& sql);

 private:
  duckdb_connection connection_;
};

// Connects to the shared database, in which the table function of batch_scan.h is known and, after
// this, the kernels `natives`. Queries run on the calling thread only, so rows keep their order.
// Thread-safe.
Result<std::unique_ptr<DuckConnection>> ConnectToEngine(const std::vector<NativeUse>& natives);

// Opens an in-memory database of its own, without access to files or extensions, and connects to
// it. `threads`: how many it may use.
class DuckDatabase {
 public:
  static Result<std::unique_ptr<DuckDatabase>> Open(int threads);
  ~DuckDatabase() { duckdb_close(&database_); }
  DuckDatabase(const DuckDatabase&) = delete;
  DuckDatabase& operator=(const DuckDatabase&) = delete;
  Result<std::unique_ptr<DuckConnection>> Connect();

 private:
  explicit DuckDatabase(duckdb_database database) : database_(database) {}
  duckdb_database database_;
};

}  // namespace headrace::sql
