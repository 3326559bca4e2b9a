// The ConsoleSink prints each change of an epoch as a JSON line, to look at a pipeline while it is
// made: {"op":"+","row":{...}} where a row appears, {"op":"-","row":{...}} where it disappears.
//
// What is printed can't be taken back: an epoch that is run again after a crash is printed again.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "metrics/registry.h"
#include "sink/sink.h"

namespace headrace::sink {

// `out` is stdout, but for a test; it must outlive the sink.
std::unique_ptr<Sink> MakeConsoleSink(const std::string& name, metrics::Registry& registry,
                                      std::FILE* out);

}  // namespace headrace::sink
