#include "engine/top_n_state.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>

#include <algorithm>
#include <limits>

#include "engine/bytes.h"
#include "engine/rows.h"

namespace headrace::engine {
namespace {

constexpr char kRowEntry = 'r';
// What an entry costs beside its bytes.
constexpr int64_t kEntryBytes = 112;
// Of a partition without a time.
constexpr int64_t kNoTime = std::numeric_limits<int64_t>::max();

std::vector<std::shared_ptr<arrow::DataType>> PartitionTypes(const TopNPlan& plan) {
  std::vector<std::shared_ptr<arrow::DataType>> types;
  for (const int column : plan.spec().rank.partition) {
    types.push_back(plan.input()->field(column)->type());
  }
  return types;
}

}  // namespace

TopNState::TopNState(const TopNPlan& plan)
    : plan_(plan),
      spec_(plan.spec()),
      input_weighted_(plan.input_weighted()),
      key_encoder_(PartitionTypes(plan)),
      row_encoder_(DataTypes(*plan.input())),
      decoder_(DataTypes(*plan.input())),
      order_encoder_(plan.spec().rank.order) {}

Result<Delta> TopNState::Process(std::span<const Delta* const> inputs, MicroBatch& context) {
  Delta delta;
  ++micro_batch_;
  touched_.clear();
  for (const Changes& changes : inputs[0]->batches) {
    RETURN_NOT_OK(TakeBatch(changes.batch, &context));
  }
  if (!spec_.emit_final) RETURN_NOT_OK(EmitChanges(&delta));
  if (spec_.event_time.has_value()) {
    delta.watermark = inputs[0]->watermark;
    RETURN_NOT_OK(EndPartitions(delta.watermark, &delta));
  }
  for (const auto& [partition, before] : touched_) {
    if (keys_.live(partition) && partitions_[partition].rows.empty()) ErasePartition(partition);
  }
  watermark_.Set(delta.watermark);
  return delta;
}

// Returns the rows whose partition has not ended by their own watermark.
std::vector<int64_t> TopNState::TimelyRows(const ChangeBatch& batch,
                                           std::vector<int64_t>* late) const {
  std::vector<int64_t> timely;
  const auto* watermarks = spec_.event_time.has_value()
                               ? static_cast<const arrow::Int64Array*>(Watermarks(*batch))
                               : nullptr;
  const arrow::TimestampArray* times =
      watermarks == nullptr
          ? nullptr
          : static_cast<const arrow::TimestampArray*>(batch->column(spec_.event_time->first).get());
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    const bool is_late = watermarks != nullptr && watermarks->IsValid(row) && times->IsValid(row) &&
                         times->Value(row) < spec_.event_time->second.At(watermarks->Value(row));
    (is_late ? *late : timely).push_back(row);
  }
  return timely;
}

Status TopNState::TakeBatch(const ChangeBatch& batch, MicroBatch* context) {
  std::vector<int64_t> late;
  const std::vector<int64_t> rows = TimelyRows(batch, &late);
  late_rows_ += static_cast<int64_t>(late.size());
  if (!late.empty() && spec_.keep_late) {
    ASSIGN_OR_RAISE(ChangeBatch kept, TakeRows(batch, late));
    context->late.push_back({plan_.view(), std::move(kept)});
  }
  std::vector<std::shared_ptr<arrow::Array>> keys;
  for (const int column : spec_.rank.partition) keys.push_back(batch->column(column));
  key_encoder_.Bind(std::move(keys));
  row_encoder_.Bind(DataArrays(*batch));
  order_encoder_.Bind(*batch);
  packed_.clear();
  for (const int64_t row : rows) {
    key_encoder_.Encode(row, &packed_.bytes);
    packed_.EndKey();
  }
  partition_of_.resize(rows.size());
  inserted_.clear();
  keys_.InsertAll(packed_, partition_of_.data(), &inserted_);
  if (keys_.index_end() > partitions_.size()) {
    partitions_.resize(keys_.index_end());
    time_of_.resize(keys_.index_end(), kNoTime);
  }
  const int8_t* weights = Weights(*batch);
  Row row;
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint32_t partition = partition_of_[i];
    if (spec_.event_time.has_value() && time_of_[partition] == kNoTime) {
      const auto& times =
          static_cast<const arrow::TimestampArray&>(*batch->column(spec_.event_time->first));
      if (times.IsValid(rows[i])) {
        time_of_[partition] = times.Value(rows[i]);
        by_time_[times.Value(rows[i])].push_back(partition);
      }
    }
    row.order.clear();
    order_encoder_.Encode(rows[i], &row.order);
    if (!input_weighted_ && IsBeyond(partitions_[partition], row.order)) continue;
    row.bytes.clear();
    row_encoder_.Encode(rows[i], &row.bytes);
    Touch(partition);
    Change(partition, row, weights == nullptr ? 1 : weights[rows[i]]);
    if (!input_weighted_) Trim(partition);
  }
  return Status::OK();
}

