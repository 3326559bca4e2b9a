// A BadAnswer is what a source got instead of records: a server that is gone, refuses, or answers
// nonsense; a file that can't be read; a request that is refused. It is counted by its reason and
// shown, and by default the next poll tries again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headrace::source {

enum class BadAnswerReason {
  kStopped,      // the run is ending; not counted
  kUnreachable,  // no connection: name, address, port
  kTls,          // no trusted connection
  kTimeout,
  kCut,           // the connection ended before the answer did
  kTooLarge,      // more bytes than `response_bytes_max`, before or after decompression
  kRedirect,      // too many, or to where none may lead
  kThrottled,     // status 429
  kServerError,   // status 5xx
  kRefused,       // any other status
  kMalformed,     // not JSON, or not all of it
  kNoRecords,     // JSON, but no records where `records` points
  kPagination,    // no page after this one can be made out, or they never end
  kUnreadable,    // a file that can't be read
  kUnauthorized,  // a request to a webhook without the right token or signature
};

// The label of a reason in metrics: "too_large".
std::string_view ReasonName(BadAnswerReason reason);

struct BadAnswer {
  BadAnswerReason reason;
  std::string message;  // for the log; holds no secret
  // Whether the same request may succeed a moment later.
  bool retryable = false;
  std::optional<int64_t> retry_after_us = std::nullopt;  // what the server asked for
};

}  // namespace headrace::source
