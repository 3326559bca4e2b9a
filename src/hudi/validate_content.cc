#include <arrow/array/array_binary.h>
#include <fmt/format.h>

#include <unordered_set>

#include "hudi/bloom_filter.h"
#include "hudi/data_block.h"
#include "hudi/delete_block.h"
#include "hudi/log_block.h"
#include "hudi/parquet_reader.h"
#include "hudi/row_checks.h"
#include "hudi/table_schema.h"
#include "hudi/validation_checks.h"

namespace headrace::hudi {
namespace {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

constexpr char kBrokenHint[] =
    "readers fail at it: put it back from a copy of the table, or restore the table to an instant "
    "before it";

void CheckKeysOnce(const DataFile& file, const Batches& batches, CheckedTable* table) {
  std::unordered_set<std::string_view> keys;
  for (const auto& batch : batches) {
    const auto& column = static_cast<const arrow::StringArray&>(*batch->column(kRecordKey));
    for (int64_t row = 0; row < column.length(); ++row) {
      if (keys.insert(column.GetView(row)).second || column.IsNull(row)) continue;
      table->Error(file.path, fmt::format("holds the key '{}' twice", column.GetView(row)),
                   "readers see both records: delete the key, then write its record again");
      return;
    }
  }
}

// The range of keys in the footer, by which readers skip files.
void CheckKeyRange(const DataFile& file, const Batches& batches,
                   const std::map<std::string, std::string>& footer, CheckedTable* table) {
  const auto least = footer.find("hoodie_min_record_key");
  const auto greatest = footer.find("hoodie_max_record_key");
  if (least == footer.end() || greatest == footer.end()) return;
  for (const auto& batch : batches) {
    const auto& keys = static_cast<const arrow::StringArray&>(*batch->column(kRecordKey));
    for (int64_t row = 0; row < keys.length(); ++row) {
      const std::string_view key = keys.GetView(row);
      if (keys.IsNull(row) || (key >= least->second && key <= greatest->second)) continue;
      table->Error(file.path,
                   fmt::format("holds the key '{}' outside the range '{}' to '{}' of its footer",
                               key, least->second, greatest->second),
                   "readers that look for the key skip the file: compact its file group");
      return;
    }
  }
}

// The filter of keys in the footer, of the types that there are the one that headrace writes.
void CheckKeyFilter(const DataFile& file, const Batches& batches,
                    const std::map<std::string, std::string>& footer, CheckedTable* table) {
  constexpr char kHint[] =
      "writers that look keys up with the Bloom index miss it: compact its file group";
  const auto text = footer.find("org.apache.hudi.bloomfilter");
  const auto type = footer.find("hoodie_bloom_filter_type_code");
  if (text == footer.end() || (type != footer.end() && type->second != "SIMPLE")) return;
  Result<BloomFilter> filter = BloomFilter::FromText(text->second);
  if (!filter.ok()) {
    table->Error(file.path, "has a broken Bloom filter: " + filter.status().message(), kHint);
    return;
  }
  for (const auto& batch : batches) {
    const auto& keys = static_cast<const arrow::StringArray&>(*batch->column(kRecordKey));
    for (int64_t row = 0; row < keys.length(); ++row) {
      if (keys.IsNull(row) || filter->MayContain(keys.GetView(row))) continue;
      table->Error(file.path,
                   fmt::format("holds the key '{}', which the Bloom filter of its footer lacks",
                               keys.GetView(row)),
                   kHint);
      return;
    }
  }
}

void CheckRowCount(const DataFile& file, int64_t rows, CheckedTable* table) {
  const auto stat = table->stats.find(file.name.ToString());
  if (stat == table->stats.end() || stat->second->size == 0 || stat->second->rows == rows) return;
  table->Error(
      file.path,
      fmt::format("holds {} rows, commit {} says {}", rows, file.name.instant, stat->second->rows),
      "the file was changed, or its writer counted wrong: compare it with a copy");
}

Status CheckBase(const DataFile& file, std::string_view bytes, CheckedTable* table) {
  const auto batches = ReadParquet(bytes, WithMetaColumns(*table->schema));
  const auto footer = ParquetKeyValues(bytes);
  if (!batches.ok() || !footer.ok()) {
    table->Error(file.path, (batches.ok() ? footer.status() : batches.status()).message(),
                 kBrokenHint);
    return Status::OK();
  }
  RowChecks checks(file, table);
  for (const auto& batch : *batches) RETURN_NOT_OK(checks.Check(batch));
  checks.Report();
  CheckKeysOnce(file, *batches, table);
  CheckKeyRange(file, *batches, *footer, table);
  CheckKeyFilter(file, *batches, *footer, table);
  CheckRowCount(file, checks.rows(), table);
  table->result.rows += checks.rows();
  return Status::OK();
}

Status CheckDeletes(const DataFile& file, const LogBlock& block, RowChecks* checks,
                    CheckedTable* table) {
  ASSIGN_OR_RAISE(const std::vector<DeleteRecord> deletes, DecodeDeletes(block.content));
  std::set<size_t> kinds;
  for (const DeleteRecord& record : deletes) {
    kinds.insert(record.ordering.index());
    checks->CheckKey(record.key, 0);
    if (record.partition != file.partition)
      table->Error(
          file.path,
          fmt::format("deletes the key '{}' of the partition '{}'", record.key, record.partition),
          "readers disagree on what that deletes: delete the key again");
  }
  if (kinds.size() > 1)
    table->Error(
        file.path,
        fmt::format("the delete block at byte {} mixes kinds of ordering values", block.offset),
        "some readers refuse it: compact the file group by another engine");
  return Status::OK();
}

Status CheckBlock(const DataFile& file, const LogBlock& block, RowChecks* checks,
                  CheckedTable* table) {
  if (block.Header(LogHeader::kInstantTime) != file.name.instant)
    table->Error(
        file.path,
        fmt::format("the block at byte {} has the instant '{}', the file's name {}", block.offset,
                    block.Header(LogHeader::kInstantTime), file.name.instant),
        kBrokenHint);
  if (block.type == LogBlockType::kCommand || block.type == LogBlockType::kCdcData)
    return Status::OK();
  if (block.type == LogBlockType::kDelete) return CheckDeletes(file, block, checks, table);
  ASSIGN_OR_RAISE(const Batches batches, ReadDataBlock(block, WithMetaColumns(*table->schema)));
  for (const auto& batch : batches) RETURN_NOT_OK(checks->Check(batch));
  return Status::OK();
}

void CheckLog(const DataFile& file, std::string_view bytes, CheckedTable* table) {
  const auto blocks = ParseLogFile(bytes);
  if (!blocks.ok()) {
    table->Error(file.path, blocks.status().message(), kBrokenHint);
    return;
  }
  RowChecks checks(file, table);
  bool is_whole = true;
  for (const LogBlock& block : *blocks) {
    const Status status = CheckBlock(file, block, &checks, table);
    if (status.ok()) continue;
    table->Error(file.path, fmt::format("the block at byte {}: {}", block.offset, status.message()),
                 kBrokenHint);
    is_whole = false;
  }
  checks.Report();
  if (is_whole) CheckRowCount(file, checks.rows(), table);
  table->result.rows += checks.rows();
}

}  // namespace

Status CheckContent(const DataFile& file, CheckedTable* table) {
  if (table->schema == nullptr) return Status::OK();
  const Result<std::string> bytes = table->storage.Get(file.path);
  if (bytes.status().IsKeyError()) return Status::OK();  // cleaned meanwhile
  RETURN_NOT_OK(bytes.status());
  ++table->result.files;
  table->result.bytes += file.size;
  if (file.name.is_log) {
    CheckLog(file, *bytes, table);
    return Status::OK();
  }
  return CheckBase(file, *bytes, table);
}

}  // namespace headrace::hudi
