// The schema of a table: as Arrow types and as the Avro schema that every Hudi reader takes it
// from.
//
// Hudi's types are Avro's, so TINYINT and SMALLINT become INT, and lists and maps have the child
// names that Parquet prescribes. Column names must be Avro names.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "avro/schema.h"
#include "base/status.h"

namespace headrace::hudi {

// The five columns that Hudi puts before a table's own.
enum MetaColumn { kCommitTime, kCommitSeqno, kRecordKey, kPartitionPath, kFileName, kMetaColumns };
const std::vector<std::string>& MetaColumnNames();

// Returns `schema` with the types that a Hudi table keeps.
//
// Errors: a user error for a column whose name or type no Hudi table can hold.
Result<std::shared_ptr<arrow::Schema>> ToTableSchema(const arrow::Schema& schema);

// Returns `schema` with the meta columns before it.
std::shared_ptr<arrow::Schema> WithMetaColumns(const arrow::Schema& schema);

// Returns a table schema, which ToTableSchema() made, as Avro; nested records and decimals have
// names of their own.
avro::TypePtr ToAvroRecord(const arrow::Schema& table_schema, const std::string& table_name);

// Renders it as JSON, for a schema of a table.
std::string ToAvroSchemaJson(const arrow::Schema& table_schema, const std::string& table_name);

// Returns the columns of an Avro record, meta columns left out; Invalid for what isn't understood.
Result<std::shared_ptr<arrow::Schema>> FromAvroSchema(const avro::Type& record);

}  // namespace headrace::hudi
