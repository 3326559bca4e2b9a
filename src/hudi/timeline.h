// The timeline of a table: every action on it, in the order of their times. An action is requested,
// then inflight, then completed; each state is one file, made once and never changed. A commit
// becomes visible to all readers with the one file that completes it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "hudi/instant.h"
#include "storage/storage.h"

namespace headrace::hudi {

inline constexpr char kTimelineFolder[] = ".hoodie/timeline";

// Thread-safe: commits and table services share one. Each state is durable when the function that
// makes it has returned; times are handed out, and states that carry a time made, one by one.
class Timeline {
 public:
  // Reads the timeline. `utc`: its times are UTC, not the machine's local time.
  static Result<std::unique_ptr<Timeline>> Load(std::shared_ptr<storage::Storage> storage,
                                                bool utc);

  // Reads it again: what other writers did since.
  Status Refresh();

  // Every active instant once, by time. A savepoint has the time of the commit that it saves and
  // comes after it.
  std::vector<Instant> instants() const;

  // When the action of time `time` completed; nothing where it has not. What is older than all
  // active instants is archived, and so has.
  Result<std::optional<std::string>> CompletionTime(const std::string& time);

  // The newest completion time, "" before the first.
  std::string LastCompletion() const;

  // Returns a time above every time on the timeline: the clock's where it is.
  std::string NewTime(Clock& clock) const;

  // Hands out a time to plan an action as of: what completes from now on completes after it.
  std::string Reserve(Clock& clock);

  // Make the states of an action. Its time is a new one, or one that was reserved.
  Result<Instant> Request(const std::string& action, std::string_view data, Clock& clock);
  Result<Instant> RequestAt(const std::string& time, const std::string& action,
                            std::string_view data);
  Status MakeInflight(Instant* instant, std::string_view data);
  Status Complete(Instant* instant, std::string_view data, Clock& clock);

  // Whether this object requested the action of time `time`: another writer's is not.
  bool IsOwn(const std::string& time) const;

  // Removes all states of an action, the completed one first: from then on it isn't complete, and
  // what it wrote is ignored.
  Status Remove(const Instant& instant);

  // Removes the files of archived actions, which are the oldest, such that whoever reads the
  // timeline meanwhile finds each of them complete: active, or archived.
  Status Forget(const std::vector<Instant>& archived);

  // The content of the file of an instant's state.
  Result<std::string> Read(const Instant& instant, InstantState state) const;

 private:
  Timeline(std::shared_ptr<storage::Storage> storage, bool utc)
      : storage_(std::move(storage)), utc_(utc) {}
  std::string NewTimeLocked(Clock& clock) const;
  Result<Instant> RequestLocked(const std::string& time, const std::string& action,
                                std::string_view data);
  void UpdateLocked(const Instant& instant);

  const std::shared_ptr<storage::Storage> storage_;
  const bool utc_;
  mutable std::mutex mutex_;  // for what follows, and to make states that carry times one by one
  std::vector<Instant> instants_;
  std::string last_time_;      // the greatest of all times
  std::set<std::string> own_;  // times of the actions that were requested here
  std::optional<std::map<std::string, std::string>> archived_;  // loaded when first asked for
};

}  // namespace headrace::hudi
