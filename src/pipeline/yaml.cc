#include "pipeline/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "pipeline/scalar_place.h"
#include "pipeline/utf8.h"

namespace headrace::pipeline {
namespace {

using Kind = YamlNode::Kind;

// Makes the tree of the events of one document.
class TreeBuilder : public YAML::EventHandler {
 public:
  // The parser was given `text` from `start` on.
  TreeBuilder(std::string_view text, size_t start, std::vector<Diagnostic>& diagnostics)
      : text_(text), start_(start), diagnostics_(diagnostics) {}

  YamlNodePtr root() const { return root_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto node = MakeNode(Kind::kNull, mark);
    Add(node, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw YAML::ParserException(mark, "an alias stands inside what it stands for");
    Add(found->second, 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = MakeNode(Kind::kScalar, mark);
    node->scalar = value;
    node->span = ScalarSpan(text_, node->span.offset, value);
    // yaml-cpp takes the end of the file for a closing quote.
    if (EndsInQuote(text_, node->span.offset, value))
      throw YAML::ParserException(mark, "the quote that begins here is not closed");
    Add(node, anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    Open(MakeNode(Kind::kSequence, mark), anchor);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    Open(MakeNode(Kind::kMapping, mark), anchor);
  }
  void OnMapEnd() override {
    Merge(*frames_.back().node);
    Close();
  }

 private:
  struct Frame {
    std::shared_ptr<YamlNode> node;
    YAML::anchor_t anchor = 0;
    std::optional<std::pair<std::string, Span>> key;  // of a mapping, before its value
    bool skip_value = false;                          // the key was refused
    std::map<std::string, Span> keys;
  };

  std::shared_ptr<YamlNode> MakeNode(Kind kind, const YAML::Mark& mark) {
    Count(mark, 1);
    auto node = std::make_shared<YamlNode>();
    node->kind = kind;
    const size_t offset = start_ + static_cast<size_t>(std::max(mark.pos, 0));
    node->span = {SkipProperties(text_, std::min(offset, text_.size())), 1};
    return node;
  }

  void Count(const YAML::Mark& mark, size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > kYamlNodesMax)
      throw YAML::ParserException(mark, fmt::format("more than {} values", kYamlNodesMax));
  }

  void Open(std::shared_ptr<YamlNode> node, YAML::anchor_t anchor) {
    if (frames_.size() >= kYamlDepthMax) {
      throw YAML::ParserException(YAML::Mark::null_mark(),
                                  fmt::format("nested deeper than {} levels", kYamlDepthMax));
    }
    frames_.push_back({std::move(node), anchor, std::nullopt, false, {}});
  }

  void Close() {
    const Frame frame = std::move(frames_.back());
    frames_.pop_back();
    Add(frame.node, frame.anchor);
  }

  void Add(YamlNodePtr node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    if (frames_.empty()) {
      root_ = std::move(node);
    } else if (Frame& frame = frames_.back(); frame.node->kind == Kind::kSequence) {
      frame.node->items.push_back(std::move(node));
    } else if (frame.key || frame.skip_value) {
      AddValue(frame, std::move(node));
    } else {
      AddKey(frame, *node);
    }
  }

  static void AddValue(Frame& frame, YamlNodePtr node) {
    if (!frame.skip_value) {
      // What isn't there has no place: its key has.
      if (node->kind == Kind::kNull) {
        auto placed = std::make_shared<YamlNode>(*node);
        placed->span = frame.key->second;
        node = placed;
      }
      frame.node->entries.push_back({frame.key->first, frame.key->second, std::move(node)});
    }
    frame.key.reset();
    frame.skip_value = false;
  }

  void AddKey(Frame& frame, const YamlNode& node) {
    if (node.kind != Kind::kScalar) {
      diagnostics_.push_back(
          {"a key must be a word", fmt::format("found {}", Describe(node)), node.span});
      frame.skip_value = true;
      return;
    }
    const auto [first, is_new] = frame.keys.emplace(node.scalar, node.span);
    if (is_new || node.scalar == "<<") {
      frame.key.emplace(node.scalar, node.span);
      return;
    }
    const auto lines = std::count(
        text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(first->second.offset), '\n');
    diagnostics_.push_back({fmt::format("the key '{}' comes twice", node.scalar),
                            fmt::format("the first is in line {}", lines + 1), node.span});
    frame.skip_value = true;
  }

  // https://yaml.org/type/merge.html: a mapping or a list of mappings; keys that stand there win.
  void Merge(YamlNode& mapping) {
    std::vector<YamlEntry> entries;
    std::vector<YamlNodePtr> merged;
    for (YamlEntry& entry : mapping.entries) {
      if (entry.key != "<<") {
        entries.push_back(std::move(entry));
      } else if (entry.value->kind == Kind::kSequence) {
        merged.insert(merged.end(), entry.value->items.begin(), entry.value->items.end());
      } else {
        merged.push_back(entry.value);
      }
    }
    std::map<std::string, Span>& keys = frames_.back().keys;
    for (const YamlNodePtr& source : merged) {
      if (source->kind != Kind::kMapping) {
        diagnostics_.push_back({"only a mapping can be merged by '<<'",
                                fmt::format("found {}", Describe(*source)), source->span});
        continue;
      }
      Count(YAML::Mark::null_mark(), source->entries.size());
      for (const YamlEntry& entry : source->entries) {
        if (keys.emplace(entry.key, entry.key_span).second) entries.push_back(entry);
      }
    }
    mapping.entries = std::move(entries);
  }

  std::string_view text_;
  size_t start_;
  std::vector<Diagnostic>& diagnostics_;
  YamlNodePtr root_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, YamlNodePtr> anchors_;
  size_t nodes_ = 0;
};

// The byte order mark that some editors put before UTF-8.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// What usually is behind a syntax error on this line.
std::string SyntaxHint(std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  const size_t start = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;
  const std::string_view line = text.substr(start, text.find('\n', offset) - start);
  if (line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos)
    return "YAML is indented by spaces, never by tabs";
  if (line.find("${") != std::string_view::npos)
    return "inside { } and [ ] quote a value that holds ${...}: {path: \"${NAME}\"}";
  return "";
}

Diagnostic SyntaxError(std::string_view text, size_t start, const YAML::Exception& error) {
  const size_t position = error.mark.is_null() ? 0 : static_cast<size_t>(error.mark.pos);
  const size_t offset = std::min(start + position, text.size());
  std::string message = error.msg;
  while (message.ends_with('.')) message.pop_back();
  return {"no valid YAML: " + message, SyntaxHint(text, offset), Span{offset, 1}};
}

std::optional<Diagnostic> RefuseBytes(std::string_view text) {
  if (text.size() > kFileBytesMax) {
    return Diagnostic{fmt::format("the file has {} bytes", text.size()),
                      fmt::format("a pipeline file has at most {} bytes", kFileBytesMax),
                      std::nullopt};
  }
  if (const auto bad = FirstUnprintable(text))
    return Diagnostic{"a byte that is no text", "a pipeline file is UTF-8", Span{*bad, 1}};
  return std::nullopt;
}

}  // namespace

const YamlEntry* YamlNode::Find(std::string_view key) const {
  for (const YamlEntry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

std::string Describe(const YamlNode& node) {
  switch (node.kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kSequence:
      return "a list";
    case Kind::kMapping:
      return "a mapping";
    case Kind::kScalar:
      break;
  }
  if (node.scalar.size() > 40 || node.scalar.find('\n') != std::string::npos) return "a text";
  return fmt::format("'{}'", node.scalar);
}

YamlNodePtr ParseYaml(std::string_view text, std::vector<Diagnostic>& diagnostics) {
  if (auto refused = RefuseBytes(text)) {
    diagnostics.push_back(*std::move(refused));
    return nullptr;
  }
  const size_t start = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  try {
    std::istringstream stream{std::string(text.substr(start))};
    YAML::Parser parser(stream);
    TreeBuilder builder(text, start, diagnostics);
    parser.HandleNextDocument(builder);
    if (builder.root() == nullptr) {
      diagnostics.push_back({"the file is empty", "", std::nullopt});
      return nullptr;
    }
    std::vector<Diagnostic> ignored;
    TreeBuilder second(text, start, ignored);
    if (parser.HandleNextDocument(second)) {
      diagnostics.push_back({"a second YAML document", "a pipeline file holds one document",
                             second.root() ? std::optional(second.root()->span) : std::nullopt});
    }
    return builder.root();
  } catch (const YAML::Exception& error) {
    diagnostics.push_back(SyntaxError(text, start, error));
  } catch (const std::exception& error) {
    diagnostics.push_back({fmt::format("no valid YAML: {}", error.what()), "", std::nullopt});
  }
  return nullptr;
}

Span PlaceInScalar(std::string_view text, const YamlNode& scalar, Span part) {
  const auto places = AlignScalar(text, scalar.span.offset, scalar.scalar);
  if (!places) return scalar.span;
  const size_t last = places->size() - 1;
  const size_t from = std::min(part.offset, last);
  const size_t to = std::min(part.offset + part.length, last);
  const size_t start = (*places)[from];
  const size_t end = to > from ? (*places)[to - 1] + 1 : start;
  return {start, end - start};
}

}  // namespace headrace::pipeline
