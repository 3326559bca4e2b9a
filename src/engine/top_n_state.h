// The state of a top-N (top_n.h): the rows of each partition in their order.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/key_table.h"
#include "engine/order_key.h"
#include "engine/saved_watermark.h"
#include "engine/top_n.h"
#include "format/row_codec.h"

namespace headrace::engine {

class TopNState : public OperatorState {
 public:
  // `plan` must outlive the state.
  explicit TopNState(const TopNPlan& plan);

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch& context) override;
  void SaveChanges(StateBlock* block) override;
  Status Restore(std::string_view key, std::optional<std::string_view> value) override;
  StateSize state_size() const override;
  std::optional<int64_t> watermark() const override { return watermark_.get(); }
  Status VisitRows(const RowVisitor& visit) override;
  int64_t late_rows() const override { return late_rows_; }

 private:
  struct Row {
    std::string order;
    std::string bytes;
    bool operator<(const Row& other) const {
      return order != other.order ? order < other.order : bytes < other.bytes;
    }
  };
  using Rows = std::map<Row, int64_t>;  // how often each is there
  struct Partition {
    Rows rows;
    int64_t count = 0;  // of the rows, with how often they are there
  };
  // A row of the result, and its number.
  struct Numbered {
    std::string bytes;
    int32_t number = 0;
    bool operator<(const Numbered& other) const {
      return bytes != other.bytes ? bytes < other.bytes : number < other.number;
    }
  };
  using Top = std::vector<Numbered>;

  Status TakeBatch(const ChangeBatch& batch, MicroBatch* context);
  std::vector<int64_t> TimelyRows(const ChangeBatch& batch, std::vector<int64_t>* late) const;
  void Touch(uint32_t partition);
  void Change(uint32_t partition, Row row, int64_t weight);
  void Forget(uint32_t partition, Rows::iterator row);
  void Trim(uint32_t partition);
  bool IsBeyond(const Partition& partition, const std::string& order) const;
  Top TopOf(const Partition& partition) const;
  Status EmitChanges(Delta* delta);
  Status Emit(const std::vector<std::pair<const Numbered*, int8_t>>& rows, Delta* delta);
  Status EndPartitions(std::optional<int64_t> watermark, Delta* delta);
  void ErasePartition(uint32_t partition);
  std::string EntryOf(uint32_t partition, const Row& row) const;
  uint32_t InsertPartition(std::string_view key);

  const TopNPlan& plan_;
  const TopNSpec& spec_;
  const bool input_weighted_;
  format::RowEncoder key_encoder_;
  format::RowEncoder row_encoder_;
  format::RowDecoder decoder_;
  OrderKeyEncoder order_encoder_;
  KeyTable keys_;
  std::vector<Partition> partitions_;  // by index of the key
  std::map<int64_t, std::vector<uint32_t>> by_time_;
  std::vector<int64_t> time_of_;  // by partition
  StateBlock changes_;
  int64_t rows_ = 0;
  int64_t row_bytes_ = 0;
  SavedWatermark watermark_;
  int64_t late_rows_ = 0;

  // Of the micro-batch in hand: the partitions it touches, and their result before it.
  std::vector<std::pair<uint32_t, Top>> touched_;
  std::vector<uint32_t> touched_in_;
  uint32_t micro_batch_ = 0;
  PackedKeys packed_;
  std::vector<uint32_t> partition_of_, inserted_;
};

}  // namespace headrace::engine
