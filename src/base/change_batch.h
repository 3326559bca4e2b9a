// A ChangeBatch is what flows between operators and into sinks: rows, and how often each appears or
// disappears.
//
// It is an arrow::RecordBatch whose last columns may be system columns:
//
//   _weight     int8       +1: the row appears, -1: it disappears. Absent: the stream is
//   append-only, all are +1. _watermark  int64      the watermark (microseconds since 1970 UTC)
//   that was in force when the row arrived, null
//                          before the first. Present where a view upstream declares a watermark,
//                          absent elsewhere.
//
// They are ordinary columns, so a filter or a UNION ALL carries them without knowing of them. The
// algebra is the Z-set algebra of DBSP (Budiu et al., "DBSP: Automatic Incremental View
// Maintenance", VLDB 2023): an operator turns changes of its input into changes of its output. An
// operator emits what disappears before what appears.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>
#include <string_view>

namespace headrace {

inline constexpr std::string_view kWeightColumn = "_weight";
inline constexpr std::string_view kWatermarkColumn = "_watermark";

using ChangeBatch = std::shared_ptr<arrow::RecordBatch>;

// Returns the number of columns before the system columns.
int DataColumns(const arrow::Schema& schema);

// Returns the weights of a batch (length: rows), or null where it is append-only.
const int8_t* Weights(const arrow::RecordBatch& batch);

// Returns the watermark column of a batch, or null where there is none.
const arrow::Array* Watermarks(const arrow::RecordBatch& batch);

// Returns `data` with the system columns asked for appended: the schema of a change batch of that
// relation.
std::shared_ptr<arrow::Schema> ChangeSchema(const arrow::Schema& data, bool weighted,
                                            bool watermarked);

}  // namespace headrace
