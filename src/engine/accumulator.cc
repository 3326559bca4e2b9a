#include "engine/accumulator.h"

#include <utility>

#include "sql/aggregate_functions.h"

namespace headrace::engine {
namespace {

bool IsMoment(const std::string& function) {
  return function.starts_with("stddev_") || function.starts_with("var_") ||
         function.starts_with("covar_") || function.starts_with("regr_") || function == "corr";
}

Result<std::unique_ptr<Accumulator>> MakePlain(const sql::AggregateCall& call,
                                               const std::shared_ptr<arrow::DataType>& argument,
                                               bool weighted) {
  if (call.function == "count") return MakeCount();
  if (call.function == "sum") return MakeSum(argument, call.type);
  if (call.function == "avg") return MakeAverage(argument, call.type);
  if (call.function == "min") return MakeMinMax(argument, false, weighted);
  if (call.function == "max") return MakeMinMax(argument, true, weighted);
  if (sql::KeepsValues(call.function)) return MakeKeptValues(call, argument);
  if (call.function == "first" || call.function == "last" || call.function == "any_value") {
    if (weighted) return MakeKeptValues(call, argument);
    return MakeArrival(argument, call.function == "last");
  }
  if (call.function.starts_with("bit_")) return MakeBits(call.function, argument);
  if (IsMoment(call.function)) return MakeMoments(call.function, sql::IsOfPairs(call.function));
  return UserError("the aggregate function '" + call.function + "' is not supported");
}

}  // namespace

Result<std::unique_ptr<Accumulator>> MakeAccumulator(const sql::AggregateCall& call,
                                                     std::shared_ptr<arrow::DataType> argument,
                                                     bool weighted) {
  ASSIGN_OR_RAISE(auto made, MakePlain(call, argument, weighted));
  // The least of the distinct values is the least of all; what keeps its values counts them itself.
  if (!call.distinct || call.function == "min" || call.function == "max" ||
      sql::KeepsValues(call.function))
    return made;
  return MakeDistinct(std::move(argument), std::move(made));
}

}  // namespace headrace::engine
