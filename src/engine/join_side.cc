#include "engine/join_side.h"

#include "engine/bytes.h"

namespace headrace::engine {
namespace {

// How far ahead rows are fetched into the cache.
constexpr size_t kPrefetchDistance = 16;

}  // namespace

void JoinSide::Insert(const PackedKeys& rows, const std::vector<uint32_t>& keys,
                      const std::vector<int64_t>& times_us, std::vector<uint32_t>* indexes) {
  indexes->resize(keys.size());
  inserted_.clear();
  table_.InsertAll(rows, indexes->data(), &inserted_);
  if (table_.index_end() > rows_.size()) rows_.resize(table_.index_end());
  // A row that came twice is new the first time only; rows of inserted_ come in the order of rows.
  size_t next_new = 0;
  for (size_t i = 0; i < keys.size() && next_new < inserted_.size(); ++i) {
    const uint32_t index = (*indexes)[i];
    if (i + kPrefetchDistance < keys.size()) {
      __builtin_prefetch(&rows_[(*indexes)[i + kPrefetchDistance]]);
    }
    if (index != inserted_[next_new]) continue;
    ++next_new;
    rows_[index] = {};
    if (!times_us.empty()) rows_[index].time_us = times_us[i];
    Link(index, keys[i]);
    if (step_us_ > 0) AddTime(index);
  }
}

void JoinSide::Link(uint32_t index, uint32_t key) {
  if (key >= first_.size()) first_.resize(key + key / 2 + 64, kNone);
  Row& row = rows_[index];
  row.key = key;
  row.next = first_[key];
  row.previous = kNone;
  if (row.next != kNone) rows_[row.next].previous = index;
  first_[key] = index;
}

int64_t JoinSide::StepOf(int64_t time_us) const {
  const int64_t step = time_us / step_us_;
  return time_us % step_us_ < 0 ? step - 1 : step;
}

void JoinSide::AddTime(uint32_t index) {
  const int64_t step = StepOf(rows_[index].time_us);
  if (last_step_ == nullptr || step != last_step_number_) {
    last_step_ = &by_time_[step];
    last_step_number_ = step;
  }
  last_step_->push_back(index);
}

bool JoinSide::Erase(uint32_t index) {
  const Row row = rows_[index];
  if (row.previous != kNone) {
    rows_[row.previous].next = row.next;
  } else {
    first_[row.key] = row.next;
  }
  if (row.next != kNone) rows_[row.next].previous = row.previous;
  if (row.saved) {
    entry_ = tag_;
    entry_ += table_.key(index);
    erased_.Delete(entry_);
  }
  table_.Erase(index);
  rows_[index] = {};
  return first_[row.key] == kNone;
}

void JoinSide::TakeBefore(int64_t end_us, std::vector<uint32_t>* out) {
  while (!by_time_.empty()) {
    const auto oldest = by_time_.begin();
    const int64_t end_step = StepOf(end_us);
    if (oldest->first > end_step) return;
    std::vector<uint32_t> stay;
    for (const uint32_t index : oldest->second) {
      const bool here = table_.live(index) && StepOf(rows_[index].time_us) == oldest->first;
      if (!here) continue;
      (rows_[index].time_us < end_us ? out : &stay)->push_back(index);
    }
    const bool whole = oldest->first < end_step;
    if (whole || stay.empty()) {
      last_step_ = nullptr;
      by_time_.erase(oldest);
    } else {
      oldest->second = std::move(stay);
    }
    if (!whole) return;
  }
}

void JoinSide::SaveChanges(const KeyTable& keys, StateBlock* block) {
  block->Append(erased_);
  erased_.clear();
  std::string value;
  changed_.Take([&](uint32_t index) {
    if (!table_.live(index)) return;
    Row& row = rows_[index];
    row.saved = true;
    value.clear();
    AppendNumber(row.weight, &value);
    AppendNumber(row.matches, &value);
    AppendNumber(row.emitted, &value);
    AppendNumber(row.time_us, &value);
    value += keys.key(row.key);
    entry_ = tag_;
    entry_ += table_.key(index);
    block->Put(entry_, value);
  });
}

Status JoinSide::Restore(std::string_view entry, std::optional<std::string_view> value,
                         KeyTable* keys) {
  const std::string_view bytes = entry.substr(1);
  if (!value.has_value()) {
    const uint32_t index = table_.Find(bytes);
    if (index != kNone) Erase(index);
    erased_.clear();
    return Status::OK();
  }
  ByteReader reader(*value);
  Row saved;
  RETURN_NOT_OK(reader.ReadNumber(&saved.weight));
  RETURN_NOT_OK(reader.ReadNumber(&saved.matches));
  RETURN_NOT_OK(reader.ReadNumber(&saved.emitted));
  RETURN_NOT_OK(reader.ReadNumber(&saved.time_us));
  bool inserted = false;
  const uint32_t key = keys->Insert(reader.rest(), &inserted);
  const uint32_t index = table_.Insert(bytes, &inserted);
  if (index >= rows_.size()) rows_.resize(index + 1);
  if (inserted) {
    rows_[index].time_us = saved.time_us;
    Link(index, key);
    if (step_us_ > 0) AddTime(index);
  }
  rows_[index].saved = true;
  rows_[index].weight = saved.weight;
  rows_[index].matches = saved.matches;
  rows_[index].emitted = saved.emitted;
  return Status::OK();
}

StateSize JoinSide::size() const {
  const auto slots =
      static_cast<int64_t>(rows_.capacity() * sizeof(Row) + first_.capacity() * sizeof(uint32_t));
  const int64_t steps = step_us_ > 0 ? static_cast<int64_t>(table_.size()) * 4 : 0;
  return {table_.size(), table_.memory_bytes() + slots + steps};
}

}  // namespace headrace::engine
