// An HttpSource polls an HTTP API and keeps what is new.
//
// With a key: a record whose version (the value of `order_by`, or a hash of its bytes) is kept
// already is not appended again, and the records of a poll are kept exactly once, whenever the
// process dies. Without a key every good answer is kept as it comes, each page once.
#pragma once

#include <memory>
#include <optional>

#include "source/page_fetcher.h"
#include "source/record_writer.h"
#include "source/source.h"

namespace headrace::source {

class HttpSource : public Source {
 public:
  HttpSource(const pipeline::Source& definition, std::shared_ptr<log::Topic> topic,
             metrics::Registry& registry, Clock& clock);

  Status Run(std::stop_token stop, bool until_caught_up) override;

 private:
  // What a poll came to. A poll that brought some pages and then broke off is kBad.
  enum class PollOutcome { kStopped, kNew, kUnchanged, kBad };

  Result<PollOutcome> Poll(const std::stop_token& stop);
  Result<PollOutcome> PollPages(const std::stop_token& stop);
  // Takes what is new on a page and appends it, or, in the midst of a keyed poll, waits until it is
  // worth an append. `next` is the progress once the page is kept. Returns how many were new.
  Result<int64_t> KeepPage(const Page& page, const HttpProgress& next, bool last);
  Status Commit(const HttpProgress& progress, bool always);
  Result<PollOutcome> BreakOff(const BadAnswer& bad);
  // Logs where the source went from good to bad, from one badness to another, or back.
  void ShowState(const BadAnswer* bad);
  bool keyed() const { return !definition_.key.empty(); }

  const pipeline::Source definition_;
  const pipeline::HttpSource& http_;  // of definition_
  Clock& clock_;
  SourceMetrics metrics_;
  PageFetcher fetcher_;
  VersionFilter filter_;
  RecordWriter writer_;
  HttpProgress progress_;
  std::optional<BadAnswerReason> bad_state_;  // none: the last poll was good
};

}  // namespace headrace::source
