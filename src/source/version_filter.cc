#include "source/version_filter.h"

#include <utility>

namespace headrace::source {

std::string IdentityOf(const ExtractedRecord& record) {
  return record.key.empty() ? "h" + record.version : "k" + record.key;
}

bool VersionFilter::IsNew(const std::string& identity, const std::string& version) {
  const auto [seen, inserted] = current_.try_emplace(identity, version);
  if (!inserted) return std::exchange(seen->second, version) != version;
  const auto kept = kept_.find(identity);
  return kept == kept_.end() || kept->second != version;
}

void VersionFilter::Complete() {
  kept_ = std::move(current_);
  current_.clear();
}

void VersionFilter::BreakOff() {
  current_.merge(kept_);
  Complete();
}

void VersionFilter::Visit(
    const std::function<void(const std::string&, const std::string&)>& visit) const {
  for (const auto& [identity, version] : current_) visit(identity, version);
  for (const auto& [identity, version] : kept_) {
    if (!current_.contains(identity)) visit(identity, version);
  }
}

}  // namespace headrace::source
