// Where the values of a pipeline file stand, so that a check that comes after reading can point at
// them: "sources.feed.key[0]" is the first key column of the source `feed`.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "pipeline/yaml.h"

namespace headrace::pipeline {

class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {}

  void Add(const std::string& path, Span key, YamlNodePtr value) {
    places_[path] = {key, std::move(value)};
  }

  // Whether the file holds something at `path`.
  bool Has(const std::string& path) const { return places_.contains(path); }

  // The value at `path`, or where it isn't there of what holds it: "sinks.x.hudi.key" falls back to
  // the key `hudi`.
  Span Of(const std::string& path) const;

  // The key at `path`.
  Span KeyOf(const std::string& path) const;

  // Whether the value at `path` is not in the file itself: written with ${...} in it, or {file:
  // PATH}.
  bool HoldsReference(const std::string& path) const;

  // A range of bytes of the value of the scalar at `path`, such as a statement.
  Span Within(const std::string& path, Span part) const;

 private:
  struct Place {
    Span key;
    YamlNodePtr value;
  };
  std::string_view text_;
  std::map<std::string, Place> places_;
};

}  // namespace headrace::pipeline
