// DISTINCT inside an aggregate: counts each value of a group and hands it to the accumulator behind
// it when it appears first, and when its last occurrence disappears.
#include <cstring>
#include <utility>

#include "engine/accumulator.h"
#include "engine/bytes.h"
#include "engine/key_table.h"
#include "format/row_codec.h"

namespace headrace::engine {
namespace {

// The values of all groups are in one table, by group and value. A value that is gone stays there
// until that is saved.
class Distinct : public Accumulator {
 public:
  Distinct(std::shared_ptr<arrow::DataType> argument, std::unique_ptr<Accumulator> inner)
      : encoder_({std::move(argument)}), inner_(std::move(inner)) {}

  void Resize(uint32_t groups) override {
    inner_->Resize(groups);
    groups_.resize(groups);
  }

  void Clear(uint32_t group) override {
    inner_->Clear(group);
    for (uint32_t index = groups_[group].first; index != kNone; index = values_[index].next) {
      values_[index].count = 0;
      MarkChanged(index);
    }
  }

  Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                int64_t rows) override {
    encoder_.Bind({argument->Slice(0)});
    keys_.clear();
    VisitRows(argument, groups, weights, rows, [&](int64_t row, uint32_t group, int8_t) {
      AppendNumber(group, &keys_.bytes);
      encoder_.Encode(row, &keys_.bytes);
      keys_.EndKey();
    });
    indexes_.resize(static_cast<size_t>(keys_.size()));
    inserted_.clear();
    table_.InsertAll(keys_, indexes_.data(), &inserted_);
    for (const uint32_t index : inserted_) Link(index);
    // Rows that change nothing for the inner accumulator get no group.
    passed_.assign(rows, kNoGroup);
    const uint32_t* index = indexes_.data();
    VisitRows(argument, groups, weights, rows, [&](int64_t row, uint32_t group, int8_t weight) {
      int64_t& count = values_[*index].count;
      const bool was_there = count > 0;
      count += weight;
      MarkChanged(*index++);
      if (was_there != (count > 0)) passed_[row] = group;
    });
    return inner_->Update(argument, passed_.data(), weights, rows);
  }

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    return inner_->Values(groups);
  }

  void Save(uint32_t group, std::string* out) const override { inner_->Save(group, out); }
  Status Load(uint32_t group, ByteReader* reader) override { return inner_->Load(group, reader); }

  void TakeChangedValues(uint32_t group, const VisitValue& visit) override {
    for (const uint32_t index : std::exchange(groups_[group].changed, {})) {
      values_[index].changed = false;
      visit(table_.key(index).substr(sizeof(group)), values_[index].count);
      if (values_[index].count == 0) Unlink(index);
    }
  }

  Status LoadValue(uint32_t group, std::string_view value, int64_t count) override {
    std::string key;
    AppendNumber(group, &key);
    key += value;
    bool inserted = false;
    const uint32_t index = table_.Insert(key, &inserted);
    if (inserted) Link(index);
    values_[index].count = count;
    if (count == 0) Unlink(index);
    return Status::OK();
  }

  int64_t memory_bytes() const override {
    return static_cast<int64_t>(groups_.capacity() * sizeof(Group) +
                                values_.capacity() * sizeof(Value)) +
           table_.memory_bytes() + inner_->memory_bytes();
  }

 private:
  static constexpr uint32_t kNone = KeyTable::kNone;

  // Of one index of the table. The values of a group are a list.
  struct Value {
    int64_t count = 0;
    uint32_t group = 0;
    uint32_t next = kNone;
    uint32_t previous = kNone;
    bool changed = false;
  };
  struct Group {
    uint32_t first = kNone;
    std::vector<uint32_t> changed;  // since the last checkpoint
  };

  void Link(uint32_t index) {
    if (values_.size() < table_.index_end()) values_.resize(table_.index_end());
    uint32_t group = 0;
    std::memcpy(&group, table_.key(index).data(), sizeof(group));
    uint32_t& first = groups_[group].first;
    values_[index] = {.group = group, .next = first};
    if (first != kNone) values_[first].previous = index;
    first = index;
  }

  void Unlink(uint32_t index) {
    const Value& value = values_[index];
    if (value.next != kNone) values_[value.next].previous = value.previous;
    (value.previous != kNone ? values_[value.previous].next : groups_[value.group].first) =
        value.next;
    table_.Erase(index);
  }

  void MarkChanged(uint32_t index) {
    if (std::exchange(values_[index].changed, true)) return;
    groups_[values_[index].group].changed.push_back(index);
  }

  format::RowEncoder encoder_;
  const std::unique_ptr<Accumulator> inner_;
  KeyTable table_;
  std::vector<Value> values_;  // by index of the table
  std::vector<Group> groups_;
  // Of one Update().
  PackedKeys keys_;
  std::vector<uint32_t> indexes_;
  std::vector<uint32_t> inserted_;
  std::vector<uint32_t> passed_;
};

}  // namespace

std::unique_ptr<Accumulator> MakeDistinct(std::shared_ptr<arrow::DataType> argument,
                                          std::unique_ptr<Accumulator> inner) {
  return std::make_unique<Distinct>(std::move(argument), std::move(inner));
}

}  // namespace headrace::engine
