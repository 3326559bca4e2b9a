#include "engine/distinct.h"

#include <utility>

#include "engine/bytes.h"
#include "engine/changed_set.h"
#include "engine/key_table.h"
#include "engine/rows.h"
#include "format/row_codec.h"

namespace headrace::engine {
namespace {

class DistinctState : public OperatorState {
 public:
  explicit DistinctState(const DistinctPlan& plan)
      : plan_(plan),
        encoder_(DataTypes(*plan.output())),
        decoder_(DataTypes(*plan.output())),
        weighted_(plan.weighted()) {}

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch&) override {
    Delta delta;
    delta.watermark = inputs[0]->watermark;
    for (const Changes& changes : inputs[0]->batches) {
      std::vector<int64_t> emitted = Count(*changes.batch);
      if (emitted.empty()) continue;
      ASSIGN_OR_RAISE(ChangeBatch batch, TakeRows(changes.batch, emitted));
      delta.batches.push_back({std::move(batch), nullptr});
    }
    return delta;
  }

  void SaveChanges(StateBlock* block) override {
    block->Append(erased_);
    erased_.clear();
    changed_.Take([&](uint32_t index) {
      if (!rows_.live(index)) return;
      std::string value;
      AppendNumber(counts_[index], &value);
      block->Put(rows_.key(index), value);
    });
  }

  Status Restore(std::string_view key, std::optional<std::string_view> value) override {
    bool inserted = false;
    if (!value.has_value()) {
      const uint32_t index = rows_.Find(key);
      if (index != KeyTable::kNone) rows_.Erase(index);
      return Status::OK();
    }
    const uint32_t index = rows_.Insert(key, &inserted);
    counts_.resize(rows_.index_end());
    return ByteReader(*value).ReadNumber(&counts_[index]);
  }

  StateSize state_size() const override {
    return {rows_.size(), rows_.memory_bytes() + static_cast<int64_t>(counts_.size()) * 8};
  }

  Status VisitRows(const RowVisitor& visit) override {
    for (uint32_t index = 0; index < rows_.index_end(); ++index) {
      if (rows_.live(index) && counts_[index] > 0) RETURN_NOT_OK(decoder_.Append(rows_.key(index)));
      const bool last = index + 1 == rows_.index_end();
      if (decoder_.rows() == 0 || (!last && decoder_.rows() < kVisitedRows)) continue;
      ASSIGN_OR_RAISE(const ChangeBatch batch, PresentRows(plan_.output(), &decoder_));
      ASSIGN_OR_RAISE(const bool more, visit(batch));
      if (!more) return Status::OK();
    }
    return Status::OK();
  }

 private:
  // Counts the rows of a batch and returns those with which a row appears or disappears; a row's
  // own weight says which.
  std::vector<int64_t> Count(const arrow::RecordBatch& batch) {
    const int8_t* weights = Weights(batch);
    encoder_.Bind(DataArrays(batch));
    std::vector<int64_t> emitted;
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      key_.clear();
      encoder_.Encode(row, &key_);
      bool inserted = false;
      const uint32_t index = rows_.Insert(key_, &inserted);
      if (inserted) counts_.resize(rows_.index_end());
      // Of an append-only stream it is enough to know that the row is there.
      if (!inserted && !weighted_) continue;
      const int64_t before = inserted ? 0 : counts_[index];
      counts_[index] = before + (weights == nullptr ? 1 : weights[row]);
      changed_.Add(index);
      if ((before > 0) != (counts_[index] > 0)) emitted.push_back(row);
      if (counts_[index] != 0) continue;
      erased_.Delete(key_);
      rows_.Erase(index);
    }
    return emitted;
  }

  const DistinctPlan& plan_;
  format::RowEncoder encoder_;
  format::RowDecoder decoder_;
  const bool weighted_;
  KeyTable rows_;
  std::vector<int64_t> counts_;  // by index of the row
  ChangedSet changed_;
  StateBlock erased_;
  std::string key_;
};

}  // namespace

Result<std::unique_ptr<OperatorState>> DistinctPlan::Open() const {
  return std::make_unique<DistinctState>(*this);
}

}  // namespace headrace::engine
