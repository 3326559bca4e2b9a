#include "hudi/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "avro/container.h"
#include "hudi/archived_timeline.h"

namespace headrace::hudi {
namespace {

using Json = nlohmann::json;

// What a completed clean says of itself.
Result<Json> CleanMetadata(const Timeline& timeline, const Instant& clean) {
  ASSIGN_OR_RAISE(const std::string file, timeline.Read(clean, InstantState::kCompleted));
  auto records = avro::ReadContainer(file);
  if (!records.ok()) return WithContext("clean " + clean.time, records.status());
  if (records->empty() || !records->front().is_object())
    return Status::Invalid("clean ", clean.time, " says nothing");
  return std::move(records->front());
}

Status Forgotten(Table& table, const std::string& time, const std::string& why) {
  std::string oldest = "(none)";
  for (const Instant& instant : table.timeline().instants()) {
    if (!instant.is_write() || instant.state != InstantState::kCompleted) continue;
    oldest = instant.completion_time;
    break;
  }
  return UserError(
      fmt::format("the Hudi table {} can no longer be read as of {}: {}", table.storage().root(),
                  time, why),
      fmt::format("the oldest commit on its timeline completed at {}; keep more commits, or clean "
                  "less often, to go further back",
                  oldest));
}

}  // namespace

Status CheckHistory(Table& table, const std::string& time) {
  const Timeline& timeline = table.timeline();
  const auto instants = timeline.instants();
  if (!instants.empty() && time < instants.front().time) {
    ASSIGN_OR_RAISE(const auto archived, ReadArchivedCompletionTimes(table.storage()));
    for (const auto& [instant, completion] : archived)
      if (completion > time)
        return Forgotten(table, time, "commits that came after it are archived");
  }
  // The cleaner keeps what readers of the state before `retained` need, and all after that.
  std::string retained;
  for (const Instant& instant : instants) {
    // A clean before `time` kept what that state needs: it was the newest.
    if (instant.action != "clean" || instant.completion_time <= time) continue;
    ASSIGN_OR_RAISE(const Json clean, CleanMetadata(timeline, instant));
    const Json earliest = clean.value("earliestCommitToRetain", Json());
    if (earliest.is_string() && !earliest.get<std::string>().empty()) {
      retained = std::max(retained, earliest.get<std::string>());
    } else if (clean.value("totalFilesDeleted", 0) > 0) {
      return Forgotten(table, time, "it was cleaned by versions of files since");
    }
  }
  for (const Instant& instant : instants) {
    if (instant.is_write() && instant.completion_time > time && instant.time < retained)
      return Forgotten(table, time, "it was cleaned since");
  }
  return Status::OK();
}

Status CheckRange(Table& table, const std::string& from, const std::string& to) {
  if (from.empty()) return Status::OK();
  RETURN_NOT_OK(CheckHistory(table, from));
  for (const Instant& instant : table.timeline().instants())
    if (instant.action == "restore" && instant.completion_time > from &&
        instant.completion_time <= to)
      return UserError(fmt::format("the Hudi table {} was restored to an earlier state since {}",
                                   table.storage().root(), from),
                       "what changed since then cannot be told: read the whole table again");
  return Status::OK();
}

std::string LastCommit(const Timeline& timeline) {
  std::string last;
  for (const Instant& instant : timeline.instants())
    if (instant.is_write()) last = std::max(last, instant.completion_time);
  return last;
}

}  // namespace headrace::hudi
