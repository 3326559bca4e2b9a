// URLs as RFC 3986 has them, taken apart by libcurl.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headrace::source {

// Returns `reference` as seen from `base`: "?page=2", "/v2/all", "https://other/x". Nothing where
// it is no http or https URL.
std::optional<std::string> ResolveUrl(const std::string& base, const std::string& reference);

// Returns scheme, host and port, normalized: two URLs with the same origin reach the same server
// (RFC 6454). Nothing where `url` is no URL.
std::optional<std::string> OriginOf(const std::string& url);

// Returns `url` with the query parameter set to `value`, encoded; an earlier one of that name goes.
std::optional<std::string> WithParameter(const std::string& url, std::string_view name,
                                         std::string_view value);

// Returns `url` for people: without user, password, query and fragment, where secrets hide.
std::string RedactUrl(const std::string& url);

}  // namespace headrace::source
