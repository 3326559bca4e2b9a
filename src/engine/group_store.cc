#include "engine/group_store.h"

#include "engine/bytes.h"

namespace headrace::engine {
namespace {

// Entries of the state begin with one of these.
constexpr char kGroupEntry = 'g';  // then the key; value: rows, what the accumulators save
constexpr char kValueEntry =
    'v';  // then the call, the key as a string, the value; value: its count

}  // namespace

void GroupStore::Assign(const PackedKeys& keys, uint32_t* groups, std::vector<uint32_t>* inserted) {
  keys_.InsertAll(keys, groups, inserted);
  if (keys_.index_end() <= rows_.size()) return;
  rows_.resize(keys_.index_end());
  for (const auto& accumulator : accumulators_) accumulator->Resize(keys_.index_end());
}

uint32_t GroupStore::Insert(std::string_view key) {
  bool inserted = false;
  const uint32_t group = keys_.Insert(key, &inserted);
  if (group >= rows_.size()) {
    rows_.resize(group + 1);
    for (const auto& accumulator : accumulators_) accumulator->Resize(group + 1);
  }
  return group;
}

Status GroupStore::Update(const std::vector<const arrow::Array*>& arguments, const uint32_t* groups,
                          const int8_t* weights, int64_t rows) {
  int64_t* counts = rows_.data();
  VisitRows(nullptr, groups, weights, rows,
            [counts](int64_t, uint32_t group, int8_t weight) { counts[group] += weight; });
  for (size_t i = 0; i < accumulators_.size(); ++i) {
    RETURN_NOT_OK(accumulators_[i]->Update(arguments[i], groups, weights, rows));
  }
  return Status::OK();
}

Status GroupStore::Merge(const GroupStore& other, const std::vector<uint32_t>& from,
                         const std::vector<uint32_t>& to) {
  for (size_t i = 0; i < from.size(); ++i) rows_[to[i]] += other.rows_[from[i]];
  for (size_t i = 0; i < accumulators_.size(); ++i)
    RETURN_NOT_OK(accumulators_[i]->Merge(*other.accumulators_[i], from, to));
  return Status::OK();
}

Result<std::vector<std::shared_ptr<arrow::Array>>> GroupStore::Values(
    const std::vector<uint32_t>& groups) {
  std::vector<std::shared_ptr<arrow::Array>> values;
  for (const auto& accumulator : accumulators_) {
    ASSIGN_OR_RAISE(auto array, accumulator->Values(groups));
    values.push_back(std::move(array));
  }
  return values;
}

void GroupStore::Clear(uint32_t group, StateBlock* block) {
  rows_[group] = 0;
  for (const auto& accumulator : accumulators_) accumulator->Clear(group);
  SaveValues(group, block);
}

void GroupStore::Drop(uint32_t group) {
  Clear(group, &dropped_);
  dropped_.Delete(kGroupEntry + std::string(keys_.key(group)));
  keys_.Erase(group);
}

void GroupStore::SaveChanges(StateBlock* block) {
  // First what is gone: a key may have come back since.
  block->Append(dropped_);
  dropped_.clear();
  changed_.Take([&](uint32_t group) {
    if (!keys_.live(group)) return;
    SaveGroup(group, block);
    SaveValues(group, block);
  });
}

void GroupStore::SaveGroup(uint32_t group, StateBlock* block) {
  std::string value;
  AppendNumber(rows_[group], &value);
  for (const auto& accumulator : accumulators_) accumulator->Save(group, &value);
  block->Put(kGroupEntry + std::string(keys_.key(group)), value);
}

void GroupStore::SaveValues(uint32_t group, StateBlock* block) {
  std::string entry;
  std::string number;
  for (size_t i = 0; i < accumulators_.size(); ++i) {
    accumulators_[i]->TakeChangedValues(group, [&](std::string_view value, int64_t count) {
      entry = kValueEntry;
      AppendNumber(static_cast<uint16_t>(i), &entry);
      AppendString(keys_.key(group), &entry);
      entry += value;
      if (count == 0) {
        block->Delete(entry);
        return;
      }
      number.clear();
      AppendNumber(count, &number);
      block->Put(entry, number);
    });
  }
}

bool GroupStore::OwnsEntry(std::string_view key) {
  return !key.empty() && (key[0] == kGroupEntry || key[0] == kValueEntry);
}

Status GroupStore::Restore(std::string_view key, std::optional<std::string_view> value) {
  return key[0] == kGroupEntry ? RestoreGroup(key.substr(1), value)
                               : RestoreValue(key.substr(1), value);
}

Status GroupStore::RestoreGroup(std::string_view key, std::optional<std::string_view> value) {
  if (!value.has_value()) {
    const uint32_t group = keys_.Find(key);
    if (group == KeyTable::kNone) return Status::OK();
    StateBlock unused;
    Clear(group, &unused);
    keys_.Erase(group);
    return Status::OK();
  }
  const uint32_t group = Insert(key);
  ByteReader reader(*value);
  RETURN_NOT_OK(reader.ReadNumber(&rows_[group]));
  for (const auto& accumulator : accumulators_) RETURN_NOT_OK(accumulator->Load(group, &reader));
  if (!reader.done()) return Status::Invalid("a group of the state is longer than expected");
  return Status::OK();
}

Status GroupStore::RestoreValue(std::string_view entry, std::optional<std::string_view> value) {
  ByteReader reader(entry);
  uint16_t call = 0;
  std::string_view key;
  RETURN_NOT_OK(reader.ReadNumber(&call));
  RETURN_NOT_OK(reader.ReadString(&key));
  if (call >= accumulators_.size()) return Status::Invalid("the state is of another aggregate");
  int64_t count = 0;
  if (value.has_value()) {
    RETURN_NOT_OK(ByteReader(*value).ReadNumber(&count));
  } else if (keys_.Find(key) == KeyTable::kNone) {
    return Status::OK();
  }
  return accumulators_[call]->LoadValue(Insert(key), reader.rest(), count);
}

StateSize GroupStore::size() const {
  StateSize size{keys_.size(), keys_.memory_bytes() + static_cast<int64_t>(rows_.size()) * 8};
  for (const auto& accumulator : accumulators_) size.bytes += accumulator->memory_bytes();
  return size;
}

}  // namespace headrace::engine
