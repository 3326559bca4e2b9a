// What .hoodie/hoodie.properties says of a table.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/properties.h"
#include "storage/storage.h"

namespace headrace::hudi {

struct TableConfig {
  std::string name;
  std::string type = "MERGE_ON_READ";  // or "COPY_ON_WRITE"
  int version = 8;
  std::vector<std::string> key;  // empty: rows are only added
  std::vector<std::string> partition_by;
  std::string order_by;        // empty: the later commit wins
  int buckets = 0;             // of the simple bucket index; 0: the table doesn't say
  bool is_utc = true;          // of the timeline's times
  bool is_key_named = false;   // record keys are "a:1", not "1"
  bool is_hive_style = false;  // partition folders are "region=eu"
  // Whether partition folders are named by the values of the partition columns as they are.
  bool has_values_as_partitions = true;
  bool has_metadata_table = false;
  std::string create_schema;  // Avro JSON; empty where the table doesn't say

  bool is_copy_on_write() const { return type == "COPY_ON_WRITE"; }

  // A table with one key column and several partition columns has named keys, too.
  static bool NamesKeys(const std::vector<std::string>& key,
                        const std::vector<std::string>& partition_by);
};

// Returns the properties of a new table of this configuration.
Properties ToProperties(const TableConfig& config);

// Reads a table's configuration.
//
// Errors: a user error where there is no Hudi table, or one of a version or kind that headrace
// doesn't read.
Result<TableConfig> ReadTableConfig(storage::Storage& storage);

// Writes the configuration of a table that isn't there yet; AlreadyExists where it is.
Status CreateTableConfig(const TableConfig& config, storage::Storage& storage);

}  // namespace headrace::hudi
