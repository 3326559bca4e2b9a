#include "source/hudi_source.h"

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "base/units.h"
#include "http/retry.h"
#include "hudi/history.h"
#include "hudi/instant.h"
#include "hudi/table_schema.h"

namespace headrace::source {
namespace {

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

HudiSource::HudiSource(const pipeline::Source& definition, std::shared_ptr<log::Topic> topic,
                       metrics::Registry& registry, Clock& clock, storage::StorageOptions storage)
    : definition_(definition),
      hudi_(std::get<pipeline::HudiSource>(definition_.connector)),
      clock_(clock),
      storage_(std::move(storage)),
      metrics_(registry, definition.name),
      writer_(std::move(topic), definition.key) {}

Status HudiSource::Run(std::stop_token stop, bool until_caught_up) {
  ASSIGN_OR_RAISE(range_, writer_.Restore());
  is_started_ = !range_.from.empty() || !range_.to.empty();
  while (!stop.stop_requested()) {
    metrics_.polls.Add();
    const int64_t begin_us = MonotonicMicros();
    const auto has_news = Poll(stop);
    metrics_.poll_seconds.Observe(static_cast<double>(MonotonicMicros() - begin_us) / 1e6);
    if (!has_news.ok()) {
      if (KindOf(has_news.status()) != ErrorKind::kTransient)
        return WithContext("source '" + definition_.name + "'", has_news.status());
      if (!is_bad_)
        LogWarning("source", "'{}': {}; it will be tried again every {}", definition_.name,
                   has_news.status().message(), FormatDuration(hudi_.every_us));
      is_bad_ = true;
    } else {
      metrics_.last_success.Set(static_cast<double>(clock_.NowMicros()) / 1e6);
      is_bad_ = false;
      if (*has_news) continue;
      if (until_caught_up) break;
    }
    if (!http::SleepFor(hudi_.every_us, stop)) break;
  }
  return Status::OK();
}

Result<bool> HudiSource::Poll(const std::stop_token& stop) {
  ASSIGN_OR_RAISE(auto storage, storage::OpenStorage(hudi_.path, storage_));
  ASSIGN_OR_RAISE(const auto table, hudi::Table::Open(std::move(storage)));
  RETURN_NOT_OK(CheckKey(*table));
  ASSIGN_OR_RAISE(const bool has_range, NextRange(*table));
  if (!has_range) return false;
  ASSIGN_OR_RAISE(const auto changes, OpenChanges(*table));
  writer_.Begin(range_.from, range_.to);
  const int64_t before = writer_.appended();
  const auto groups = static_cast<int64_t>(changes->groups());
  for (int64_t part = 0; part < 2 * groups && !stop.stop_requested(); ++part) {
    if (part < groups) {
      if (definition_.key.empty()) continue;  // nothing could be taken away
      ASSIGN_OR_RAISE(const auto ids, changes->Deletes(static_cast<size_t>(part)));
      ASSIGN_OR_RAISE(const auto rows, hudi::RowsOfIds(ids, table->config(), changes->schema()));
      metrics_.records.Add(static_cast<double>(rows->num_rows()));
      RETURN_NOT_OK(writer_.Add(part, *rows, true, clock_.NowMicros()));
      continue;
    }
    ASSIGN_OR_RAISE(const auto rows, changes->Upserts(static_cast<size_t>(part - groups)));
    for (const auto& batch : *rows) {
      RETURN_NOT_OK(batch.status());
      metrics_.records.Add(static_cast<double>((*batch)->num_rows()));
      RETURN_NOT_OK(writer_.Add(part, **batch, false, clock_.NowMicros()));
    }
  }
  if (stop.stop_requested()) return false;  // what isn't kept yet is read again
  RETURN_NOT_OK(writer_.Finish());
  metrics_.appended.Add(static_cast<double>(writer_.appended() - before));
  range_ = {.from = range_.to, .to = ""};
  return true;
}

Result<bool> HudiSource::NextRange(hudi::Table& table) {
  const std::string last = hudi::LastCommit(table.timeline());
  if (!is_started_) {
    is_started_ = true;
    if (hudi_.start == "latest") {
      range_.from = last;
    } else if (hudi_.start != "earliest") {
      ASSIGN_OR_RAISE(range_.from, hudi::ParseQueryTime(hudi_.start));
    }
    writer_.Begin("", range_.from);
    if (!range_.from.empty()) RETURN_NOT_OK(writer_.Finish());  // where it began stays
  }
  if (!range_.to.empty()) return true;  // an earlier run was cut off in it
  if (last <= range_.from) return false;
  range_.to = last;
  return true;
}

Result<std::unique_ptr<hudi::TableChanges>> HudiSource::OpenChanges(hudi::Table& table) {
  const auto open = [&] {
    return hudi::TableChanges::Make(
        table,
        {.from = range_.from, .to = range_.to, .columns = definition_.schema->field_names()});
  };
  auto changes = open();
  if (changes.ok() || hudi::CheckRange(table, range_.from, range_.to).ok()) return changes;
  const Diagnostic gap = DiagnosticsOf(changes.status())[0];
  if (!hudi_.snapshot_on_gap)
    return UserError(gap.message, gap.hint +
                                      "; with  on_gap: snapshot  the source goes on with "
                                      "the whole table, --reset-state begins anew");
  LogWarning("source", "'{}': {}: it goes on with the whole table", definition_.name, gap.message);
  range_ = {.from = "", .to = hudi::LastCommit(table.timeline())};
  return open();
}

// What is deleted is known by the texts of its record key and its partition only.
Status HudiSource::CheckKey(const hudi::Table& table) const {
  for (const std::string& name : definition_.key) {
    if (Contains(table.config().key, name) || Contains(table.config().partition_by, name)) continue;
    return UserError("the key column '" + name + "' is no key of the Hudi table " + hudi_.path,
                     "the source's key can be made of the table's key and partition columns only");
  }
  return Status::OK();
}

}  // namespace headrace::source
