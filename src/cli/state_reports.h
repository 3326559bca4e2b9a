// What `headrace state` prints.
#pragma once

#include <arrow/table.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "engine/state_reader.h"

namespace headrace::cli {

// Returns every operator with its size and watermark, as text or as one JSON object.
Result<std::string> ListState(const engine::StateReader& reader, bool json);

// Returns all that is known of one operator, or of all those of a source or view.
//
// Errors: a user error where there is no such operator, source or view.
Result<std::string> ShowState(const engine::StateReader& reader, const std::string& name,
                              bool json);

// Returns up to `rows_max` rows of a source or view, and sets `complete` where there are no more;
// null where there is none.
Result<std::shared_ptr<arrow::Table>> StateRows(const engine::StateReader& reader,
                                                const std::string& relation, int64_t rows_max,
                                                bool* complete);

}  // namespace headrace::cli
