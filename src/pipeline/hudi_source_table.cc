#include "pipeline/tables.h"

namespace headrace::pipeline {

Table HudiSourceTable() {
  return {
      .name = "hudi_source",
      .title = "sources.NAME.hudi",
      .description =
          "Tails an Apache Hudi table: what its commits change, in the order in which they "
          "complete. With a `key`, of the table's key and partition columns, deletes are "
          "followed; without it every inserted or updated row is a record of its own.",
      .fields = {
          TextField("path", &HudiSource::path, "The folder of the table.", "lake/quakes")
              .Required(),
          DurationField("every", &HudiSource::every_us, "The time between two looks at the table.",
                        "1 s")
              .Between(1'000, 86'400'000'000),
          TextField("start", &HudiSource::start,
                    "Where a source without state begins: `earliest` (every row that is there, "
                    "then the changes), `latest` (changes from now on), or a time such as "
                    "`2026-11-22 19:05:38` (changes of commits that completed after it).",
                    "latest"),
          ChoiceField("on_gap", &HudiSource::snapshot_on_gap, {{"fail", false}, {"snapshot", true}},
                      "What follows when the table was cleaned, archived or restored, so that the "
                      "changes since the last look cannot be told: the end of the run, or every "
                      "row of the table again. Rows deleted meanwhile stay then.",
                      "snapshot"),
      }};
}

}  // namespace headrace::pipeline
