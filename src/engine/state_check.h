// Whether the state that an earlier run left fits the pipeline as it is now.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "engine/checkpoint_store.h"
#include "engine/dataflow_plan.h"

namespace headrace::engine {

// Errors: one user error with a diagnostic for every operator whose query was changed, and every
// one that is gone, each with what to do.
Status CheckState(const DataflowPlan& plan, const CheckpointStore& store);

// Tells the first line in which two fingerprints differ: "it was: ..." and "it is: ...".
std::string FingerprintDifference(std::string_view before, std::string_view now);

}  // namespace headrace::engine
