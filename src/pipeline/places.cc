#include "pipeline/places.h"

namespace headrace::pipeline {

Span Places::Of(const std::string& path) const {
  const auto found = places_.find(path);
  if (found == places_.end()) return KeyOf(path);
  const YamlNode& value = *found->second.value;
  return value.kind == YamlNode::Kind::kScalar ? value.span : found->second.key;
}

Span Places::KeyOf(const std::string& path) const {
  for (std::string_view rest = path;;) {
    if (const auto found = places_.find(std::string(rest)); found != places_.end())
      return found->second.key;
    const size_t end = rest.find_last_of(".[");
    if (end == std::string_view::npos) return {};
    rest = rest.substr(0, end);
  }
}

bool Places::HoldsReference(const std::string& path) const {
  const auto found = places_.find(path);
  if (found == places_.end()) return false;
  const YamlNode& value = *found->second.value;
  return value.kind == YamlNode::Kind::kMapping || value.scalar.find("${") != std::string::npos;
}

Span Places::Within(const std::string& path, Span part) const {
  const auto found = places_.find(path);
  if (found == places_.end()) return KeyOf(path);
  return PlaceInScalar(text_, *found->second.value, part);
}

}  // namespace headrace::pipeline
