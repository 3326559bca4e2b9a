// The environment variables of the process, as a value that a test can make up.
#pragma once

#include <map>
#include <string>

namespace headrace {

using Environment = std::map<std::string, std::string>;

// Those of this process.
Environment ProcessEnvironment();

}  // namespace headrace
