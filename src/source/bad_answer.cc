#include "source/bad_answer.h"

namespace headrace::source {

std::string_view ReasonName(BadAnswerReason reason) {
  switch (reason) {
    case BadAnswerReason::kStopped:
      return "stopped";
    case BadAnswerReason::kUnreachable:
      return "unreachable";
    case BadAnswerReason::kTls:
      return "tls";
    case BadAnswerReason::kTimeout:
      return "timeout";
    case BadAnswerReason::kCut:
      return "cut";
    case BadAnswerReason::kTooLarge:
      return "too_large";
    case BadAnswerReason::kRedirect:
      return "redirect";
    case BadAnswerReason::kThrottled:
      return "throttled";
    case BadAnswerReason::kServerError:
      return "server_error";
    case BadAnswerReason::kRefused:
      return "refused";
    case BadAnswerReason::kMalformed:
      return "malformed";
    case BadAnswerReason::kNoRecords:
      return "no_records";
    case BadAnswerReason::kPagination:
      return "pagination";
    case BadAnswerReason::kUnreadable:
      return "unreadable";
    case BadAnswerReason::kUnauthorized:
      return "unauthorized";
  }
  return "unknown";
}

}  // namespace headrace::source
