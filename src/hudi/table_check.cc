#include "hudi/table_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hudi/ordering.h"
#include "hudi/record_key.h"
#include "hudi/schema_evolution.h"

namespace headrace::hudi {
namespace {

std::string List(const std::vector<std::string>& names) {
  return names.empty() ? "(none)" : fmt::format("{}", fmt::join(names, ", "));
}

std::string StyleOf(bool is_hive_style) {
  return is_hive_style ? "in Hive's style (region=eu)" : "named by the value alone (eu)";
}

class Findings {
 public:
  void Add(std::string message, std::string hint) {
    diagnostics_.push_back({std::move(message), std::move(hint), std::nullopt});
  }
  std::vector<Diagnostic>* diagnostics() { return &diagnostics_; }
  Status ToStatus() && {
    return diagnostics_.empty() ? Status::OK() : UserError(std::move(diagnostics_));
  }

 private:
  std::vector<Diagnostic> diagnostics_;
};

void CheckColumns(const std::vector<std::string>& names, const char* role,
                  bool (*is_usable)(const arrow::DataType&), const arrow::Schema& schema,
                  Findings* findings) {
  for (const std::string& name : names) {
    const auto field = schema.GetFieldByName(name);
    if (field == nullptr) {
      findings->Add(fmt::format("the {} column '{}' is not among the table's columns", role, name),
                    "they are: " + List(schema.field_names()));
    } else if (!is_usable(*field->type())) {
      findings->Add(fmt::format("the {} column '{}' has the type {}, which cannot be one", role,
                                name, field->type()->ToString()),
                    "CAST it to STRING or BIGINT in the view");
    }
  }
}

}  // namespace

Status CheckDefinition(const TableDefinition& definition, const arrow::Schema& schema) {
  Findings findings;
  if (definition.key.empty() && !definition.order_by.empty())
    findings.Add("a table without a key has no versions of a row that could be ordered",
                 "name the key's columns, or leave the ordering column out");
  CheckColumns(definition.key, "key", CanBeKey, schema, &findings);
  CheckColumns(definition.partition_by, "partition", CanBePartition, schema, &findings);
  if (!definition.order_by.empty())
    CheckColumns({definition.order_by}, "ordering", CanOrder, schema, &findings);
  if (definition.buckets < 1 || definition.buckets > 99'999'999)
    findings.Add(fmt::format("a table cannot have {} buckets", definition.buckets),
                 "1 to 99999999 can be, some 1 for each 1 GiB of data in a partition is usual");
  if (definition.version != 8 && definition.version != 9)
    findings.Add(fmt::format("headrace writes no Hudi table of version {}", definition.version),
                 "version 8 has the widest readers, 9 is the newest");
  if (definition.version == 8 && definition.key.size() == 1 && definition.partition_by.size() > 1)
    findings.Add("a table of version 8 with one key column cannot have several partition columns",
                 "Hudi's releases disagree on its keys; write version 9 (table_version: 9), or "
                 "partition by one column");
  return std::move(findings).ToStatus();
}

Result<std::shared_ptr<arrow::Schema>> CheckFits(const std::string& path, const TableConfig& config,
                                                 const arrow::Schema& table_schema,
                                                 const TableDefinition& definition,
                                                 const arrow::Schema& wanted_schema) {
  Findings findings;
  const auto compare = [&](const char* what, const std::string& table, const std::string& wanted) {
    if (table == wanted) return;
    findings.Add(fmt::format("the Hudi table {} has the {} {}, the pipeline says {}", path, what,
                             table, wanted),
                 "make the sink say the same, or write to another path");
  };
  compare("type", config.is_copy_on_write() ? "copy_on_write" : "merge_on_read",
          definition.type == TableType::kCopyOnWrite ? "copy_on_write" : "merge_on_read");
  if (config.has_metadata_table)
    findings.Add(
        fmt::format("the Hudi table {} has a metadata table, which headrace doesn't keep", path),
        "remove it: run a Spark write with hoodie.metadata.enable=false");
  compare("key", List(config.key), List(definition.key));
  compare("partition columns", List(config.partition_by), List(definition.partition_by));
  if (!config.partition_by.empty())
    compare("partition folders", StyleOf(config.is_hive_style),
            StyleOf(definition.hive_style_partitions));
  compare("ordering column", config.order_by.empty() ? "(none)" : config.order_by,
          definition.order_by.empty() ? "(none)" : definition.order_by);
  if (config.buckets > 0 && !config.key.empty())
    compare("number of buckets", std::to_string(config.buckets),
            std::to_string(definition.buckets));
  const auto schema =
      EvolveSchema(table_schema, wanted_schema, config.order_by, findings.diagnostics());
  RETURN_NOT_OK(std::move(findings).ToStatus());
  return schema;
}

}  // namespace headrace::hudi
