#include "hudi/timeline.h"

#include <algorithm>

#include "hudi/archived_timeline.h"

namespace headrace::hudi {
namespace {

std::string PathOf(const Instant& instant, InstantState state) {
  return std::string(kTimelineFolder) + "/" + instant.FileName(state);
}

}  // namespace

Result<Timeline> Timeline::Load(std::shared_ptr<storage::Storage> storage, bool utc) {
  Timeline timeline(std::move(storage), utc);
  ASSIGN_OR_RAISE(const auto objects, timeline.storage_->List(kTimelineFolder));
  std::map<std::string, Instant> newest;  // state of each instant
  for (const storage::ObjectInfo& object : objects) {
    const std::string name = object.name.substr(sizeof(kTimelineFolder));
    if (name.find('/') != std::string::npos || name[0] == '.') continue;
    Result<Instant> instant = ParseInstantFileName(name);
    if (!instant.ok()) continue;  // another engine's own file
    Instant& known = newest[instant->time];
    // A compaction's completed file says "commit": the action of its other states is right.
    const std::string action =
        known.action.empty() || known.action == "commit" ? instant->action : known.action;
    if (known.time.empty() || instant->state > known.state) known = *instant;
    known.action = action;
  }
  for (auto& [time, instant] : newest) {
    timeline.last_time_ = std::max({timeline.last_time_, time, instant.completion_time});
    timeline.instants_.push_back(std::move(instant));
  }
  return timeline;
}

Result<std::optional<std::string>> Timeline::CompletionTime(const std::string& time) {
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
  std::string last;
  for (const Instant& instant : instants_) last = std::max(last, instant.completion_time);
  return last;
}

std::string Timeline::NewTime(Clock& clock) const {
  const std::string now = FormatInstantTime(clock.NowMicros(), utc_);
  if (now > last_time_) return now;
  return NextInstantTime(last_time_);
}

void Timeline::Update(const Instant& instant) {
  last_time_ = std::max({last_time_, instant.time, instant.completion_time});
  for (Instant& known : instants_) {
    if (known.time != instant.time) continue;
    known = instant;
    return;
  }
  instants_.push_back(instant);
}

Result<Instant> Timeline::Request(const std::string& action, std::string_view data, Clock& clock) {
  Instant instant;
  instant.time = NewTime(clock);
  instant.action = action;
  RETURN_NOT_OK(storage_->PutIfAbsent(PathOf(instant, InstantState::kRequested), data));
  Update(instant);
  return instant;
}

Status Timeline::MakeInflight(Instant* instant, std::string_view data) {
  RETURN_NOT_OK(storage_->PutIfAbsent(PathOf(*instant, InstantState::kInflight), data));
  instant->state = InstantState::kInflight;
  Update(*instant);
  return Status::OK();
}

Status Timeline::Complete(Instant* instant, std::string_view data, Clock& clock) {
  Instant completed = *instant;
  completed.completion_time = NewTime(clock);
  completed.state = InstantState::kCompleted;
  RETURN_NOT_OK(storage_->PutIfAbsent(PathOf(completed, InstantState::kCompleted), data));
  *instant = completed;
  Update(completed);
  return Status::OK();
}

Status Timeline::Remove(const Instant& instant) {
  // The requested file last: as long as it is there, the instant is known not to be complete.
  RETURN_NOT_OK(storage_->Delete(PathOf(instant, InstantState::kInflight)));
  RETURN_NOT_OK(storage_->Delete(PathOf(instant, InstantState::kRequested)));
  std::erase_if(instants_, [&](const Instant& known) { return known.time == instant.time; });
  return Status::OK();
}

Result<std::string> Timeline::Read(const Instant& instant, InstantState state) const {
  return storage_->Get(PathOf(instant, state));
}

}  // namespace headrace::hudi
