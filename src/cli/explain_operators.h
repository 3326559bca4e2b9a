// The operators of a view, and what each of them keeps.
#pragma once

#include "cli/explanation.h"
#include "sql/plan.h"

namespace headrace::cli {

// The plan of `view` as a tree of operators; `traits` are those of what it reads.
ExplainedOperator ExplainOperators(const pipeline::Pipeline& pipeline, const pipeline::View& view,
                                   const pipeline::TraitsByRelation& traits);

}  // namespace headrace::cli
