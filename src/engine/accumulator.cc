#include "engine/accumulator.h"

#include <utility>

namespace headrace::engine {
namespace {

Result<std::unique_ptr<Accumulator>> MakePlain(const sql::AggregateCall& call,
                                               const std::shared_ptr<arrow::DataType>& argument,
                                               bool weighted) {
  if (call.function == "count") return MakeCount();
  if (call.function == "sum") return MakeSum(argument, call.type);
  if (call.function == "avg") return MakeAverage(argument, call.type);
  if (call.function == "min") return MakeMinMax(argument, false, weighted);
  if (call.function == "max") return MakeMinMax(argument, true, weighted);
  return UserError("the aggregate function '" + call.function + "' is not supported");
}

}  // namespace

Result<std::unique_ptr<Accumulator>> MakeAccumulator(const sql::AggregateCall& call,
                                                     std::shared_ptr<arrow::DataType> argument,
                                                     bool weighted) {
  ASSIGN_OR_RAISE(auto made, MakePlain(call, argument, weighted));
  // The least of the distinct values is the least of all.
  if (!call.distinct || call.function == "min" || call.function == "max") return made;
  return MakeDistinct(std::move(argument), std::move(made));
}

}  // namespace headrace::engine
