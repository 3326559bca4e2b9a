// What an HTTP source remembers in its topic, beside the records: the validators of the last
// answer, the page to go on with, the versions that are kept.
//
// Each partition has a cursor of its own, stored in one atomic step with the records of that
// partition, so no record is kept without its version or a version without its record. The
// validators count from the cursor of the latest poll only, and only the last append of a poll
// stores new ones: as long as some partition lacks its records, the answer is asked for again.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "source/http_client.h"
#include "source/version_filter.h"

namespace headrace::source {

// How far a source has come.
struct HttpProgress {
  int64_t poll = 0;  // counts the polls that brought something
  Validators validators;
  // An unkeyed source keeps page by page; after a crash it goes on with this page. Empty: from the
  // first.
  std::string resume_url;
  int64_t resume_page = 0;
};

struct HttpCursor {
  HttpProgress progress;
  Versions versions;  // by identity
};

// As bytes: a record block (docs/LOCAL_LOG.md) whose first record holds the progress, each other
// one an identity (key) and its version (value).
std::string EncodeCursor(const HttpCursor& cursor);
// Errors: Invalid where EncodeCursor did not make the bytes.
Result<HttpCursor> DecodeCursor(std::string bytes);

// The name that the cursor of a partition is stored under.
std::string CursorName(int32_t partition);

}  // namespace headrace::source
