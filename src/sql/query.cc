#include "sql/query.h"

#include <arrow/array.h>
#include <arrow/c/bridge.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include <deque>

#include "sql/duckdb_session.h"
#include "sql/duckdb_type.h"
#include "sql/relation_scan.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

constexpr int kThreads = 2;

// A statement, its result, and how the result becomes Arrow.
struct Execution {
  duckdb_prepared_statement statement = nullptr;
  duckdb_result result{};
  duckdb_arrow_options options = nullptr;
  ~Execution() {
    if (options != nullptr) duckdb_destroy_arrow_options(&options);
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
  }
};

Status QueryError(const char* message) {
  std::string text = message == nullptr ? "DuckDB failed without a message" : message;
  return UserError("the query failed: " + text, "queries are in DuckDB's dialect of SQL");
}

Status StatusOf(duckdb_error_data error) {
  Status status;
  if (duckdb_error_data_has_error(error)) status = QueryError(duckdb_error_data_message(error));
  duckdb_destroy_error_data(&error);
  return status;
}

// What queries read, as table functions of the database.
class Scans {
 public:
  Status Register(DuckConnection* connection, TableFunction function) {
    scans_.push_back({std::move(function), Status::OK()});
    return RegisterRelationScan(connection->get(), &scans_.back());
  }

  // The error of a relation, if that was it, rather than DuckDB's about it.
  Status Explain(const Status& status) const {
    for (const RelationScan& scan : scans_)
      if (!scan.error.ok()) return scan.error;
    return status;
  }

 private:
  std::deque<RelationScan> scans_;  // they stay where they are
};

// Makes the relations known as views.
Status AddRelations(DuckConnection* connection, Scans* scans,
                    const std::map<std::string, std::shared_ptr<Relation>>& relations) {
  TableFunction function;
  function.name = "relation";
  function.open = [&relations](const auto& arguments,
                               const auto&) -> Result<std::shared_ptr<Relation>> {
    const auto found = relations.find(arguments[0]);
    if (found == relations.end()) return UserError("there is no relation " + arguments[0]);
    return found->second;
  };
  RETURN_NOT_OK(scans->Register(connection, std::move(function)));
  for (const auto& [name, relation] : relations)
    RETURN_NOT_OK(connection->Execute(fmt::format("CREATE VIEW {} AS SELECT * FROM relation({})",
                                                  QuoteName(name), QuoteString(name))));
  return Status::OK();
}

Result<std::shared_ptr<arrow::Schema>> ResultSchema(Execution* execution) {
  const idx_t count = duckdb_column_count(&execution->result);
  std::vector<duckdb_logical_type> types;
  std::vector<const char*> names;
  for (idx_t i = 0; i < count; ++i) {
    types.push_back(duckdb_column_logical_type(&execution->result, i));
    names.push_back(duckdb_column_name(&execution->result, i));
  }
  ArrowSchema schema{};
  const Status status = StatusOf(
      duckdb_to_arrow_schema(execution->options, types.data(), names.data(), count, &schema));
  for (duckdb_logical_type& type : types) duckdb_destroy_logical_type(&type);
  RETURN_NOT_OK(status);
  return arrow::ImportSchema(&schema);
}

Result<std::shared_ptr<arrow::Table>> FetchTable(Execution* execution) {
  execution->options = duckdb_result_get_arrow_options(&execution->result);
  ASSIGN_OR_RAISE(const auto schema, ResultSchema(execution));
  arrow::RecordBatchVector batches;
  while (duckdb_data_chunk chunk = duckdb_fetch_chunk(execution->result)) {
    ArrowArray array{};
    const Status status = StatusOf(duckdb_data_chunk_to_arrow(execution->options, chunk, &array));
    duckdb_destroy_data_chunk(&chunk);
    RETURN_NOT_OK(status);
    ASSIGN_OR_RAISE(auto batch, arrow::ImportRecordBatch(&array, schema));
    batches.push_back(std::move(batch));
  }
  return arrow::Table::FromRecordBatches(schema, batches);
}

