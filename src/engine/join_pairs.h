// Pairs of rows that may match: a row of the batch in hand and a row that the other side of the
// join keeps. Asks the residual condition, and builds the columns of the result.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/join.h"
#include "engine/join_side.h"
#include "format/row_codec.h"
#include "sql/evaluator.h"

namespace headrace::engine {

// Used by one thread at a time.
class JoinPairs {
 public:
  // How many pairs are taken at once.
  static constexpr size_t kPairsMax = 64 << 10;

  explicit JoinPairs(const JoinPlan& plan);
  Status Open();

  void SetNow(int64_t now_us);

  void Add(int64_t member, int64_t batch_row, uint32_t kept) {
    members.push_back(member);
    batch_rows.push_back(batch_row);
    kept_rows.push_back(kept);
  }
  size_t size() const { return members.size(); }
  void Clear();

  // Drops the pairs for which the residual condition is not true. Where it fails, the pair is put
  // aside, and doesn't match.
  //
  // `side` is that of the batch, `kept` are the rows of the other one.
  Status Filter(int side, const ChangeBatch& batch, const JoinSide& kept, MicroBatch* context);

  // Returns the output columns of the pairs at `indexes`.
  Result<std::vector<std::shared_ptr<arrow::Array>>> OutputColumns(
      int side, const ChangeBatch& batch, const JoinSide& kept,
      const std::vector<int64_t>& indexes);

  // Returns the output columns of rows that are kept by `side`, with nulls for the other one.
  Result<std::vector<std::shared_ptr<arrow::Array>>> KeptAlone(int side, const JoinSide& kept,
                                                               const std::vector<uint32_t>& rows);

  // The same of rows of a batch.
  Result<std::vector<std::shared_ptr<arrow::Array>>> BatchAlone(int side, const ChangeBatch& batch,
                                                                const std::vector<int64_t>& rows);

  std::vector<int64_t> members;     // places in the list of rows that can match
  std::vector<int64_t> batch_rows;  // the same as rows of the batch
  std::vector<uint32_t> kept_rows;

 private:
  // Columns of kept rows, each row once, and the place of each pair's row in them.
  struct Decoded {
    std::vector<std::shared_ptr<arrow::Array>> columns;
    std::vector<int64_t> places;
  };

  Result<Decoded> Decode(int side, const JoinSide& kept, const std::vector<uint32_t>& rows);
  Status RunResidual(const std::shared_ptr<arrow::RecordBatch>& batch, const int8_t* weights,
                     std::vector<int64_t>* passed, MicroBatch* context);
  void Keep(const std::vector<int64_t>& indexes);
  int SideOf(int column) const { return column < plan_.left_columns() ? 0 : 1; }
  int ColumnOf(int column) const {
    return column < plan_.left_columns() ? column : column - plan_.left_columns();
  }

  const JoinPlan& plan_;
  std::vector<int> residual_columns_;  // of both inputs, left first
  std::shared_ptr<arrow::Schema> residual_schema_;
  std::unique_ptr<sql::Evaluator> residual_;
  format::RowDecoder decoders_[2];
  // By kept row: where Decode() put it, in the call of that number.
  struct Place {
    uint32_t call = 0;
    uint32_t place = 0;
  };
  std::vector<Place> places_;
  uint32_t call_ = 0;
};

}  // namespace headrace::engine
