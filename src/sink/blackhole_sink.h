// The BlackholeSink counts the rows of an epoch and keeps none: to measure a pipeline without its
// sink. It holds no epoch, so each is new to it.
#pragma once

#include <memory>
#include <string>

#include "metrics/registry.h"
#include "sink/sink.h"

namespace headrace::sink {

std::unique_ptr<Sink> MakeBlackholeSink(const std::string& name, metrics::Registry& registry);

}  // namespace headrace::sink
