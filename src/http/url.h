// URLs as RFC 3986 has them, taken apart by libcurl.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace headrace::http {

// Returns `reference` as seen from `base`: "?page=2", "/v2/all", "https://other/x". Nothing where
// it is no http or https URL.
std::optional<std::string> ResolveUrl(const std::string& base, const std::string& reference);

// Returns where a redirect from `url` to `location` leads. Errors: IOError where that is no http or
// https URL, or http after https.
Result<std::string> RedirectTarget(const std::string& url, const std::string& location);

// Returns scheme, host and port, normalized: two URLs with the same origin reach the same server
// (RFC 6454). Nothing where `url` is no URL.
std::optional<std::string> OriginOf(const std::string& url);

// Returns `url` with the query parameter set to `value`, encoded; an earlier one of that name goes.
std::optional<std::string> WithParameter(const std::string& url, std::string_view name,
                                         std::string_view value);

// Returns `text` as it may stand in a query: "a b" becomes "a%20b".
std::string PercentEncode(std::string_view text);

// Returns `url` for people: without user, password, query and fragment, where secrets hide.
std::string RedactUrl(const std::string& url);

}  // namespace headrace::http
