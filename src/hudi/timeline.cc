#include "hudi/timeline.h"

#include <algorithm>

#include "base/fault.h"
#include "hudi/archived_timeline.h"

namespace headrace::hudi {
namespace {

std::string PathOf(const Instant& instant, InstantState state) {
  return std::string(kTimelineFolder) + "/" + instant.FileName(state);
}

}  // namespace

Result<std::unique_ptr<Timeline>> Timeline::Load(std::shared_ptr<storage::Storage> storage,
                                                 bool utc) {
  std::unique_ptr<Timeline> timeline(new Timeline(std::move(storage), utc));
  RETURN_NOT_OK(timeline->Refresh());
  return timeline;
}

Status Timeline::Refresh() {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RAISE(const auto objects, storage_->List(kTimelineFolder));
  // The newest state of each action. A savepoint shares its time with a commit.
  std::map<std::pair<std::string, bool>, Instant> newest;
  for (const storage::ObjectInfo& object : objects) {
    const std::string name = object.name.substr(sizeof(kTimelineFolder));
    if (name.find('/') != std::string::npos || name[0] == '.') continue;
    Result<Instant> instant = ParseInstantFileName(name);
    if (!instant.ok()) continue;  // another engine's own file
    Instant& known = newest[{instant->time, instant->action == "savepoint"}];
    // The completed file of a table service is named like a commit's: what it is, the others say.
    const std::string action = !known.time.empty() && instant->state == InstantState::kCompleted
                                   ? known.action
                                   : instant->action;
    if (known.time.empty() || instant->state > known.state) known = *instant;
    known.action = action;
  }
  instants_.clear();
  for (auto& [key, instant] : newest) {
    last_time_ = std::max({last_time_, instant.time, instant.completion_time});
    instants_.push_back(std::move(instant));
  }
  archived_.reset();
  return Status::OK();
}

std::vector<Instant> Timeline::instants() const {
  const std::lock_guard lock(mutex_);
  return instants_;
}

Result<std::optional<std::string>> Timeline::CompletionTime(const std::string& time) {
  const std::lock_guard lock(mutex_);
  const auto found = std::lower_bound(
      instants_.begin(), instants_.end(), time,
      [](const Instant& instant, const std::string& value) { return instant.time < value; });
  if (found != instants_.end() && found->time == time) {
    if (found->state == InstantState::kCompleted) return found->completion_time;
    return std::nullopt;
  }
  if (instants_.empty() || time > instants_.front().time) return std::nullopt;
  if (!archived_.has_value()) {
    ASSIGN_OR_RAISE(archived_, ReadArchivedCompletionTimes(*storage_));
  }
  const auto archived = archived_->find(time);
  return archived == archived_->end() ? time : archived->second;
}

std::string Timeline::LastCompletion() const {
  const std::lock_guard lock(mutex_);
  std::string last;
  for (const Instant& instant : instants_) last = std::max(last, instant.completion_time);
  return last;
}

std::string Timeline::NewTime(Clock& clock) const {
  const std::lock_guard lock(mutex_);
  return NewTimeLocked(clock);
}

std::string Timeline::NewTimeLocked(Clock& clock) const {
  const std::string now = FormatInstantTime(clock.NowMicros(), utc_);
  if (now > last_time_) return now;
  return NextInstantTime(last_time_);
}

void Timeline::UpdateLocked(const Instant& instant) {
  last_time_ = std::max({last_time_, instant.time, instant.completion_time});
  for (Instant& known : instants_) {
    if (known.time != instant.time || known.action != instant.action) continue;
    known = instant;
    return;
  }
  const auto place = std::upper_bound(
      instants_.begin(), instants_.end(), instant,
      [](const Instant& value, const Instant& other) { return value.time < other.time; });
  instants_.insert(place, instant);
}

std::string Timeline::Reserve(Clock& clock) {
  const std::lock_guard lock(mutex_);
  last_time_ = NewTimeLocked(clock);
  return last_time_;
}

Result<Instant> Timeline::Request(const std::string& action, std::string_view data, Clock& clock) {
  const std::lock_guard lock(mutex_);
  return RequestLocked(NewTimeLocked(clock), action, data);
}

Result<Instant> Timeline::RequestAt(const std::string& time, const std::string& action,
                                    std::string_view data) {
  const std::lock_guard lock(mutex_);
  return RequestLocked(time, action, data);
}

Result<Instant> Timeline::RequestLocked(const std::string& time, const std::string& action,
                                        std::string_view data) {
  Instant instant;
  instant.time = time;
  instant.action = action;
  RETURN_NOT_OK(storage_->PutIfAbsent(PathOf(instant, InstantState::kRequested), data));
  own_.insert(instant.time);
  UpdateLocked(instant);
  return instant;
}

Status Timeline::MakeInflight(Instant* instant, std::string_view data) {
  RETURN_NOT_OK(storage_->PutIfAbsent(PathOf(*instant, InstantState::kInflight), data));
  instant->state = InstantState::kInflight;
  const std::lock_guard lock(mutex_);
  UpdateLocked(*instant);
  return Status::OK();
}

Status Timeline::Complete(Instant* instant, std::string_view data, Clock& clock) {
  const std::lock_guard lock(mutex_);
  Instant completed = *instant;
  completed.completion_time = NewTimeLocked(clock);
  completed.state = InstantState::kCompleted;
  RETURN_NOT_OK(storage_->PutIfAbsent(PathOf(completed, InstantState::kCompleted), data));
  *instant = completed;
  UpdateLocked(completed);
  return Status::OK();
}

bool Timeline::IsOwn(const std::string& time) const {
  const std::lock_guard lock(mutex_);
  return own_.contains(time);
}

Status Timeline::Remove(const Instant& instant) {
  if (instant.state == InstantState::kCompleted)
    RETURN_NOT_OK(storage_->Delete(PathOf(instant, InstantState::kCompleted)));
  // The requested file last: as long as it is there, the instant is known not to be complete.
  RETURN_NOT_OK(storage_->Delete(PathOf(instant, InstantState::kInflight)));
  RETURN_NOT_OK(storage_->Delete(PathOf(instant, InstantState::kRequested)));
  const std::lock_guard lock(mutex_);
  std::erase_if(instants_, [&](const Instant& known) {
    return known.time == instant.time && known.action == instant.action;
  });
  return Status::OK();
}

Status Timeline::Forget(const std::vector<Instant>& archived) {
  // Each delete by itself under the lock: Refresh() then sees the files before it or after it, and
  // a commit waits for one delete at most.
  const auto remove = [&](const Instant& instant, InstantState state) {
    const std::lock_guard lock(mutex_);
    return storage_->Delete(PathOf(instant, state));
  };
  for (const Instant& instant : archived) {
    RETURN_NOT_OK(remove(instant, InstantState::kRequested));
    RETURN_NOT_OK(remove(instant, InstantState::kInflight));
  }
  // Then the oldest first: what is older than all active instants is archived.
  for (const Instant& instant : archived) {
    RETURN_NOT_OK(remove(instant, InstantState::kCompleted));
    FaultPoint("hudi.archive_between_instants");
  }
  return Refresh();
}

Result<std::string> Timeline::Read(const Instant& instant, InstantState state) const {
  return storage_->Get(PathOf(instant, state));
}

}  // namespace headrace::hudi
