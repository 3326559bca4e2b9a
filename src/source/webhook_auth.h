// Whether a request to a webhook comes from who may send: by a token or a signature.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pipeline/pipeline.h"

namespace headrace::source {

// Whether `authorization`, the header of that name, shows the token (RFC 6750). In a time that says
// nothing of the token.
bool ShowsToken(std::string_view authorization, const pipeline::Secret& token);

// Whether `signature` is the HMAC-SHA256 (RFC 2104) of `body`: hexadecimal digits, after "sha256="
// or not, or base64.
bool IsSigned(std::string_view body, std::string_view signature, const pipeline::Secret& key);

}  // namespace headrace::source
