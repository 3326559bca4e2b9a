// The check of a `nexmark` source.
#pragma once

#include <string>

#include "pipeline/check.h"

namespace headrace::pipeline {

// Reads its start, and gives the source the columns that the events have.
void CheckNexmark(Checking& checking, Source& source, const std::string& path);

}  // namespace headrace::pipeline
