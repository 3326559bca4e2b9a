// Checks of URLs that a pipeline file holds.
#pragma once

#include <string>

#include "pipeline/check.h"

namespace headrace::pipeline {

// `url`, the value at `path`, is http or https, has a host, and carries no password.
void CheckUrl(Checking& checking, const std::string& url, const std::string& path);

}  // namespace headrace::pipeline
