#include "pipeline/tables.h"

namespace headrace::pipeline {

Table FileSourceTable() {
  constexpr int64_t kDayMicros = 86'400'000'000;
  return {
      .name = "file",
      .title = "sources.NAME.file",
      .description =
          "Reads files line by line, each line a record, and goes on as they grow. A file is known "
          "by its inode and its first bytes: one that is renamed is read on, one that is truncated "
          "or replaced is read from its beginning. Names that end in `.gz` are unpacked.",
      .fields = {
          TextField("path", &FileSource::path,
                    "A file, a folder (every file in it whose name begins with neither `.` nor "
                    "`_`), or a pattern with `*`, `?` and `[...]`.",
                    "in/trades-*.csv")
              .Required(),
          DurationField("every", &FileSource::every_us, "The time between two looks at the files.",
                        "200 ms")
              .Between(1'000, kDayMicros),
          DurationField("complete_after", &FileSource::complete_after_us,
                        "A last line without a line break counts as complete when its file was not "
                        "written for so long. Without it: never.",
                        "1 min")
              .Between(1'000, 366 * kDayMicros),
      }};
}

}  // namespace headrace::pipeline
