// Finds the page after a page: by the Link header (RFC 8288), by a URL or a cursor in the document,
// or by counting.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pipeline/pipeline.h"
#include "source/bad_answer.h"

namespace headrace::source {

// Returns the target of the first link with relation "next" in the values of Link headers.
std::optional<std::string> NextLink(const std::vector<std::string>& links);

// What a page says about those after it.
struct PageFacts {
  std::string url = {};                 // of the page, after redirects
  std::vector<std::string> links = {};  // the values of its Link headers
  std::string next = {};  // what stands where Pagination::pointer points; empty: nothing
  int64_t number = 0;     // 0 is the first
  bool has_records = false;
};

// Returns the URL of the first page of a poll of `url`.
std::string FirstPage(const pipeline::Pagination& pagination, const std::string& url);

// Returns the URL of the page after the one described; nothing where that was the last. `url` is
// that of the pipeline file.
std::variant<std::optional<std::string>, BadAnswer> NextPage(const pipeline::Pagination& pagination,
                                                             const std::string& url,
                                                             const PageFacts& page);

}  // namespace headrace::source
