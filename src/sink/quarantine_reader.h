// What a sink has put aside, read back in tests.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"

namespace headrace::sink {

// The values and reasons in the quarantine of a sink; none where there is no such topic.
inline std::vector<std::pair<std::string, std::string>> QuarantineOf(log::Log& log,
                                                                     const std::string& sink) {
  std::vector<std::pair<std::string, std::string>> rows;
  const auto topic = log.FindTopic(sink + ".quarantine");
  if (!topic.ok()) return rows;
  for (const log::RecordBlock& block : (*topic)->Read(0, 0, {}).ValueOrDie()) {
    for (int64_t i = 0; i < block.records(); ++i) {
      const log::Record record = block.record(i);
      rows.emplace_back(record.value, record.headers.at(0).second);
    }
  }
  return rows;
}

}  // namespace headrace::sink
