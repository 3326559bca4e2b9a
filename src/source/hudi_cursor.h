// What a Hudi source remembers in its topic, beside the records: up to which commit of the table,
// and how far in those that it was reading.
//
// Each partition has a cursor of its own, stored in one atomic step with its records. The changes
// of a range come in the same order each time they are read, so a place among them tells which
// records a partition has.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace headrace::source {

struct HudiCursor {
  std::string from;        // the completion time up to which all is kept; "": nothing yet
  std::string to;          // the range (from, to] is being read; "": none is
  int64_t part = 0;        // of the range: its deletes and upserts, group by group
  int64_t rows = 0;        // of that part which are kept
  int32_t partitions = 0;  // of the topic when it was stored: they decide where records go

  bool operator==(const HudiCursor&) const = default;
};

std::string EncodeCursor(const HudiCursor& cursor);  // as JSON
// Errors: Invalid where EncodeCursor did not make the text.
Result<HudiCursor> DecodeHudiCursor(const std::string& text);

}  // namespace headrace::source
