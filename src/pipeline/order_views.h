// The order of views: each after those it reads.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pipeline/check.h"
#include "sql/analyzer.h"

namespace headrace::pipeline {

// Sorts the views of the pipeline; those that don't depend on each other stay in the order of the
// file. A cycle is reported with its members, at the reference that closes it.
void SortViews(Checking& checking,
               const std::map<std::string, std::vector<sql::RelationName>>& references);

}  // namespace headrace::pipeline
