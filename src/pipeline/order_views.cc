#include "pipeline/order_views.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace headrace::pipeline {
namespace {

// Depth-first search; its depth is bounded by the number of views.
class Sorter {
 public:
  Sorter(Checking& checking,
         const std::map<std::string, std::vector<sql::RelationName>>& references)
      : checking_(checking), references_(references) {
    const std::vector<View>& views = checking.pipeline.views;
    for (size_t i = 0; i < views.size(); ++i) index_.emplace(views[i].name, i);
    visited_.resize(views.size());
  }

  std::vector<size_t> Sort() {
    for (size_t i = 0; i < visited_.size(); ++i) Visit(i);
    return std::move(order_);
  }

 private:
  void Visit(size_t view) {
    if (visited_[view]) return;
    visited_[view] = true;
    const std::string& name = checking_.pipeline.views[view].name;
    path_.push_back(name);
    const auto found = references_.find(name);
    if (found != references_.end()) {
      for (const sql::RelationName& reference : found->second) Follow(name, reference);
    }
    path_.pop_back();
    order_.push_back(view);
  }

  void Follow(const std::string& from, const sql::RelationName& reference) {
    const auto target = index_.find(reference.name);
    if (target == index_.end()) return;  // a source
    const auto start = std::ranges::find(path_, reference.name);
    if (start == path_.end()) {
      Visit(target->second);
      return;
    }
    const std::vector<std::string> cycle(start, path_.end());
    checking_.Report(cycle.size() == 1 ? fmt::format("the view '{}' reads itself", from)
                                       : "views read each other in a circle",
                     fmt::format("{} -> {}", fmt::join(cycle, " -> "), reference.name),
                     checking_.places.Within("views." + from + ".sql", reference.span));
  }

  Checking& checking_;
  const std::map<std::string, std::vector<sql::RelationName>>& references_;
  std::map<std::string, size_t> index_;
  std::vector<bool> visited_;
  std::vector<std::string> path_;
  std::vector<size_t> order_;
};

}  // namespace

void SortViews(Checking& checking,
               const std::map<std::string, std::vector<sql::RelationName>>& references) {
  std::vector<View>& views = checking.pipeline.views;
  std::vector<View> sorted;
  for (const size_t index : Sorter(checking, references).Sort())
    sorted.push_back(std::move(views[index]));
  views = std::move(sorted);
}

}  // namespace headrace::pipeline
