#include "source/pagination.h"

#include <curl/curl.h>

#include <algorithm>

#include "http/url.h"

namespace headrace::source {
namespace {

using Kind = pipeline::Pagination::Kind;

// Reads link-values (RFC 8288, section 3) one after the other: <target>; name=value; name="value".
class LinkReader {
 public:
  explicit LinkReader(std::string_view text) : text_(text) {}

  // Moves to the next link; false at the end or where the text is none.
  bool Next() {
    SkipAny(" \t,");
    if (!Take('<')) return false;
    const size_t close = text_.find('>', position_);
    if (close == std::string_view::npos) return false;
    target_ = text_.substr(position_, close - position_);
    position_ = close + 1;
    is_next_ = false;
    bool first_relation = true;  // Of several `rel` only the first counts.
    while (SkipAny(" \t"), Take(';')) {
      SkipAny(" \t");
      const std::string_view name = Token();
      SkipAny(" \t");
      if (!Take('=')) continue;
      SkipAny(" \t");
      const std::string value = Value();
      if (name.size() != 3 || !curl_strnequal(name.data(), "rel", 3) || !first_relation) continue;
      first_relation = false;
      is_next_ = HoldsNext(value);
    }
    return true;
  }

  std::string target() const { return std::string(target_); }
  bool is_next() const { return is_next_; }

 private:
  void SkipAny(std::string_view set) {
    position_ = std::min(text_.find_first_not_of(set, position_), text_.size());
  }
  bool Take(char c) {
    if (position_ >= text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  std::string_view Token() {
    const size_t begin = position_;
    position_ = std::min(text_.find_first_of(" \t=;,\"", position_), text_.size());
    return text_.substr(begin, position_ - begin);
  }
  std::string Value() {
    if (!Take('"')) return std::string(Token());
    std::string value;
    while (position_ < text_.size() && text_[position_] != '"') {
      if (text_[position_] == '\\' && position_ + 1 < text_.size()) ++position_;
      value += text_[position_++];
    }
    Take('"');
    return value;
  }
  // Several relation types may stand in one value, parted by spaces.
  static bool HoldsNext(std::string_view value) {
    while (!value.empty()) {
      const std::string_view word = value.substr(0, value.find(' '));
      if (word.size() == 4 && curl_strnequal(word.data(), "next", 4)) return true;
      value.remove_prefix(std::min(word.size() + 1, value.size()));
    }
    return false;
  }

  const std::string_view text_;
  size_t position_ = 0;
  std::string_view target_;
  bool is_next_ = false;
};

BadAnswer NoPage(const PageFacts& page, const std::string& what) {
  return {BadAnswerReason::kPagination, http::RedactUrl(page.url) + ": " + what};
}

}  // namespace

std::optional<std::string> NextLink(const std::vector<std::string>& links) {
  for (const std::string& text : links) {
    LinkReader reader(text);
    while (reader.Next()) {
      if (reader.is_next()) return reader.target();
    }
  }
  return std::nullopt;
}

std::string FirstPage(const pipeline::Pagination& pagination, const std::string& url) {
  if (pagination.kind != Kind::kPage) return url;
  return http::WithParameter(url, pagination.parameter, std::to_string(pagination.first_page))
      .value_or(url);
}

std::variant<std::optional<std::string>, BadAnswer> NextPage(const pipeline::Pagination& pagination,
                                                             const std::string& url,
                                                             const PageFacts& page) {
  std::optional<std::string> next;
  switch (pagination.kind) {
    case Kind::kNone:
      return std::nullopt;
    case Kind::kLinkHeader: {
      const auto link = NextLink(page.links);
      if (!link) return std::nullopt;
      next = http::ResolveUrl(page.url, *link);
      break;
    }
    case Kind::kNextUrl:
      if (page.next.empty()) return std::nullopt;
      next = http::ResolveUrl(page.url, page.next);
      break;
    case Kind::kPage:
      if (!page.has_records) return std::nullopt;
      next = http::WithParameter(url, pagination.parameter,
                                 std::to_string(pagination.first_page + page.number + 1));
      break;
    case Kind::kCursor:
      if (page.next.empty()) return std::nullopt;
      next = http::WithParameter(url, pagination.parameter, page.next);
      break;
  }
  if (!next) return NoPage(page, "its next page is at no http or https URL");
  if (*next == page.url) return NoPage(page, "the page after it is itself");
  if (page.number + 1 >= pagination.pages_max) {
    return NoPage(page, "more than " + std::to_string(pagination.pages_max) + " pages");
  }
  return next;
}

}  // namespace headrace::source
