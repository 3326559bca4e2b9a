// Checks of URLs and addresses that a pipeline file holds.
#pragma once

#include <string>
#include <string_view>

#include "pipeline/check.h"

namespace headrace::pipeline {

// `url`, the value at `path`, is http or https, has a host, and carries no password.
void CheckUrl(Checking& checking, const std::string& url, const std::string& path);

// Whether `text` is HOST:PORT.
bool IsListenAddress(std::string_view text);

// `pointer`, the value at `path`, is a JSON Pointer (RFC 6901).
void CheckPointer(Checking& checking, const std::string& pointer, const std::string& path);

}  // namespace headrace::pipeline
