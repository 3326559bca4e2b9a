// A YAML document as a tree whose nodes know their place in the text. One pass over the parser's
// events makes it, with everything refused that a pipeline file has no use for: a second document,
// a key that comes twice, keys that are no scalars, aliases into themselves, bottomless nesting.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace headrace::pipeline {

inline constexpr size_t kFileBytesMax = 1 << 20;
inline constexpr size_t kYamlDepthMax = 64;
inline constexpr size_t kYamlNodesMax = 100'000;

struct YamlNode;
using YamlNodePtr = std::shared_ptr<const YamlNode>;

struct YamlEntry {
  std::string key;
  Span key_span;
  YamlNodePtr value;
};

// Immutable once the document is parsed; aliases share nodes.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMapping };
  Kind kind = Kind::kNull;
  std::string scalar;
  Span span;  // scalar: its text with quotes, or the indicator of a block; otherwise the beginning
  std::vector<YamlNodePtr> items;
  std::vector<YamlEntry> entries;  // merge keys (<<) are merged in

  // The value of `key`, or null.
  const YamlEntry* Find(std::string_view key) const;
};

// "a mapping", "a list", "nothing", "'text'": for messages.
std::string Describe(const YamlNode& node);

// Parses one document. Returns null where the text is no YAML at all; otherwise what is wrong with
// the tree is in `diagnostics` and the tree holds the rest.
YamlNodePtr ParseYaml(std::string_view text, std::vector<Diagnostic>& diagnostics);

// Maps `part`, a range of bytes of the scalar's value, to the text of the document. Exact where the
// scalar's characters stand in the text as they are (plain, quoted without escapes, blocks);
// otherwise the scalar's own span.
Span PlaceInScalar(std::string_view text, const YamlNode& scalar, Span part);

}  // namespace headrace::pipeline