Status Prepare(DuckConnection* connection, const std::string& sql, Execution* execution) {
  if (duckdb_prepare(connection->get(), sql.c_str(), &execution->statement) == DuckDBSuccess) {
    return Status::OK();
  }
  return QueryError(duckdb_prepare_error(execution->statement));
}

// Parses without looking at tables; the error is in the extracted statements.
Status CheckSyntax(DuckConnection* connection, const std::string& sql) {
  duckdb_extracted_statements statements = nullptr;
  const idx_t count = duckdb_extract_statements(connection->get(), sql.c_str(), &statements);
  Status status;
  if (count == 0) {
    const char* error = duckdb_extract_statements_error(statements);
    status = QueryError(error == nullptr ? "there is no statement" : error);
  } else if (count > 1) {
    status = UserError("a query is one statement, this is several");
  }
  duckdb_destroy_extracted(&statements);
  return status;
}

}  // namespace

Result<std::vector<std::string>> TablesOf(const std::string& sql) {
  ASSIGN_OR_RAISE(const auto database, DuckDatabase::Open(1));
  ASSIGN_OR_RAISE(const auto connection, database->Connect());
  RETURN_NOT_OK(CheckSyntax(connection.get(), sql));
  // The syntax tree as JSON: duckdb_get_table_names() needs the columns of the tables.
  Execution execution;
  RETURN_NOT_OK(
      Prepare(connection.get(),
              "WITH tree AS (SELECT key, fullkey, json_extract_string(value, '$') AS name "
              "FROM json_tree(json_serialize_sql($1::VARCHAR))) "
              "SELECT DISTINCT name FROM tree WHERE key = 'table_name' AND name <> '' AND "
              "name NOT IN (SELECT name FROM tree WHERE key = 'key' AND "
              "contains(fullkey, 'cte_map.map[')) ORDER BY name",
              &execution));
  duckdb_bind_varchar(execution.statement, 1, sql.c_str());
  if (duckdb_execute_prepared(execution.statement, &execution.result) != DuckDBSuccess) {
    return QueryError(duckdb_result_error(&execution.result));
  }
  ASSIGN_OR_RAISE(const auto table, FetchTable(&execution));
  std::vector<std::string> names;
  for (const auto& chunk : table->column(0)->chunks()) {
    const auto& strings = static_cast<const arrow::StringArray&>(*chunk);
    for (int64_t i = 0; i < strings.length(); ++i) names.push_back(strings.GetString(i));
  }
  return names;
}

Result<std::shared_ptr<arrow::Table>> RunQuery(
    const std::string& sql, const std::map<std::string, std::shared_ptr<Relation>>& relations,
    const std::vector<TableFunction>& functions) {
  Scans scans;  // outlive the database
  ASSIGN_OR_RAISE(const auto database, DuckDatabase::Open(kThreads));
  ASSIGN_OR_RAISE(const auto connection, database->Connect());
  RETURN_NOT_OK(CheckSyntax(connection.get(), sql));
  RETURN_NOT_OK(connection->Execute("SET TimeZone = 'UTC'"));
  for (const TableFunction& function : functions)
    RETURN_NOT_OK(scans.Register(connection.get(), function));
  const Status added = AddRelations(connection.get(), &scans, relations);
  if (!added.ok()) return scans.Explain(added);
  RETURN_NOT_OK(connection->Execute("SET lock_configuration = true"));
  Execution execution;
  const Status prepared = Prepare(connection.get(), sql, &execution);
  if (!prepared.ok()) return scans.Explain(prepared);
  if (duckdb_execute_prepared(execution.statement, &execution.result) != DuckDBSuccess) {
    return scans.Explain(QueryError(duckdb_result_error(&execution.result)));
  }
  return FetchTable(&execution);
}

}  // namespace headrace::sql
