#include <fmt/format.h>

#include <optional>

#include "hudi/archived_timeline.h"
#include "hudi/table_schema.h"
#include "hudi/timeline.h"
#include "hudi/validation_checks.h"

namespace headrace::hudi {
namespace {

std::string PathOf(const std::string& name) { return std::string(kTimelineFolder) + "/" + name; }

// The states of one action that are there.
struct States {
  std::optional<Instant> requested, inflight, completed;

  const Instant& newest() const {
    return completed.has_value() ? *completed : inflight.has_value() ? *inflight : *requested;
  }
  std::string NewestPath() const { return PathOf(newest().FileName(newest().state)); }
};

using Actions = std::map<std::pair<std::string, bool>, States>;  // by time and whether a savepoint

Actions ReadActions(const std::set<std::string>& names, CheckedTable* table) {
  Actions actions;
  for (const std::string& name : names) {
    const Result<Instant> instant = ParseInstantFileName(name);
    if (!instant.ok()) {
      table->Warning(PathOf(name), "is no file of a timeline", "remove it");
      continue;
    }
    States& states = actions[{instant->time, instant->action == "savepoint"}];
    std::optional<Instant>& place = instant->state == InstantState::kRequested  ? states.requested
                                    : instant->state == InstantState::kInflight ? states.inflight
                                                                                : states.completed;
    if (place.has_value())
      table->Error(PathOf(name), "is there beside " + place->FileName(place->state),
                   "an action reaches a state once: find out which of the two engines read, remove "
                   "the other");
    place = *instant;
  }
  return actions;
}

void CheckStates(const States& states, CheckedTable* table) {
  const Instant& newest = states.newest();
  const std::string path = states.NewestPath();
  for (const auto* other : {&states.requested, &states.inflight})
    if (other->has_value() && (*other)->CompletedAction() != newest.CompletedAction())
      table->Error(path, "is there beside " + (*other)->FileName((*other)->state),
                   "two actions cannot have one time: roll back the one that isn't complete");
  // An archival that was cut off has deleted some states; the next one deletes the others.
  const bool is_archived = table->archived.contains(newest.time);
  const bool needs_requested = newest.action != "savepoint";
  if (!is_archived && needs_requested && !states.requested.has_value())
    table->Error(path, "is there without its requested file",
                 "make an empty file " + newest.time + "." + newest.action +
                     ".requested beside it, if the action is one to keep");
  if (!is_archived && states.completed.has_value() && !states.inflight.has_value())
    table->Error(path, "is there without its inflight file",
                 "an action is inflight before it completes: make an empty file of that name");
  if (states.completed.has_value() && newest.completion_time <= newest.time)
    table->Error(path, "completed before it was requested",
                 "readers order commits by completion: run every writer with the clock and the "
                 "time zone of the others");
  if (!states.completed.has_value() && (newest.is_write() || newest.action == "rollback"))
    table->Warning(path, "is not complete: its writer is at work, or has died",
                   "readers leave it out; the next writer rolls it back");
}

// No time may be given twice.
void CheckTimes(const Actions& actions, CheckedTable* table) {
  std::map<std::string, std::string> paths;  // by time
  for (const auto& [key, states] : actions) {
    if (key.second) continue;  // a savepoint has the time of what it saves
    std::vector<std::string> times = {key.first};
    if (states.completed.has_value()) times.push_back(states.completed->completion_time);
    for (const std::string& time : times) {
      const auto [known, is_new] = paths.emplace(time, states.NewestPath());
      if (!is_new)
        table->Error(states.NewestPath(), "has the time " + time + " of " + known->second,
                     "readers cannot tell which came first: let one writer at a time write");
    }
  }
}

void ReadReport(const Instant& instant, const std::string& path, const std::string& file,
                CheckedTable* table) {
  auto report = ReadActionReport(file);
  if (report.ok()) {
    for (const std::string& name : report->deleted) table->deleted.insert(name);
    table->reports[instant.time] = std::move(*report);
    return;
  }
  table->Error(path, "cannot be read: " + report.status().message(),
               "readers fail at it: put the file back from a copy of the table");
}

Status ReadArchive(CheckedTable* table) {
  const auto instants = ReadArchivedInstants(table->storage);
  if (!instants.ok()) {
    if (KindOf(instants.status()) == ErrorKind::kTransient) return instants.status();
    table->Error(PathOf("history"),
                 "the archived timeline cannot be read: " + instants.status().message(),
                 "put its files back from a copy of the table");
    return Status::OK();
  }
  for (const ArchivedInstant& archived : *instants) {
    table->archived[archived.instant.time] = archived.instant.completion_time;
    if (!archived.file.empty())
      ReadReport(archived.instant, PathOf("history"), archived.file, table);
  }
  return Status::OK();
}

// The columns that the newest commit says; else those that the table was made with.
void ReadSchema(CheckedTable* table) {
  std::string json = table->config.create_schema;
  for (const auto& [time, report] : table->reports) {
    const auto found = report.extra.find("schema");
    if (found != report.extra.end() && !found->second.empty()) json = found->second;
  }
  if (json.empty()) return;
  const auto read = [&]() -> Result<std::shared_ptr<arrow::Schema>> {
    ASSIGN_OR_RAISE(const avro::TypePtr record, avro::ParseSchema(json));
    return FromAvroSchema(*record);
  };
  const auto schema = read();
  if (schema.ok()) {
    table->schema = *schema;
  } else {
    table->Error("", "the table's schema cannot be read: " + schema.status().message(),
                 "it is in the metadata of the newest commit");
  }
}

}  // namespace

Result<std::set<std::string>> ListTimeline(storage::Storage& storage) {
  ASSIGN_OR_RAISE(const auto objects, storage.List(kTimelineFolder));
  std::set<std::string> names;
  for (const storage::ObjectInfo& object : objects) {
    const std::string name = object.name.substr(sizeof(kTimelineFolder));
    if (name.find('/') == std::string::npos && name[0] != '.') names.insert(name);
  }
  return names;
}

Status CheckTimeline(const std::set<std::string>& settled, CheckedTable* table) {
  ASSIGN_OR_RAISE(const std::set<std::string> names, ListTimeline(table->storage));
  RETURN_NOT_OK(ReadArchive(table));
  const Actions actions = ReadActions(names, table);
  CheckTimes(actions, table);
  for (const auto& [key, states] : actions) {
    CheckStates(states, table);
    ++table->result.instants;
    if (key.second) continue;
    Instant instant = states.newest();
    const std::string name = instant.FileName(instant.state);
    if (instant.state == InstantState::kCompleted) {
      if (settled.contains(name)) {
        const Result<std::string> file = table->storage.Get(PathOf(name));
        if (!file.ok() && !file.status().IsKeyError()) return file.status();
        if (file.ok()) ReadReport(instant, PathOf(name), *file, table);
      } else {
        instant.state = InstantState::kInflight;
      }
    } else if (instant.action == "clean" || instant.action == "rollback") {
      // What it is to delete may be gone already.
      const Result<std::string> plan =
          table->storage.Get(PathOf(instant.FileName(InstantState::kRequested)));
      if (plan.ok() && !plan->empty()) ReadReport(instant, PathOf(name), *plan, table);
    }
    table->instants[instant.time] = std::move(instant);
  }
  ReadSchema(table);
  return Status::OK();
}

}  // namespace headrace::hudi
