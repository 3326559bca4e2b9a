#include "sql/relation_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sql/batch_scan.h"
#include "sql/duckdb_type.h"

namespace headrace::sql {
namespace {

// What a call was bound to.
struct Binding {
  RelationScan* scan;
  std::shared_ptr<Relation> relation;
};

// A scan under way.
struct Progress {
  RelationScan* scan = nullptr;
  std::shared_ptr<Relation> relation;  // before the reader it comes, after it it goes
  std::shared_ptr<arrow::RecordBatchReader> reader;
  std::vector<int> outputs;  // for each column that DuckDB wants the reader's, -1 for none
  std::shared_ptr<arrow::RecordBatch> batch;
  int64_t offset = 0;  // in the batch
};

template <typename T>
void Destroy(void* object) {
  delete static_cast<T*>(object);
}

std::string TakeText(duckdb_value value) {
  char* text = duckdb_get_varchar(value);
  std::string copy = text == nullptr ? "" : text;
  duckdb_free(text);
  duckdb_destroy_value(&value);
  return copy;
}

Result<std::shared_ptr<Relation>> OpenRelation(const TableFunction& function,
                                               duckdb_bind_info info) {
  std::vector<std::string> arguments;
  for (size_t i = 0; i < function.parameters; ++i)
    arguments.push_back(TakeText(duckdb_bind_get_parameter(info, i)));
  TableFunction::Options options;
  for (const std::string& name : function.options) {
    duckdb_value value = duckdb_bind_get_named_parameter(info, name.c_str());
    if (value != nullptr) options[name] = TakeText(value);
  }
  ASSIGN_OR_RAISE(auto relation, function.open(arguments, options));
  const auto schema = relation->schema();
  for (const auto& field : schema->fields()) {
    if (!HasDuckType(*field->type()))
      return UserError(fmt::format("column '{}' has a type that queries don't know: {}",
                                   field->name(), field->type()->ToString()));
  }
  if (schema->num_fields() == 0) return UserError("there are no columns to read");
  return relation;
}

void Bind(duckdb_bind_info info) {
  auto* scan = static_cast<RelationScan*>(duckdb_bind_get_extra_info(info));
  const auto relation = OpenRelation(scan->function, info);
  if (!relation.ok()) {
    scan->error = relation.status();
    return duckdb_bind_set_error(info, relation.status().message().c_str());
  }
  const auto schema = (*relation)->schema();
  for (const auto& field : schema->fields()) {
    duckdb_logical_type type = DuckType(*field->type());
    duckdb_bind_add_result_column(info, field->name().c_str(), type);
    duckdb_destroy_logical_type(&type);
  }
  duckdb_bind_set_bind_data(info, new Binding{scan, *relation}, Destroy<Binding>);
}

void Init(duckdb_init_info info) {
  const auto* binding = static_cast<Binding*>(duckdb_init_get_bind_data(info));
  auto progress = std::make_unique<Progress>();
  progress->scan = binding->scan;
  progress->relation = binding->relation;
  const auto schema = binding->relation->schema();
  std::vector<std::string> columns;
  for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i) {
    const idx_t column = duckdb_init_get_column_index(info, i);
    const bool is_own = column < static_cast<idx_t>(schema->num_fields());
    // Something else stands for a column where only the number of rows counts.
    progress->outputs.push_back(is_own ? static_cast<int>(columns.size()) : -1);
    if (is_own) columns.push_back(schema->field(static_cast<int>(column))->name());
  }
  if (columns.empty()) columns.push_back(schema->field(0)->name());
  auto reader = binding->relation->Read(columns);
  if (!reader.ok()) {
    binding->scan->error = reader.status();
    return duckdb_init_set_error(info, reader.status().message().c_str());
  }
  progress->reader = std::move(*reader);
  duckdb_init_set_init_data(info, progress.release(), Destroy<Progress>);
  duckdb_init_set_max_threads(info, 1);
}

void Scan(duckdb_function_info info, duckdb_data_chunk output) {
  auto* progress = static_cast<Progress*>(duckdb_function_get_init_data(info));
  while (progress->batch == nullptr || progress->offset == progress->batch->num_rows()) {
    const Status status = progress->reader->ReadNext(&progress->batch);
    if (!status.ok()) {
      progress->scan->error = status;
      return duckdb_function_set_error(info, status.message().c_str());
    }
    progress->offset = 0;
    if (progress->batch == nullptr) return duckdb_data_chunk_set_size(output, 0);
  }
  const int64_t count = std::min<int64_t>(progress->batch->num_rows() - progress->offset,
                                          static_cast<int64_t>(duckdb_vector_size()));
  for (size_t i = 0; i < progress->outputs.size(); ++i) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(output, i);
    if (progress->outputs[i] < 0) continue;
    FillVector(*progress->batch->column(progress->outputs[i]), progress->offset, count, vector,
               Strings::kCopied);
  }
  progress->offset += count;
  duckdb_data_chunk_set_size(output, static_cast<idx_t>(count));
}

}  // namespace

Status RegisterRelationScan(duckdb_connection connection, RelationScan* scan) {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, scan->function.name.c_str());
  duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  for (size_t i = 0; i < scan->function.parameters; ++i)
    duckdb_table_function_add_parameter(function, text);
  for (const std::string& option : scan->function.options)
    duckdb_table_function_add_named_parameter(function, option.c_str(), text);
  duckdb_destroy_logical_type(&text);
  duckdb_table_function_set_extra_info(function, scan, nullptr);
  duckdb_table_function_set_bind(function, Bind);
  duckdb_table_function_set_init(function, Init);
  duckdb_table_function_set_function(function, Scan);
  duckdb_table_function_supports_projection_pushdown(function, true);
  const duckdb_state state = duckdb_register_table_function(connection, function);
  duckdb_destroy_table_function(&function);
  if (state != DuckDBSuccess)
    return Status::UnknownError("DuckDB refused the table function ", scan->function.name);
  return Status::OK();
}

}  // namespace headrace::sql
