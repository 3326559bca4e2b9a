// Reads and builds number columns in two widths only: everything that is an integer inside
// (integers, booleans, dates, timestamps, durations) as int64, floating point as double.
#pragma once

#include <arrow/array.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/status.h"

namespace headrace::engine {

bool IsIntegerLike(const arrow::DataType& type);
bool IsFloating(const arrow::DataType& type);

// One value; it must not be null.
int64_t IntegerAt(const arrow::Array& values, int64_t row);
double DoubleAt(const arrow::Array& values, int64_t row);

// Returns all values, those of nulls unspecified: the array's own memory where it has that width
// already, `scratch` otherwise.
const int64_t* Integers(const arrow::Array& values, std::vector<int64_t>* scratch);
const double* Doubles(const arrow::Array& values, std::vector<double>* scratch);

// Builds an array of `type`, which is integer-like for int64 and floating for double; a value that
// `valid` denies is null. Values must fit the type.
Result<std::shared_ptr<arrow::Array>> BuildNumbers(const std::shared_ptr<arrow::DataType>& type,
                                                   const std::vector<int64_t>& values,
                                                   const std::vector<bool>& valid);
Result<std::shared_ptr<arrow::Array>> BuildNumbers(const std::shared_ptr<arrow::DataType>& type,
                                                   const std::vector<double>& values,
                                                   const std::vector<bool>& valid);

// Builds the column `window`, a struct of two times as in `type`.
Result<std::shared_ptr<arrow::Array>> BuildWindows(const arrow::DataType& type,
                                                   const std::vector<int64_t>& starts,
                                                   const std::vector<int64_t>& ends);

}  // namespace headrace::engine
