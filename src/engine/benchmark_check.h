// What the engine's benchmarks do with an error: say it and end the program.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/status.h"

namespace headrace::engine {

inline void Check(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

template <typename T>
T Check(Result<T> result) {
  Check(result.status());
  return *std::move(result);
}

}  // namespace headrace::engine
