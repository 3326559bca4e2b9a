#include "source/change_writer.h"

#include <arrow/type.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

#include "base/fault.h"
#include "format/json_writer.h"

namespace headrace::source {
namespace {

constexpr int64_t kAppendBytes = 8 << 20;

std::string CursorName(int32_t partition) { return "hudi/" + std::to_string(partition); }

}  // namespace

ChangeWriter::ChangeWriter(std::shared_ptr<log::Topic> topic, std::vector<std::string> key)
    : topic_(std::move(topic)),
      key_(std::move(key)),
      kept_(static_cast<size_t>(topic_->partitions())),
      builders_(kept_.size()) {}

Result<HudiCursor> ChangeWriter::Restore() {
  HudiCursor range;  // the newest that was begun
  for (size_t i = 0; i < kept_.size(); ++i) {
    ASSIGN_OR_RAISE(const auto text, topic_->ReadCursor(CursorName(static_cast<int32_t>(i))));
    if (!text) continue;
    ASSIGN_OR_RAISE(kept_[i], DecodeHudiCursor(*text));
    // A partition may have finished the range that another is still reading.
    const auto reach = [](const HudiCursor& cursor) { return std::max(cursor.from, cursor.to); };
    if (reach(kept_[i]) > reach(range) || (reach(kept_[i]) == reach(range) && range.to.empty()))
      range = kept_[i];
  }
  // Partitions that were added since have nothing to say.
  const auto count = static_cast<size_t>(range.partitions);
  const auto known =
      std::span(kept_).first(count == 0 ? kept_.size() : std::min(count, kept_.size()));
  const bool is_finished = std::ranges::all_of(
      known, [&](const HudiCursor& kept) { return kept.from == range.from && kept.to.empty(); });
  if (is_finished) return range;
  if (range.to.empty()) {  // only those that finished know of it
    range.to = range.from;
    range.from = std::ranges::min_element(known, {}, &HudiCursor::from)->from;
  }
  // Where records went is told by the number of partitions then.
  if (range.partitions != topic_->partitions()) std::ranges::fill(kept_, HudiCursor{});
  return range;
}

void ChangeWriter::Begin(const std::string& from, const std::string& to) {
  place_ = {from, to, 0, 0, topic_->partitions()};
  std::ranges::fill(builders_, log::RecordBlockBuilder());  // of a range that was broken off
  bytes_ = 0;
}

bool ChangeWriter::IsKept(int32_t partition, int64_t part, int64_t row) const {
  const HudiCursor& kept = kept_[static_cast<size_t>(partition)];
  if (kept.to.empty()) return kept.from == place_.to;
  return kept.from == place_.from && kept.to == place_.to &&
         std::tie(part, row) < std::tie(kept.part, kept.rows);
}

Status ChangeWriter::Add(int64_t part, const arrow::RecordBatch& batch, bool is_delete,
                         int64_t now_us) {
  if (place_.part != part) place_.rows = 0;
  place_.part = part;
  std::vector<int> columns;
  for (const std::string& name : key_) columns.push_back(batch.schema()->GetFieldIndex(name));
  std::shared_ptr<arrow::RecordBatch> keys;
  if (!key_.empty()) {
    ASSIGN_OR_RAISE(keys, batch.SelectColumns(columns));
  }
  std::string key, value;
  for (int64_t row = 0; row < batch.num_rows(); ++row, ++place_.rows) {
    key.clear();
    if (keys != nullptr) format::WriteJsonRow(*keys, row, &key);
    const auto partitions = static_cast<uint64_t>(builders_.size());
    const auto partition =
        static_cast<int32_t>((keys != nullptr ? XXH3_64bits(key.data(), key.size())
                                              : static_cast<uint64_t>(place_.rows)) %
                             partitions);
    if (IsKept(partition, part, place_.rows)) continue;
    value.clear();
    if (!is_delete) format::WriteJsonRow(batch, row, &value);
    builders_[static_cast<size_t>(partition)].Append({.key = key,
                                                      .value = value,
                                                      .tombstone = is_delete,
                                                      .timestamp_us = now_us,
                                                      .headers = {}});
    bytes_ += static_cast<int64_t>(key.size() + value.size());
  }
  return bytes_ < kAppendBytes ? Status::OK() : Append(place_, false);
}

Status ChangeWriter::Finish() { return Append({place_.to, "", 0, 0, place_.partitions}, true); }

Status ChangeWriter::Append(const HudiCursor& cursor, bool is_last) {
  for (size_t i = 0; i < builders_.size(); ++i) {
    const auto partition = static_cast<int32_t>(i);
    const log::ProducerCursor stored{CursorName(partition), EncodeCursor(cursor)};
    const int64_t records = builders_[i].records();
    if (records > 0) {
      FaultPoint("source.before_append");
      RETURN_NOT_OK(topic_->Append(partition, builders_[i].Finish(), stored).status());
      FaultPoint("source.after_append");
      appended_ += records;
    } else if (is_last && kept_[i] != cursor) {
      RETURN_NOT_OK(topic_->StoreCursor(stored));
    } else {
      continue;
    }
    kept_[i] = cursor;
  }
  bytes_ = 0;
  return Status::OK();
}

}  // namespace headrace::source
