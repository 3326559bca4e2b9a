// Instants: the points of a Hudi timeline. A time is text of 17 digits, yyyyMMddHHmmssSSS, so that
// its order as text is its order in time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace headrace::hudi {

enum class InstantState { kRequested, kInflight, kCompleted };

// One action of the table, in its newest state.
struct Instant {
  std::string time;    // when it was requested; its identity
  std::string action;  // "deltacommit", "commit", "rollback", "clean", ...
  InstantState state = InstantState::kRequested;
  std::string completion_time;  // only when completed

  // Whether it puts rows into the table or takes some out; table services do not.
  bool is_write() const;

  // Whether it brings data files: a write, a compaction or a clustering.
  bool makes_data() const;

  // The action as its completed file calls it: table services are named like the commits they make.
  std::string CompletedAction() const;

  // The file of a state, relative to the timeline's folder.
  std::string FileName(InstantState of) const;
};

// Reads the name of a file of the timeline; Invalid where it is none. The completed file of a
// compaction appears as a "commit", of a log compaction as a "deltacommit", of clustering as a
// "replacecommit".
Result<Instant> ParseInstantFileName(std::string_view name);

bool IsInstantTime(std::string_view text);

// Microseconds since 1970 as an instant time, in UTC or in the machine's zone.
std::string FormatInstantTime(int64_t micros, bool utc);

// Milliseconds from one instant time to another.
int64_t MillisBetween(const std::string& from, const std::string& to);

// Reads a time as a user writes it: an instant ("20261122190538565"), a timestamp of a table's zone
// ("2026-11-22 19:05:38.565", with T as well; what is left out is zero) or a day ("2026-11-22"), as
// Spark's `as.of.instant` takes them. Returns the instant time. Errors: a user error for other
// text.
Result<std::string> ParseQueryTime(std::string_view text);

// The instant time one millisecond later.
std::string NextInstantTime(const std::string& time);

}  // namespace headrace::hudi