void TopNState::Touch(uint32_t partition) {
  if (partition >= touched_in_.size()) touched_in_.resize(partition + partition / 2 + 64);
  if (touched_in_[partition] == micro_batch_) return;
  touched_in_[partition] = micro_batch_;
  touched_.emplace_back(partition, spec_.emit_final ? Top() : TopOf(partitions_[partition]));
}

void TopNState::Change(uint32_t index, Row row, int64_t weight) {
  Partition& partition = partitions_[index];
  const auto bytes = static_cast<int64_t>(row.order.size() + row.bytes.size());
  const auto [found, inserted] = partition.rows.try_emplace(std::move(row), 0);
  if (inserted) {
    ++rows_;
    row_bytes_ += bytes;
  }
  found->second += weight;
  partition.count += weight;
  const std::string entry = EntryOf(index, found->first);
  if (found->second == 0) {
    changes_.Delete(entry);
    partition.rows.erase(found);
    --rows_;
    row_bytes_ -= bytes;
    return;
  }
  std::string value;
  AppendNumber(found->second, &value);
  changes_.Put(entry, value);
}

// Whether a row of this order comes too late to be among the first of a partition that only grows.
bool TopNState::IsBeyond(const Partition& partition, const std::string& order) const {
  if (partition.rows.empty()) return false;
  // Of dense ranks the rows don't tell how many there are.
  const Row& last = partition.rows.rbegin()->first;
  return spec_.rank.function != "dense_rank" && partition.count >= spec_.limit &&
         last.order < order;
}

void TopNState::Forget(uint32_t index, Rows::iterator row) {
  Partition& partition = partitions_[index];
  changes_.Delete(EntryOf(index, row->first));
  partition.count -= row->second;
  --rows_;
  row_bytes_ -= static_cast<int64_t>(row->first.order.size() + row->first.bytes.size());
  partition.rows.erase(row);
}

// Forgets rows that can't be among the first any more, as no row disappears.
void TopNState::Trim(uint32_t index) {
  Partition& partition = partitions_[index];
  if (spec_.rank.function == "row_number") {
    while (partition.count > spec_.limit) {
      const auto last = std::prev(partition.rows.end());
      if (partition.count - last->second < spec_.limit) return;
      Forget(index, last);
    }
    return;
  }
  if (spec_.rank.function == "rank") {
    // Rows of one order stay or go together: those before them decide.
    while (!partition.rows.empty()) {
      const std::string& order = partition.rows.rbegin()->first.order;
      const auto first = partition.rows.lower_bound(Row{order, ""});
      int64_t tied = 0;
      for (auto row = first; row != partition.rows.end(); ++row) tied += row->second;
      if (partition.count - tied < spec_.limit) return;
      while (true) {
        const auto last = std::prev(partition.rows.end());
        const bool only = last == partition.rows.lower_bound(Row{last->first.order, ""});
        Forget(index, last);
        if (only) break;
      }
    }
    return;
  }
  int64_t orders = 0;
  auto row = partition.rows.begin();
  while (row != partition.rows.end() && orders < spec_.limit) {
    ++orders;
    row = partition.rows.upper_bound(Row{row->first.order + '\xff', ""});
  }
  while (row != partition.rows.end()) Forget(index, row++);
}

