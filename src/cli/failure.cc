#include "cli/failure.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/command.h"

namespace headrace::cli {

int Fail(std::string_view command, const Status& status) {
  for (const Diagnostic& diagnostic : DiagnosticsOf(status)) {
    fmt::print(stderr, "headrace {}: error: {}\n", command, diagnostic.message);
    if (!diagnostic.hint.empty()) fmt::print(stderr, "   {}\n", diagnostic.hint);
  }
  return KindOf(status) == ErrorKind::kUser ? kUsageFailed : kRunFailed;
}

}  // namespace headrace::cli
