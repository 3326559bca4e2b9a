// One case of a SQL-text test: sources, views, rows in steps, and what must come out. The form of
// the files is described in README.md beside them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace headrace::sql_test {

struct SourceText {
  std::string name;
  std::vector<std::string> key;
  std::vector<std::string> order_by;  // a path
  std::string ddl;
};

struct ViewText {
  std::string name;
  std::string watermark_column;  // empty: none
  std::string watermark_delay;
  bool emit_final = false;
  bool keep_late = false;
  std::string sql;
};

// One row that comes in, or with `tombstone` a key that is deleted.
struct InputRow {
  std::string source;
  std::string json;  // an array with one value a column (of the key, for a tombstone)
  bool tombstone = false;
};

struct Step {
  std::vector<InputRow> rows;
  // The changes that the last view must emit, as "+ [..]" and "- [..]"; none: not checked.
  std::optional<std::vector<std::string>> changes;
};

struct SqlCase {
  std::string file;
  int line = 0;
  std::string name;
  std::vector<SourceText> sources;
  std::vector<ViewText> views;
  std::vector<Step> steps;
  std::optional<std::vector<std::string>> rows;  // of the last view in the end, as JSON arrays
  int late = 0;
  int rejected = 0;
  bool as_written = false;  // only with the steps as they are: the result depends on them
  std::string error;        // a part of the message with which the case is refused
  std::string failure;      // a part of the message with which running it fails
};

// Reads the cases of a file.
//
// Errors: Invalid with file and line where a line is not understood.
Result<std::vector<SqlCase>> ParseCases(const std::string& path);

}  // namespace headrace::sql_test
