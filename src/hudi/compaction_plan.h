// HoodieCompactionPlan: which file slices a compaction merges.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "hudi/file_group.h"

namespace headrace::hudi {

Result<std::string> EncodeCompactionPlan(const std::vector<FileSlice>& slices);

// Returns those of `slices`, the newest of each file group as of the compaction's instant, that
// `plan` names.
//
// Errors: Invalid where the plan names other files than the slices have.
Result<std::vector<FileSlice>> PlannedSlices(std::string_view plan, std::vector<FileSlice> slices);

}  // namespace headrace::hudi
