// An Accumulator keeps what one aggregate call needs of every group.
// Groups are numbered (key_table.h); the accumulator keeps an array of slots by that number and is
// fed whole columns.
#pragma once

#include <arrow/array.h>
#include <arrow/type.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "engine/bytes.h"
#include "sql/plan.h"

namespace headrace::engine {

// Stands for the group of a row that belongs to none.
inline constexpr uint32_t kNoGroup = UINT32_MAX;

// Used by one thread at a time.
class Accumulator {
 public:
  virtual ~Accumulator() = default;

  // Makes room for groups below `groups`; new ones are empty.
  virtual void Resize(uint32_t groups) = 0;
  // Empties a group.
  virtual void Clear(uint32_t group) = 0;

  // Adds row i of `argument` (null for count(*)) to group groups[i], or takes it away where
  // weights[i] is -1; `weights` may be null: all are added. A row of kNoGroup is left out.
  virtual Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                        int64_t rows) = 0;

  // Returns the results of `groups`.
  //
  // Errors: a user error where a result doesn't fit its type (ANSI).
  virtual Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) = 0;

  // Whether Merge() is there.
  virtual bool mergeable() const { return false; }
  // Adds what group from[i] of `other`, which was made for the same call, holds to group to[i].
  virtual Status Merge(const Accumulator& /*other*/, const std::vector<uint32_t>& /*from*/,
                       const std::vector<uint32_t>& /*to*/) {
    return Status::Invalid("an aggregate that cannot be merged");
  }

  // Writes and reads back the part of a group that has a fixed size.
  virtual void Save(uint32_t group, std::string* out) const = 0;
  virtual Status Load(uint32_t group, ByteReader* reader) = 0;

  // An accumulator that keeps the values themselves (DISTINCT, min and max of rows that can be
  // retracted) saves them one by one: hands out those of a group whose count changed since the last
  // call, 0: no longer there.
  using VisitValue = std::function<void(std::string_view value, int64_t count)>;
  virtual void TakeChangedValues(uint32_t /*group*/, const VisitValue& /*visit*/) {}
  virtual Status LoadValue(uint32_t /*group*/, std::string_view /*value*/, int64_t /*count*/) {
    return Status::Invalid("the state holds values of an aggregate that keeps none");
  }

  // Bytes in memory, estimated.
  virtual int64_t memory_bytes() const = 0;
};

// Makes the accumulator of `call`; `argument` is the type of its argument, null for count(*).
// `weighted`: rows can be retracted.
//
// Errors: a user error where it cannot be computed.
Result<std::unique_ptr<Accumulator>> MakeAccumulator(const sql::AggregateCall& call,
                                                     std::shared_ptr<arrow::DataType> argument,
                                                     bool weighted);

// The makers behind it, one a file.
std::unique_ptr<Accumulator> MakeCount();
Result<std::unique_ptr<Accumulator>> MakeSum(std::shared_ptr<arrow::DataType> argument,
                                             std::shared_ptr<arrow::DataType> result);
Result<std::unique_ptr<Accumulator>> MakeAverage(std::shared_ptr<arrow::DataType> argument,
                                                 std::shared_ptr<arrow::DataType> result);
Result<std::unique_ptr<Accumulator>> MakeMinMax(std::shared_ptr<arrow::DataType> argument, bool max,
                                                bool weighted);
// What needs all values of a group: percentiles, lists, mode, max_by and min_by; first, last and
// any_value of rows that can be retracted.
Result<std::unique_ptr<Accumulator>> MakeKeptValues(const sql::AggregateCall& call,
                                                    std::shared_ptr<arrow::DataType> argument);
// first, last and any_value of rows that only appear. `argument` is a struct of the value.
std::unique_ptr<Accumulator> MakeArrival(const std::shared_ptr<arrow::DataType>& argument,
                                         bool last);
std::unique_ptr<Accumulator> MakeBits(const std::string& function,
                                      std::shared_ptr<arrow::DataType> argument);
// `pairs`: of structs of two doubles, the dependent one first; else of doubles.
std::unique_ptr<Accumulator> MakeMoments(const std::string& function, bool pairs);
// Hands each value of a group once to `inner`.
std::unique_ptr<Accumulator> MakeDistinct(std::shared_ptr<arrow::DataType> argument,
                                          std::unique_ptr<Accumulator> inner);

// Calls visit(row, group, weight) for every row that has a group and whose argument is not null.
template <typename Visit>
void VisitRows(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
               int64_t rows, Visit visit) {
  const bool nulls = argument != nullptr && argument->null_count() > 0;
  if (!nulls && weights == nullptr) {
    for (int64_t i = 0; i < rows; ++i) {
      if (groups[i] != kNoGroup) visit(i, groups[i], int8_t{1});
    }
    return;
  }
  for (int64_t i = 0; i < rows; ++i) {
    if (groups[i] == kNoGroup || (nulls && argument->IsNull(i))) continue;
    visit(i, groups[i], weights == nullptr ? int8_t{1} : weights[i]);
  }
}

}  // namespace headrace::engine
