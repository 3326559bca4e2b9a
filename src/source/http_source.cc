#include "source/http_source.h"

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "base/units.h"
#include "http/retry.h"
#include "source/pagination.h"

namespace headrace::source {
namespace {

// A keyed poll is appended at once up to so many bytes.
constexpr int64_t kCommitBytes = 16 << 20;
// So often must a poll bring nothing new for the source to have caught up.
constexpr int kQuietPolls = 3;

// The absolute schedule of a source: ticks missed because a poll took long are left out, none is
// made up for.
class Schedule {
 public:
  explicit Schedule(int64_t every_us)
      : every_us_(std::max<int64_t>(every_us, 1)), start_us_(MonotonicMicros()) {}
  int64_t MicrosToNext() const {
    const int64_t passed = MonotonicMicros() - start_us_;
    return every_us_ - passed % every_us_;
  }

 private:
  const int64_t every_us_;
  const int64_t start_us_;
};

}  // namespace

HttpSource::HttpSource(const pipeline::Source& definition, std::shared_ptr<log::Topic> topic,
                       metrics::Registry& registry, Clock& clock)
    : definition_(definition),
      http_(std::get<pipeline::HttpSource>(definition_.connector)),
      clock_(clock),
      metrics_(registry, definition.name),
      fetcher_(definition_, metrics_, clock),
      writer_(std::move(topic)) {}

Status HttpSource::Run(std::stop_token stop, bool until_caught_up) {
  ASSIGN_OR_RAISE(progress_, writer_.Restore(&filter_));
  const Schedule schedule(http_.every_us);
  int quiet_polls = 0;
  bool answered = false;
  while (!stop.stop_requested()) {
    ASSIGN_OR_RAISE(const PollOutcome outcome, Poll(stop));
    answered |= outcome == PollOutcome::kNew || outcome == PollOutcome::kUnchanged;
    quiet_polls = outcome == PollOutcome::kUnchanged ? quiet_polls + 1 : 0;
    if (until_caught_up && answered && quiet_polls >= kQuietPolls) return Status::OK();
    if (!http::SleepFor(schedule.MicrosToNext(), stop)) break;
  }
  return Status::OK();
}

Result<HttpSource::PollOutcome> HttpSource::Poll(const std::stop_token& stop) {
  metrics_.polls.Add();
  const int64_t begin_us = MonotonicMicros();
  ASSIGN_OR_RAISE(const PollOutcome outcome, PollPages(stop));
  metrics_.poll_seconds.Observe(static_cast<double>(MonotonicMicros() - begin_us) / 1e6);
  return outcome;
}

Result<HttpSource::PollOutcome> HttpSource::PollPages(const std::stop_token& stop) {
  const bool resumed = !progress_.resume_url.empty();
  std::string url = resumed ? progress_.resume_url : FirstPage(http_.pagination, http_.url);
  const int64_t poll = progress_.poll + 1;
  int64_t fresh = 0;
  for (int64_t number = resumed ? progress_.resume_page : 0;; ++number) {
    // The first page says nothing of the others: only where it was the only one was an answer kept
    // that can be asked for "if changed".
    const Validators validators = number == 0 ? progress_.validators : Validators{};
    auto fetched = fetcher_.Fetch(url, validators, stop);
    if (const auto* bad = std::get_if<BadAnswer>(&fetched)) return BreakOff(*bad);
    const Page& page = std::get<Page>(fetched);
    if (page.response.not_modified) {
      ShowState(nullptr);
      return PollOutcome::kUnchanged;
    }
    const auto following = NextPage(http_.pagination, http_.url,
                                    {.url = page.response.url,
                                     .links = page.response.links,
                                     .next = page.extraction.next,
                                     .number = number,
                                     .has_records = !page.extraction.records.empty()});
    const auto* bad = std::get_if<BadAnswer>(&following);
    const std::string next_url =
        bad != nullptr ? "" : std::get<std::optional<std::string>>(following).value_or("");
    const bool last = bad == nullptr && next_url.empty();
    HttpProgress next{.poll = poll, .validators = {}, .resume_url = {}, .resume_page = 0};
    if (last && number == 0) next.validators = page.response.validators;
    if (!keyed() && !next_url.empty()) {
      next.resume_url = next_url;
      next.resume_page = number + 1;
    }
    ASSIGN_OR_RAISE(const int64_t added, KeepPage(page, next, last));
    fresh += added;
    if (bad != nullptr) return BreakOff(*bad);
    if (last) break;
    url = next_url;
  }
  ShowState(nullptr);
  return fresh > 0 ? PollOutcome::kNew : PollOutcome::kUnchanged;
}

Result<int64_t> HttpSource::KeepPage(const Page& page, const HttpProgress& next, bool last) {
  const int64_t now_us = clock_.NowMicros();
  const auto partitions = static_cast<int64_t>(writer_.partitions());
  int64_t fresh = 0;
  for (const ExtractedRecord& record : page.extraction.records) {
    auto partition = static_cast<int32_t>(next.poll % partitions);
    if (keyed()) {
      const std::string identity = IdentityOf(record);
      if (!filter_.IsNew(identity, record.version)) continue;
      partition = writer_.PartitionOf(identity);
    }
    writer_.Add(partition, {.key = record.key, .value = record.json, .timestamp_us = now_us});
    ++fresh;
  }
  const auto records = static_cast<int64_t>(page.extraction.records.size());
  metrics_.records.Add(static_cast<double>(records));
  metrics_.unchanged.Add(static_cast<double>(records - fresh));
  if (last) filter_.Complete();
  if (keyed() && !last) {
    // The poll goes on: its records and their versions may be kept, its progress not yet.
    if (writer_.bytes() >= kCommitBytes) RETURN_NOT_OK(Commit(progress_, /*always=*/false));
    return fresh;
  }
  // The page to go on with is stored even if this one brought nothing.
  RETURN_NOT_OK(Commit(next, next.resume_url != progress_.resume_url));
  progress_ = next;
  return fresh;
}

Status HttpSource::Commit(const HttpProgress& progress, bool always) {
  const auto records = static_cast<double>(writer_.records());
  RETURN_NOT_OK(writer_.Commit(progress, filter_, always));
  metrics_.appended.Add(records);
  return Status::OK();
}

Result<HttpSource::PollOutcome> HttpSource::BreakOff(const BadAnswer& bad) {
  if (bad.reason == BadAnswerReason::kStopped) return PollOutcome::kStopped;
  filter_.BreakOff();
  RETURN_NOT_OK(Commit(progress_, /*always=*/false));
  ShowState(&bad);
  if (http_.fail_on_error) {
    return Status::IOError("source '", definition_.name, "': ", bad.message);
  }
  return PollOutcome::kBad;
}

void HttpSource::ShowState(const BadAnswer* bad) {
  if (bad == nullptr) {
    metrics_.last_success.Set(static_cast<double>(clock_.NowMicros()) / 1e6);
    if (bad_state_) LogInfo("source", "'{}' answers again", definition_.name);
    bad_state_.reset();
  } else if (bad_state_ != bad->reason) {
    LogWarning("source", "'{}': {}; it will be asked again every {}", definition_.name,
               bad->message, FormatDuration(http_.every_us));
    bad_state_ = bad->reason;
  }
}

}  // namespace headrace::source
