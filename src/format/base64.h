// Base64 with padding (RFC 4648, section 4).
#pragma once

#include <string>
#include <string_view>

namespace headrace::format {

// Appends the encoded form of `bytes`.
void EncodeBase64(std::string_view bytes, std::string* out);

// Appends what `text` encodes; false where it is no base64, `out` is then unchanged.
bool DecodeBase64(std::string_view text, std::string* out);

}  // namespace headrace::format
