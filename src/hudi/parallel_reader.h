// Reads parts that have nothing to do with each other in several threads.
#pragma once

#include <arrow/record_batch.h>

#include <functional>
#include <memory>

#include "base/status.h"

namespace headrace::hudi {

// Opens part `number`.
using OpenPart = std::function<Result<std::shared_ptr<arrow::RecordBatchReader>>(size_t number)>;

// Returns a reader of `parts` parts. With one thread they are read part after part, by the caller's
// thread; with more, as many parts are open at a time and batches come in any order, at most two a
// thread before they are asked for. `open` is called from several threads. The reader is used by
// one thread at a time; letting go of it stops the threads.
std::shared_ptr<arrow::RecordBatchReader> ReadParts(std::shared_ptr<arrow::Schema> schema,
                                                    size_t parts, OpenPart open, int threads);

}  // namespace headrace::hudi
