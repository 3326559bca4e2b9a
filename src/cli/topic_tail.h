// Prints records of a topic, newest last.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "log/log.h"

namespace headrace::cli {

struct TailOptions {
  std::function<Result<std::shared_ptr<log::Log>>()> open_log;
  std::string topic;
  int64_t records = 10;              // the newest so many
  std::optional<int32_t> partition;  // none: all
  std::optional<int64_t> from;       // an offset, instead of the newest
  bool follow = false;               // and then what comes, until the process is ended
  bool json = false;
};

// Errors: those of the log; user errors for a topic or partition that isn't there.
Status PrintTail(const TailOptions& options);

// One record as a line without its end: "0:17  2026-11-22T21:00:00Z  key  value", bytes that cannot
// be printed as \x0a; or as a JSON object, bytes that are no UTF-8 as base64 in "value_base64".
std::string RecordText(const log::Record& record, int32_t partition, int64_t offset);
std::string RecordJson(const log::Record& record, int32_t partition, int64_t offset);

}  // namespace headrace::cli