TopNState::Top TopNState::TopOf(const Partition& partition) const {
  Top top;
  int64_t before = 0;  // rows
  int64_t orders = 0;  // different ones
  int64_t rank = 0;    // of the order in hand
  const std::string* order = nullptr;
  const bool numbers_rows = spec_.rank.function == "row_number";
  for (const auto& [row, count] : partition.rows) {
    if (count <= 0) continue;
    if (order == nullptr || *order != row.order) {
      ++orders;
      rank = spec_.rank.function == "dense_rank" ? orders : before + 1;
      order = &row.order;
    }
    for (int64_t i = 0; i < count; ++i) {
      const int64_t number = numbers_rows ? before + 1 : rank;
      if (number > spec_.limit) return top;
      ++before;
      top.push_back({row.bytes, spec_.numbered ? static_cast<int32_t>(number) : 0});
    }
  }
  return top;
}

Status TopNState::EmitChanges(Delta* delta) {
  std::vector<Top> after;
  after.reserve(touched_.size());
  std::vector<std::pair<const Numbered*, int8_t>> gone, come;
  for (auto& [partition, before] : touched_) {
    after.push_back(TopOf(partitions_[partition]));
    Top& now = after.back();
    std::sort(before.begin(), before.end());
    std::sort(now.begin(), now.end());
    auto old = before.begin();
    auto young = now.begin();
    while (old != before.end() || young != now.end()) {
      if (young == now.end() || (old != before.end() && *old < *young)) {
        gone.emplace_back(&*old++, int8_t{-1});
      } else if (old == before.end() || *young < *old) {
        come.emplace_back(&*young++, int8_t{1});
      } else {
        ++old;
        ++young;
      }
    }
  }
  gone.insert(gone.end(), come.begin(), come.end());
  return Emit(gone, delta);
}

// Rows carry the watermark before this micro-batch: they are no later than those they were made of.
Status TopNState::Emit(const std::vector<std::pair<const Numbered*, int8_t>>& rows, Delta* delta) {
  if (rows.empty()) return Status::OK();
  const auto count = static_cast<int64_t>(rows.size());
  std::vector<int32_t> numbers;
  std::vector<int8_t> weights;
  for (const auto& [row, weight] : rows) {
    RETURN_NOT_OK(decoder_.Append(row->bytes));
    numbers.push_back(row->number);
    weights.push_back(weight);
  }
  ASSIGN_OR_RAISE(auto columns, decoder_.Finish());
  if (spec_.numbered) {
    columns.push_back(
        std::make_shared<arrow::Int32Array>(count, arrow::Buffer::FromVector(std::move(numbers))));
  }
  if (plan_.weighted()) columns.push_back(MakeWeights(std::move(weights)));
  if (plan_.watermarked()) {
    ASSIGN_OR_RAISE(auto watermarks, MakeWatermarks(watermark_.get(), count));
    columns.push_back(std::move(watermarks));
  }
  delta->batches.push_back(
      {arrow::RecordBatch::Make(plan_.output(), count, std::move(columns)), nullptr});
  return Status::OK();
}

Status TopNState::VisitRows(const RowVisitor& visit) {
  std::vector<Top> tops;
  int64_t numbered = 0;
  for (uint32_t partition = 0; partition < keys_.index_end(); ++partition) {
    if (keys_.live(partition)) {
      tops.push_back(TopOf(partitions_[partition]));
      numbered += std::ssize(tops.back());
    }
    const bool last = partition + 1 == keys_.index_end();
    if (numbered == 0 || (!last && numbered < kVisitedRows)) continue;
    std::vector<std::pair<const Numbered*, int8_t>> rows;
    for (const Top& top : tops) {
      for (const Numbered& row : top) rows.emplace_back(&row, int8_t{1});
    }
    Delta delta;
    RETURN_NOT_OK(Emit(rows, &delta));
    ASSIGN_OR_RAISE(const bool more, visit(delta.batches[0].batch));
    if (!more) return Status::OK();
    tops.clear();
    numbered = 0;
  }
  return Status::OK();
}

