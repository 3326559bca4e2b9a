// Kernels on URLs, as java.net.URI, URLEncoder and URLDecoder see them.
#include <re2/re2.h>

#include <string>

#include "sql/native_rows.h"

namespace headrace::sql {
namespace {

using Text = std::string_view;

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '*' || c == '_';
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void UrlEncode(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, Text>([](Text text) {
    std::string out;
    for (const char c : text) {
      if (IsUnreserved(c)) {
        out += c;
      } else if (c == ' ') {
        out += '+';
      } else {
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += "0123456789ABCDEF"[byte >> 4];
        out += "0123456789ABCDEF"[byte & 15];
      }
    }
    return out;
  });
}

void UrlDecode(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, Text>([&](Text text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%') {
        out += text[i] == '+' ? ' ' : text[i];
        continue;
      }
      const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = high < 0 ? -1 : HexValue(text[i + 2]);
      if (low < 0) {
        rows.Fail("[CANNOT_DECODE_URL] The provided URL cannot be decoded: " + std::string(text));
        return out;
      }
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
    return out;
  });
}

// The parts of a URI with an authority, or without one. Source: RFC 3986, appendix B.
struct Uri {
  Text scheme, authority, path, query, fragment;
  bool has_authority = false, has_query = false, has_fragment = false;
  bool opaque = false;  // mailto:a@b
};

std::optional<Uri> ParseUri(Text text) {
  static const re2::RE2 form("([A-Za-z][A-Za-z0-9+.-]*:)?(//[^/?#]*)?([^?#]*)(\\?[^#]*)?(#.*)?");
  static const re2::RE2 illegal("[\\s\"<>\\\\^`{|}]");
  Uri uri;
  re2::StringPiece scheme, authority, path, query, fragment;
  const re2::StringPiece whole(text.data(), text.size());
  if (re2::RE2::PartialMatch(whole, illegal)) return std::nullopt;
  if (!re2::RE2::FullMatch(whole, form, &scheme, &authority, &path, &query, &fragment))
    return std::nullopt;
  const auto part = [](const re2::StringPiece& piece, size_t skip, size_t drop) {
    const Text all(piece.data(), piece.size());
    return all.size() < skip + drop ? Text() : all.substr(skip, all.size() - skip - drop);
  };
  uri.scheme = part(scheme, 0, scheme.empty() ? 0 : 1);
  uri.has_authority = authority.size() > 2;
  uri.authority = part(authority, 2, 0);
  uri.path = part(path, 0, 0);
  uri.has_query = !query.empty();
  uri.query = part(query, 1, 0);
  uri.has_fragment = !fragment.empty();
  uri.fragment = part(fragment, 1, 0);
  uri.opaque = !uri.scheme.empty() && !uri.has_authority && !uri.path.starts_with('/');
  return uri;
}

std::optional<std::string> HostOf(const Uri& uri) {
  if (!uri.has_authority) return std::nullopt;
  Text host = uri.authority.substr(uri.authority.rfind('@') + 1);
  const size_t port = host.starts_with('[') ? host.find(':', host.find(']')) : host.find(':');
  host = host.substr(0, port);
  if (host.empty()) return std::nullopt;
  return std::string(host);
}

std::optional<std::string> PartOf(const Uri& uri, Text part) {
  const auto some = [](bool there, Text text) {
    return there ? std::optional<std::string>(text) : std::nullopt;
  };
  if (part == "HOST") return HostOf(uri);
  if (part == "PROTOCOL") return some(!uri.scheme.empty(), uri.scheme);
  if (part == "REF") return some(uri.has_fragment, uri.fragment);
  if (uri.opaque) return std::nullopt;
  if (part == "PATH") return std::string(uri.path);
  if (part == "QUERY") return some(uri.has_query, uri.query);
  if (part == "AUTHORITY") return some(uri.has_authority, uri.authority);
  if (part == "USERINFO") {
    const size_t at = uri.authority.rfind('@');
    return some(at != Text::npos, uri.authority.substr(0, at));
  }
  if (part == "FILE") {
    return std::string(uri.path) + (uri.has_query ? "?" + std::string(uri.query) : "");
  }
  return std::nullopt;
}

std::optional<std::string> ParameterOf(const Uri& uri, Text name) {
  Text rest = uri.query;
  while (!rest.empty()) {
    const Text pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const size_t equals = pair.find('=');
    if (equals != Text::npos && pair.substr(0, equals) == name)
      return std::string(pair.substr(equals + 1));
  }
  return std::nullopt;
}

void ParseUrl(const NativeUse& use, NativeRows& rows) {
  const auto parse = [&](Text url) {
    const auto uri = ParseUri(url);
    if (!uri) rows.Fail("[INVALID_URL] The url is invalid: " + std::string(url));
    return uri;
  };
  if (use.arguments.size() == 2) {
    rows.Map<std::string, Text, Text>([&](Text url, Text part) -> std::optional<std::string> {
      const auto uri = parse(url);
      return uri ? PartOf(*uri, part) : std::nullopt;
    });
    return;
  }
  rows.Map<std::string, Text, Text, Text>(
      [&](Text url, Text part, Text name) -> std::optional<std::string> {
        const auto uri = parse(url);
        return uri && part == "QUERY" && uri->has_query ? ParameterOf(*uri, name) : std::nullopt;
      });
}

}  // namespace

NativeFunction FindUrlNative(const NativeUse& use) {
  if (use.kernel == "url_encode") return UrlEncode;
  if (use.kernel == "url_decode") return UrlDecode;
  if (use.kernel == "parse_url") return ParseUrl;
  return nullptr;
}

}  // namespace headrace::sql
