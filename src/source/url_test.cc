#include "source/url.h"

#include <gtest/gtest.h>

namespace headrace::source {
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
}

}  // namespace
}  // namespace headrace::source
