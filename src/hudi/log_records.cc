#include "hudi/log_records.h"

#include <arrow/array/array_binary.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <array>
#include <functional>

#include "hudi/projection.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

constexpr uint32_t kEmpty = UINT32_MAX;
constexpr size_t kSlotsMin = 64;
constexpr int64_t kPrefetchRows = 32;

uint64_t HashOf(std::string_view key) { return std::hash<std::string_view>()(key); }

// The hash table takes the tag and the lowest bits.
bool IsInPart(uint64_t hash, KeyPart part) { return (hash >> 32) % part.parts == part.part; }

Result<const arrow::StringArray*> KeysOf(const arrow::RecordBatch& batch) {
  const auto column = batch.GetColumnByName(MetaColumnNames()[kRecordKey]);
  if (column == nullptr || column->null_count() > 0) return Status::Invalid("a record has no key");
  return static_cast<const arrow::StringArray*>(column.get());
}

}  // namespace

bool LogRecords::IsInPart(std::string_view key) const {
  return part_.parts == 1 || hudi::IsInPart(HashOf(key), part_);
}

int64_t LogRecords::bytes() const {
  return batch_bytes_ + static_cast<int64_t>(versions_.capacity() * sizeof(Version) +
                                             slots_.capacity() * sizeof(Slot));
}

Status LogRecords::AddRows(BatchPtr batch) {
  ASSIGN_OR_RAISE(const arrow::StringArray* keys, KeysOf(*batch));
  if (part_.parts > 1) {
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < batch->num_rows(); ++row)
      if (IsInPart(keys->GetView(row))) rows.push_back(row);
    ASSIGN_OR_RAISE(batch, TakeRows(batch, rows));
    ASSIGN_OR_RAISE(keys, KeysOf(*batch));
  }
  batch_bytes_ += arrow::util::TotalBufferSize(*batch);
  const auto ordering = order_by_.empty() ? nullptr : batch->GetColumnByName(order_by_);
  if (!order_by_.empty() && ordering == nullptr)
    return Status::Invalid("records have no ordering column ", order_by_);
  const auto part = static_cast<uint32_t>(batches_.size());
  batches_.push_back(batch);
  orderings_.push_back(ordering.get());
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    const std::string_view key = keys->GetView(row);
    Add(key,
        {key.data(), static_cast<uint32_t>(key.size()), 0, 0, part, static_cast<uint32_t>(row)});
  }
  return Status::OK();
}

void LogRecords::AddDeletes(std::vector<DeleteRecord> deletes) {
  const auto part = static_cast<uint32_t>(deletes_.size());
  std::erase_if(deletes, [&](const DeleteRecord& record) { return !IsInPart(record.key); });
  deletes_.push_back(std::move(deletes));
  for (uint32_t row = 0; row < deletes_.back().size(); ++row) {
    const std::string& key = deletes_.back()[row].key;
    batch_bytes_ += static_cast<int64_t>(sizeof(DeleteRecord) + key.size());
    Add(key, {key.data(), static_cast<uint32_t>(key.size()), 0, 1, part, row});
  }
}

void LogRecords::Add(std::string_view key, Version version) {
  if (2 * (versions_.size() + 1) > slots_.size()) Grow();
  const uint64_t hash = HashOf(key);
  Slot& slot = Find(key, hash);
  if (slot.version == kEmpty) {
    slot = {static_cast<uint32_t>(hash >> 32), static_cast<uint32_t>(versions_.size())};
    versions_.push_back(version);
    return;
  }
  Version& known = versions_[slot.version];
  if (order_by_.empty() || Replaces(OrderingOf(version), OrderingOf(known))) known = version;
}

void LogRecords::Grow() {
  const std::vector<Slot> old = std::move(slots_);
  slots_.assign(std::max(kSlotsMin, 2 * old.size()), {0, kEmpty});
  for (const Slot& slot : old) {
    if (slot.version == kEmpty) continue;
    const Version& version = versions_[slot.version];
    const std::string_view key(version.key, version.key_length);
    size_t place = HashOf(key) & (slots_.size() - 1);
    while (slots_[place].version != kEmpty) place = (place + 1) & (slots_.size() - 1);
    slots_[place] = slot;
  }
}

LogRecords::Slot& LogRecords::Find(std::string_view key, uint64_t hash) {
  const auto tag = static_cast<uint32_t>(hash >> 32);
  size_t place = hash & (slots_.size() - 1);
  for (;; place = (place + 1) & (slots_.size() - 1)) {
    Slot& slot = slots_[place];
    if (slot.version == kEmpty) return slot;
    if (slot.tag != tag) continue;
    const Version& version = versions_[slot.version];
    if (std::string_view(version.key, version.key_length) == key) return slot;
  }
}

OrderingValue LogRecords::OrderingOf(const Version& version) const {
  if (version.is_delete) return deletes_[version.part][version.row].ordering;
  return OrderingValueAt(*orderings_[version.part], version.row);
}

Result<BatchPtr> LogRecords::KeepRows(const BatchPtr& batch) {
  if (versions_.empty() && part_.parts == 1) return batch;
  if (slots_.empty()) slots_.assign(kSlotsMin, {0, kEmpty});
  ASSIGN_OR_RAISE(const arrow::StringArray* keys, KeysOf(*batch));
  const auto ordering = order_by_.empty() ? nullptr : batch->GetColumnByName(order_by_);
  std::vector<int64_t> rows;
  rows.reserve(batch->num_rows());
  std::array<uint64_t, kPrefetchRows> hashes;
  for (int64_t begin = 0; begin < batch->num_rows(); begin += kPrefetchRows) {
    const int64_t end = std::min(begin + kPrefetchRows, batch->num_rows());
    // The table is larger than the cache: many slots on their way at once.
    for (int64_t row = begin; row < end; ++row) {
      hashes[row - begin] = HashOf(keys->GetView(row));
      __builtin_prefetch(&slots_[hashes[row - begin] & (slots_.size() - 1)]);
    }
    for (int64_t row = begin; row < end; ++row) {
      if (part_.parts > 1 && !hudi::IsInPart(hashes[row - begin], part_)) continue;
      const Slot& slot = Find(keys->GetView(row), hashes[row - begin]);
      if (slot.version != kEmpty) {
        Version& version = versions_[slot.version];
        if (ordering == nullptr || Replaces(OrderingOf(version), OrderingValueAt(*ordering, row))) {
          ++(version.is_delete ? deleted_ : replaced_);
          continue;
        }
        version.is_beaten = 1;
      }
      rows.push_back(row);
    }
  }
  return TakeRows(batch, rows);
}

Result<BatchPtr> LogRecords::BatchRows::Take() const { return TakeRows(batch, rows); }

std::vector<LogRecords::BatchRows> LogRecords::Rows(const Mark& mark) const {
  std::vector<std::vector<int64_t>> rows(batches_.size());
  for (const Version& version : versions_)
    if (!version.is_delete && !version.is_beaten && version.part >= mark.batches)
      rows[version.part].push_back(version.row);
  std::vector<BatchRows> kept;
  for (size_t i = mark.batches; i < batches_.size(); ++i) {
    std::sort(rows[i].begin(), rows[i].end());
    kept.push_back({batches_[i], std::move(rows[i])});
  }
  return kept;
}

std::vector<const DeleteRecord*> LogRecords::Deletes(const Mark& mark) const {
  std::vector<const DeleteRecord*> deletes;
  for (const Version& version : versions_)
    if (version.is_delete && !version.is_beaten && version.part >= mark.deletes)
      deletes.push_back(&deletes_[version.part][version.row]);
  return deletes;
}

}  // namespace headrace::hudi
