// What a pipeline file says about stores, as the module storage takes it.
#pragma once

#include "pipeline/pipeline.h"
#include "storage/open_storage.h"

namespace headrace::pipeline {

// With the environment of this process for what the file doesn't say.
storage::StorageOptions StorageOptionsOf(const Pipeline& pipeline);

}  // namespace headrace::pipeline
