// Named points at which a test kills the process, to prove that nothing is lost and nothing comes
// twice.
//
//   HEADRACE_FAULT=engine.before_checkpoint:3   the third time this point is reached, the process
//   kills itself (SIGKILL)
//
// A point costs one load of a flag where no fault is armed. Source: the fault model in
// docs/FAULT_MODEL.md.
#pragma once

#include <span>
#include <string_view>

namespace headrace {

// Reaches the fault point `name`, which must be one of FaultPoints().
void FaultPoint(std::string_view name);

// Every fault point of the program, in the order a record meets them.
std::span<const std::string_view> FaultPoints();

}  // namespace headrace
