#include "pipeline/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace headrace::pipeline {
namespace {

bool IsNameCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool IsName(std::string_view text) {
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), IsNameCharacter);
}

// Returns the value of what stands between the braces, or says what is wrong with it.
std::string Resolve(std::string_view reference, Span span, const Environment& environment,
                    std::vector<Diagnostic>& diagnostics) {
  const size_t colon = reference.find(":-");
  const std::string name(reference.substr(0, colon));
  if (!IsName(name)) {
    diagnostics.push_back({fmt::format("'{}' is no name of an environment variable", name),
                           "write ${NAME} or ${NAME:-default}; $${ stands for ${ itself", span});
    return "";
  }
  const auto found = environment.find(name);
  const bool has_default = colon != std::string_view::npos;
  if (found != environment.end() && !(has_default && found->second.empty())) return found->second;
  if (has_default) return std::string(reference.substr(colon + 2));
  diagnostics.push_back({fmt::format("the environment variable {} is not set", name),
                         fmt::format("set it, or give a default: ${{{}:-default}}", name), span});
  return "";
}

}  // namespace

Result<std::string> Substitute(std::string_view text, const Environment& environment) {
  std::string out;
  std::vector<Diagnostic> diagnostics;
  size_t at = 0;
  while (at < text.size()) {
    const size_t dollar = text.find("${", at);
    if (dollar == std::string_view::npos) break;
    out += text.substr(at, dollar - at);
    if (dollar > at && text[dollar - 1] == '$') {
      out += "{";  // "$${": the first $ is out already
      at = dollar + 2;
      continue;
    }
    const size_t close = text.find('}', dollar);
    if (close == std::string_view::npos) {
      diagnostics.push_back({"'${' is not closed", "write ${NAME}; $${ stands for ${ itself",
                             Span{dollar, text.size() - dollar}});
      return UserError(std::move(diagnostics));
    }
    out += Resolve(text.substr(dollar + 2, close - dollar - 2), Span{dollar, close + 1 - dollar},
                   environment, diagnostics);
    at = close + 1;
  }
  if (!diagnostics.empty()) return UserError(std::move(diagnostics));
  out += text.substr(std::min(at, text.size()));
  return out;
}

bool IsReference(std::string_view text) {
  return text.starts_with("${") && text.ends_with('}') && IsName(text.substr(2, text.size() - 3));
}

}  // namespace headrace::pipeline
