#include "pipeline/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace headrace::pipeline {

void CheckUrl(Checking& checking, const std::string& url, const std::string& path) {
  const Span place = checking.places.Of(path);
  std::string_view rest = url;
  if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else {
    checking.Report(fmt::format("'{}' is no URL of http or https", url),
                    "it begins with 'http://' or 'https://'", place);
    return;
  }
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const bool spaces = std::ranges::any_of(
      url, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
  if (authority.empty() || authority.starts_with(':') || spaces) {
    checking.Report(fmt::format("'{}' is no URL", url),
                    spaces ? "it holds a space; write %20" : "the host is missing", place);
  } else if (authority.find('@') != std::string_view::npos) {
    // The URL is logged and shown, so it isn't repeated here either.
    checking.Report("a user or password must not stand in a URL",
                    "a URL is logged; use 'bearer_token', 'token', 'password' or a header from the "
                    "environment",
                    place);
  }
}

bool IsListenAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  int port = -1;
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return code == std::errc() && end == digits.data() + digits.size() && port >= 0 && port <= 65535;
}

void CheckPointer(Checking& checking, const std::string& pointer, const std::string& path) {
  if (pointer.empty() || pointer.starts_with('/')) return;
  checking.Report(fmt::format("'{}' is no JSON Pointer", pointer),
                  fmt::format("it begins with a slash: '/{}'", pointer), checking.places.Of(path));
}

}  // namespace headrace::pipeline
