#include "base/fault.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace headrace {
namespace {

constexpr std::array<std::string_view, 41> kFaultPoints = {
    "source.before_append",
    "source.after_append",
    "log.before_write",
    "log.before_commit",
    "log.after_write",
    "engine.before_plan",
    "engine.after_plan",
    "engine.after_run",
    "engine.between_sinks",
    "engine.before_checkpoint",
    "engine.after_checkpoint",
    "engine.during_snapshot",
    "hudi.after_requested",
    "hudi.after_inflight",
    "hudi.between_data_files",
    "hudi.before_complete",
    "hudi.after_complete",
    "hudi.during_rollback",
    "hudi.compaction_after_plan",
    "hudi.compaction_between_files",
    "hudi.compaction_before_complete",
    "hudi.clean_after_plan",
    "hudi.clean_between_files",
    "hudi.clean_before_complete",
    "hudi.archive_before_manifest",
    "hudi.archive_before_version",
    "hudi.archive_before_forget",
    "hudi.archive_between_instants",
    "hudi.clustering_after_plan",
    "hudi.clustering_between_files",
    "hudi.clustering_before_complete",
    "hudi.restore_between_commits",
    "hudi.restore_before_complete",
    "storage.before_rename",
    "series.before_write",
    "series.after_write",
    "topic_sink.before_append",
    "topic_sink.after_append",
    "kafka_sink.after_send",
    "kafka_sink.before_commit",
    "kafka_sink.after_commit",
};

struct ArmedFault {
  std::string name;
  std::atomic<int> remaining{0};
};

// Returns the fault of HEADRACE_FAULT, or null; a fault that names no point ends the program: a
// test must not pass because of a misspelt name.
ArmedFault* ReadEnvironment() {
  const char* value = std::getenv("HEADRACE_FAULT");
  if (value == nullptr || *value == '\0') return nullptr;
  static ArmedFault fault;
  const std::string_view text(value);
  const size_t colon = text.find(':');
  fault.name = text.substr(0, colon);
  fault.remaining = colon == std::string_view::npos ? 1 : std::atoi(value + colon + 1);
  if (std::find(kFaultPoints.begin(), kFaultPoints.end(), fault.name) == kFaultPoints.end()) {
    std::fprintf(stderr, "headrace: HEADRACE_FAULT names no fault point: %s\n", value);
    std::_Exit(2);
  }
  return &fault;
}

}  // namespace

void FaultPoint(std::string_view name) {
  static ArmedFault* const armed = ReadEnvironment();
  assert(std::find(kFaultPoints.begin(), kFaultPoints.end(), name) != kFaultPoints.end());
  if (armed == nullptr || armed->name != name) return;
  if (armed->remaining.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

std::span<const std::string_view> FaultPoints() { return kFaultPoints; }

}  // namespace headrace
