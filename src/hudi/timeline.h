// The timeline of a table: every action on it, in the order of their times. An action is requested,
// then inflight, then completed; each state is one file, made once and never changed. A commit
// becomes visible to all readers with the one file that completes it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "hudi/instant.h"
#include "storage/storage.h"

namespace headrace::hudi {

inline constexpr char kTimelineFolder[] = ".hoodie/timeline";

// Not thread-safe. Each state is durable when the function that makes it has returned.
class Timeline {
 public:
  // Reads the timeline. `utc`: its times are UTC, not the machine's local time.
  static Result<Timeline> Load(std::shared_ptr<storage::Storage> storage, bool utc);

  // Every active instant once, by time.
  const std::vector<Instant>& instants() const { return instants_; }

  // When the commit of time `time` completed; nothing where it has not. What is older than all
  // active instants is archived, and so has.
  Result<std::optional<std::string>> CompletionTime(const std::string& time);

  // The newest completion time, "" before the first.
  std::string LastCompletion() const;

  // Returns a time above every time on the timeline: the clock's where it is.
  std::string NewTime(Clock& clock) const;

  // Make the states of an action.
  Result<Instant> Request(const std::string& action, std::string_view data, Clock& clock);
  Status MakeInflight(Instant* instant, std::string_view data);
  Status Complete(Instant* instant, std::string_view data, Clock& clock);

  // Removes an action that never completed.
  Status Remove(const Instant& instant);

  // The content of the file of an instant's state.
  Result<std::string> Read(const Instant& instant, InstantState state) const;

 private:
  Timeline(std::shared_ptr<storage::Storage> storage, bool utc)
      : storage_(std::move(storage)), utc_(utc) {}
  void Update(const Instant& instant);

  std::shared_ptr<storage::Storage> storage_;
  bool utc_;
  std::vector<Instant> instants_;
  std::string last_time_;  // the greatest of all times, also those of files in history
  std::optional<std::map<std::string, std::string>> archived_;  // loaded when first asked for
};

}  // namespace headrace::hudi
