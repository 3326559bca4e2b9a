#include "source/pagination.h"

#include <gtest/gtest.h>

namespace headrace::source {
namespace {

using Kind = pipeline::Pagination::Kind;

std::optional<std::string> Next(const pipeline::Pagination& pagination, const PageFacts& page) {
  const auto next = NextPage(pagination, "http://a/items?size=5", page);
  if (const auto* bad = std::get_if<BadAnswer>(&next)) return "bad: " + bad->message;
  return std::get<std::optional<std::string>>(next);
}

pipeline::Pagination Of(Kind kind) {
  pipeline::Pagination pagination;
  pagination.kind = kind;
  pagination.parameter = "p";
  return pagination;
}

TEST(LinkHeader, FindsTheNextPage) {
  EXPECT_EQ(NextLink({R"(<http://a/?p=2>; rel="next")"}), "http://a/?p=2");
  EXPECT_EQ(NextLink({R"(<http://a/?p=1>; rel=prev, <http://a/?p=3,4>;title="a, b"; REL=Next)"}),
            "http://a/?p=3,4");
  EXPECT_EQ(NextLink({"<a>; rel=first", R"(<b> ; rel="last next")"}), "b");
  EXPECT_EQ(NextLink({R"(<a>; title="rel=next \" next"; rel="up")"}), std::nullopt);
  EXPECT_EQ(NextLink({R"(<a>; rel="up"; rel="next")"}), std::nullopt);
}

TEST(LinkHeader, NonsenseHasNoNextPage) {
  for (const char* text : {"", "<", "<a", "next", "<a>; rel", "<a>; rel=", "<a>;;;=",
                           "<a>; rel=\"next", ",,,", "<a>; =next", "<a>; rel=\"\\"}) {
    const auto next = NextLink({text});
    EXPECT_TRUE(!next || *next == "a") << text;
  }
}

TEST(Pagination, ByLinkUrlCursorAndNumber) {
  EXPECT_EQ(Next(Of(Kind::kNone), {.url = "http://a/"}), std::nullopt);
  EXPECT_EQ(Next(Of(Kind::kLinkHeader), {.url = "http://a/x", .links = {"</y>; rel=next"}}),
            "http://a/y");
  EXPECT_EQ(Next(Of(Kind::kLinkHeader), {.url = "http://a/x"}), std::nullopt);
  EXPECT_EQ(Next(Of(Kind::kNextUrl), {.url = "http://b/x?p=1", .next = "?p=2"}), "http://b/x?p=2");
  EXPECT_EQ(Next(Of(Kind::kNextUrl), {.url = "http://b/x"}), std::nullopt);
  EXPECT_EQ(Next(Of(Kind::kCursor), {.url = "http://a/x", .next = "c=="}),
            "http://a/items?size=5&p=c%3d%3d");
  EXPECT_EQ(Next(Of(Kind::kPage), {.url = "http://a/x", .number = 2, .has_records = true}),
            "http://a/items?size=5&p=4");
  EXPECT_EQ(Next(Of(Kind::kPage), {.url = "http://a/x", .number = 2}), std::nullopt);
  EXPECT_EQ(FirstPage(Of(Kind::kPage), "http://a/items"), "http://a/items?p=1");
  EXPECT_EQ(FirstPage(Of(Kind::kCursor), "http://a/items"), "http://a/items");
}

TEST(Pagination, NeverGoesInCirclesOrOnForEver) {
  EXPECT_EQ(Next(Of(Kind::kNextUrl), {.url = "http://a/x", .next = "/x"}),
            "bad: http://a/x: the page after it is itself");
  EXPECT_EQ(Next(Of(Kind::kNextUrl), {.url = "http://a/x", .next = "ftp://a/y"}),
            "bad: http://a/x: its next page is at no http or https URL");
  auto bounded = Of(Kind::kPage);
  bounded.pages_max = 3;
  EXPECT_EQ(Next(bounded, {.url = "http://a/x", .number = 2, .has_records = true}),
            "bad: http://a/x: more than 3 pages");
}

}  // namespace
}  // namespace headrace::source
