#include "sql/duckdb_session.h"

#include <mutex>
#include <set>

#include "sql/batch_scan.h"

namespace headrace::sql {
namespace {

// Lives as long as the process: evaluators may outlive static destruction.
struct Engine {
  std::mutex mutex;
  std::unique_ptr<DuckDatabase> database;
  std::set<std::string> natives;
};

Engine& TheEngine() {
  static auto* engine = new Engine;
  return *engine;
}

}  // namespace

Status DuckConnection::Execute(const std::string& sql) {
  duckdb_result result;
  Status status;
  if (duckdb_query(connection_, sql.c_str(), &result) != DuckDBSuccess) {
    status = Status::UnknownError("DuckDB refused ", sql, ": ", duckdb_result_error(&result));
  }
  duckdb_destroy_result(&result);
  return status;
}

Result<std::unique_ptr<DuckDatabase>> DuckDatabase::Open(int threads) {
  duckdb_config config;
  if (duckdb_create_config(&config) != DuckDBSuccess) {
    return Status::OutOfMemory("no memory for DuckDB's configuration");
  }
  duckdb_set_config(config, "threads", std::to_string(threads).c_str());
  duckdb_set_config(config, "enable_external_access", "false");
  duckdb_set_config(config, "autoinstall_known_extensions", "false");
  duckdb_set_config(config, "autoload_known_extensions", "false");
  duckdb_set_config(config, "preserve_insertion_order", "true");
  duckdb_set_config(config, "temp_directory", "");
  duckdb_database database = nullptr;
  char* error = nullptr;
  const duckdb_state state = duckdb_open_ext(nullptr, &database, config, &error);
  duckdb_destroy_config(&config);
  if (state != DuckDBSuccess) {
    Status status = Status::UnknownError("DuckDB doesn't open: ", error == nullptr ? "" : error);
    duckdb_free(error);
    return status;
  }
  return std::unique_ptr<DuckDatabase>(new DuckDatabase(database));
}

Result<std::unique_ptr<DuckConnection>> DuckDatabase::Connect() {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(database_, &connection) != DuckDBSuccess) {
    return Status::UnknownError("DuckDB gives no connection");
  }
  return std::make_unique<DuckConnection>(connection);
}

Result<std::unique_ptr<DuckConnection>> ConnectToEngine(const std::vector<NativeUse>& natives) {
  Engine& engine = TheEngine();
  const std::lock_guard lock(engine.mutex);
  if (engine.database == nullptr) {
    ASSIGN_OR_RAISE(auto database, DuckDatabase::Open(1));
    ASSIGN_OR_RAISE(auto first, database->Connect());
    RETURN_NOT_OK(RegisterBatchScan(first->get()));
    engine.database = std::move(database);
  }
  ASSIGN_OR_RAISE(auto connection, engine.database->Connect());
  for (const NativeUse& use : natives) {
    if (engine.natives.count(use.name()) > 0) continue;
    RETURN_NOT_OK(RegisterNative(connection->get(), use));
    engine.natives.insert(use.name());
  }
  return connection;
}

}  // namespace headrace::sql
