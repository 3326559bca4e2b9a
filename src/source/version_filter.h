// A VersionFilter knows which version of which record the topic holds already, so that a feed that
// answers with the same records poll after poll is kept once. It remembers what the last complete
// poll brought: a record that leaves the feed and comes back may be kept twice, which the engine's
// latest-per-key makes one again.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "source/record_extractor.h"

namespace headrace::source {

using Versions = std::unordered_map<std::string, std::string>;

// Returns what tells a record from the others: its key, or what it holds where it has none.
std::string IdentityOf(const ExtractedRecord& record);

// Not thread-safe.
class VersionFilter {
 public:
  // Takes over what was kept by an earlier run.
  void Restore(Versions versions) { kept_.merge(std::move(versions)); }

  // Says whether this version is not kept yet, and remembers it as seen in this poll.
  bool IsNew(const std::string& identity, const std::string& version);

  // The poll is complete: what it did not bring is forgotten.
  void Complete();
  // The poll broke off: all is remembered.
  void BreakOff();

  // Calls `visit` with all that is remembered, whose identity first.
  void Visit(const std::function<void(const std::string& identity, const std::string& version)>&
                 visit) const;

 private:
  Versions kept_;     // of earlier polls
  Versions current_;  // of this poll
};

}  // namespace headrace::source