Status TopNState::EndPartitions(std::optional<int64_t> watermark, Delta* delta) {
  if (!watermark.has_value()) return Status::OK();
  std::vector<uint32_t> ended;
  const int64_t end_us = spec_.event_time->second.At(*watermark);
  while (!by_time_.empty() && by_time_.begin()->first < end_us) {
    const auto& [time, partitions] = *by_time_.begin();
    for (const uint32_t partition : partitions) {
      // A partition that is gone may still be in it, and its index stand for another.
      if (keys_.live(partition) && time_of_[partition] == time) ended.push_back(partition);
    }
    by_time_.erase(by_time_.begin());
  }
  if (spec_.emit_final) {
    std::vector<Top> tops;
    tops.reserve(ended.size());
    std::vector<std::pair<const Numbered*, int8_t>> rows;
    for (const uint32_t partition : ended) {
      tops.push_back(TopOf(partitions_[partition]));
      for (const Numbered& row : tops.back()) rows.emplace_back(&row, int8_t{1});
    }
    RETURN_NOT_OK(Emit(rows, delta));
  }
  for (const uint32_t partition : ended) {
    if (keys_.live(partition)) ErasePartition(partition);
  }
  return Status::OK();
}

void TopNState::ErasePartition(uint32_t index) {
  Partition& partition = partitions_[index];
  while (!partition.rows.empty()) Forget(index, partition.rows.begin());
  partition = {};
  time_of_[index] = kNoTime;
  keys_.Erase(index);
}

std::string TopNState::EntryOf(uint32_t partition, const Row& row) const {
  std::string entry(1, kRowEntry);
  AppendNumber(time_of_[partition], &entry);
  AppendString(keys_.key(partition), &entry);
  AppendString(row.order, &entry);
  entry += row.bytes;
  return entry;
}

void TopNState::SaveChanges(StateBlock* block) {
  block->Append(changes_);
  changes_.clear();
  watermark_.SaveChanges(block);
}

uint32_t TopNState::InsertPartition(std::string_view key) {
  bool inserted = false;
  const uint32_t partition = keys_.Insert(key, &inserted);
  if (keys_.index_end() > partitions_.size()) {
    partitions_.resize(keys_.index_end());
    time_of_.resize(keys_.index_end(), kNoTime);
  }
  return partition;
}

Status TopNState::Restore(std::string_view key, std::optional<std::string_view> value) {
  if (SavedWatermark::OwnsEntry(key) && value.has_value()) return watermark_.Restore(*value);
  if (key.empty() || key[0] != kRowEntry) {
    return Status::Invalid("the state of a top-N holds an unknown entry");
  }
  ByteReader reader(key.substr(1));
  int64_t time_us = 0;
  std::string_view partition_key;
  std::string_view order;
  RETURN_NOT_OK(reader.ReadNumber(&time_us));
  RETURN_NOT_OK(reader.ReadString(&partition_key));
  RETURN_NOT_OK(reader.ReadString(&order));
  const uint32_t partition = InsertPartition(partition_key);
  if (time_us != kNoTime && time_of_[partition] == kNoTime) {
    time_of_[partition] = time_us;
    by_time_[time_us].push_back(partition);
  }
  int64_t count = 0;
  if (value.has_value()) RETURN_NOT_OK(ByteReader(*value).ReadNumber(&count));
  Row row{std::string(order), std::string(reader.rest())};
  const auto known = partitions_[partition].rows.find(row);
  const int64_t before = known == partitions_[partition].rows.end() ? 0 : known->second;
  if (count != before) Change(partition, std::move(row), count - before);
  changes_.clear();
  if (partitions_[partition].rows.empty()) ErasePartition(partition);
  changes_.clear();
  return Status::OK();
}

StateSize TopNState::state_size() const {
  return {rows_, row_bytes_ + rows_ * kEntryBytes + keys_.memory_bytes() +
                     static_cast<int64_t>(partitions_.capacity() * sizeof(Partition))};
}

}  // namespace headrace::engine
