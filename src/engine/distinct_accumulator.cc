// DISTINCT inside an aggregate: counts each value of a group and hands it to the accumulator behind
// it when it appears first, and when its last occurrence disappears.
#include <unordered_map>
#include <utility>

#include "engine/accumulator.h"
#include "engine/value_counts.h"
#include "format/row_codec.h"

namespace headrace::engine {
namespace {

// What an entry costs beside the bytes of its value.
constexpr int64_t kEntryBytes = 96;

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
    if (groups_[group] == nullptr) return;
    values_ -= static_cast<int64_t>(groups_[group]->values().size());
    groups_[group]->Clear();
  }

  Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                int64_t rows) override {
    encoder_.Bind({argument->Slice(0)});
    // Rows that change nothing for the inner accumulator get no group.
    passed_.assign(rows, kNoGroup);
    VisitRows(argument, groups, weights, rows, [&](int64_t row, uint32_t group, int8_t weight) {
      value_.clear();
      encoder_.Encode(row, &value_);
      const int64_t before = CountsOf(group).Add(value_, weight);
      if ((before > 0) == (before + weight > 0)) return;
      values_ += weight;
      passed_[row] = group;
    });
    return inner_->Update(argument, passed_.data(), weights, rows);
  }

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    return inner_->Values(groups);
  }

  void Save(uint32_t group, std::string* out) const override { inner_->Save(group, out); }
  Status Load(uint32_t group, ByteReader* reader) override { return inner_->Load(group, reader); }

  void TakeChangedValues(uint32_t group, const VisitValue& visit) override {
    if (groups_[group] == nullptr) return;
    groups_[group]->TakeChanged(visit);
    if (groups_[group]->values().empty()) groups_[group].reset();
  }

  Status LoadValue(uint32_t group, std::string_view value, int64_t count) override {
    Counts& counts = CountsOf(group);
    values_ -= static_cast<int64_t>(counts.values().size());
    counts.Set(value, count);
    values_ += static_cast<int64_t>(counts.values().size());
    return Status::OK();
  }

  int64_t memory_bytes() const override {
    return static_cast<int64_t>(groups_.capacity() * sizeof(void*)) + values_ * kEntryBytes +
           inner_->memory_bytes();
  }

 private:
  using Counts = ValueCounts<std::unordered_map<std::string, CountedValue>>;

  Counts& CountsOf(uint32_t group) {
    if (groups_[group] == nullptr) groups_[group] = std::make_unique<Counts>();
    return *groups_[group];
  }

  format::RowEncoder encoder_;
  const std::unique_ptr<Accumulator> inner_;
  std::vector<std::unique_ptr<Counts>> groups_;
  int64_t values_ = 0;
  std::vector<uint32_t> passed_;
  std::string value_;
};

}  // namespace

std::unique_ptr<Accumulator> MakeDistinct(std::shared_ptr<arrow::DataType> argument,
                                          std::unique_ptr<Accumulator> inner) {
  return std::make_unique<Distinct>(std::move(argument), std::move(inner));
}

}  // namespace headrace::engine
