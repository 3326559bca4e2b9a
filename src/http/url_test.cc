#include "http/url.h"

#include <gtest/gtest.h>

namespace headrace::http {
namespace {

TEST(Url, ResolvesReferences) {
  const std::string base = "https://api.example.org/v1/items?page=1";
  EXPECT_EQ(ResolveUrl(base, "?page=2"), "https://api.example.org/v1/items?page=2");
  EXPECT_EQ(ResolveUrl(base, "/v2/all"), "https://api.example.org/v2/all");
  EXPECT_EQ(ResolveUrl(base, "other"), "https://api.example.org/v1/other");
  EXPECT_EQ(ResolveUrl(base, "http://b/x"), "http://b/x");
  EXPECT_EQ(ResolveUrl(base, "//b/x"), "https://b/x");
  EXPECT_EQ(ResolveUrl(base, "file:///etc/passwd"), std::nullopt);
  EXPECT_EQ(ResolveUrl(base, ""), std::nullopt);
  EXPECT_EQ(ResolveUrl("no url", "/x"), std::nullopt);
}

TEST(Url, RedirectsNeverLeaveHttps) {
  EXPECT_EQ(RedirectTarget("http://a/x", "https://a/y").ValueOrDie(), "https://a/y");
  EXPECT_EQ(RedirectTarget("https://a/x", "//b/y").ValueOrDie(), "https://b/y");
  EXPECT_EQ(RedirectTarget("http://a/x", "http://b/y").ValueOrDie(), "http://b/y");
  for (const char* location : {"http://a/y", "HTTP://a/y", "ftp://a/y", "file:///y", ""}) {
    EXPECT_TRUE(RedirectTarget("HTTPS://a/x?secret", location).status().IsIOError()) << location;
  }
  EXPECT_EQ(RedirectTarget("https://a/x?secret", "http://a/").status().message(),
            "https://a/x redirects from https to http, which is not followed");
}

TEST(Url, OriginIsSchemeHostAndPort) {
  EXPECT_EQ(OriginOf("https://Example.org/a?b"), OriginOf("https://example.org:443/c"));
  EXPECT_NE(OriginOf("https://example.org/"), OriginOf("http://example.org/"));
  EXPECT_NE(OriginOf("http://127.0.0.1:1/"), OriginOf("http://127.0.0.1:2/"));
  EXPECT_NE(OriginOf("http://user@evil.org/"), OriginOf("http://user/"));
  EXPECT_EQ(OriginOf("::"), std::nullopt);
}

TEST(Url, SetsAParameter) {
  EXPECT_EQ(WithParameter("http://a/b", "page", "2"), "http://a/b?page=2");
  EXPECT_EQ(WithParameter("http://a/b?page=1&x=y", "page", "2"), "http://a/b?x=y&page=2");
  EXPECT_EQ(WithParameter("http://a/b?pages=1", "page", "a b&c"),
            "http://a/b?pages=1&page=a%20b%26c");
}

TEST(Url, RedactsWhereSecretsHide) {
  EXPECT_EQ(RedactUrl("https://me:secret@a.org:8443/b?api_key=secret#secret"),
            "https://a.org:8443/b");
  EXPECT_EQ(RedactUrl("https://user:pw@host:1/path?token=x#y"), "https://host:1/path");
}

TEST(Url, EncodesForAQuery) { EXPECT_EQ(PercentEncode("a b&c=ü"), "a%20b%26c%3D%C3%BC"); }

}  // namespace
}  // namespace headrace::http
