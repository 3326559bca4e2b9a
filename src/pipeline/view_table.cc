#include "pipeline/tables.h"

namespace headrace::pipeline {
namespace {

Table WatermarkTable() {
  return {
      .name = "watermark",
      .title = "views.NAME.watermark",
      .description =
          "How far event time has come: the largest time seen, less the delay. It "
          "closes windows of the views downstream and says which rows are late.",
      .fields = {
          TextField("column", &Watermark::column, "The column of event time, a TIMESTAMP.", "time")
              .Required(),
          DurationField("delay", &Watermark::delay_us,
                        "How late a row may come and still reach its window.", "1 hour")
              .Required(),
          DurationField("idle_after", &Watermark::idle_after_us,
                        "A partition without rows for so long, by the clock, holds the watermark "
                        "back no more. Until then the slowest partition decides.",
                        "5 minutes")
              .Between(1'000'000, 365 * 86'400'000'000),
      }};
}

}  // namespace

Table ViewTable() {
  return {
      .name = "view",
      .title = "views.NAME",
      .description =
          "A view is one SELECT over sources and other views, kept up to date as they "
          "change.",
      .fields = {
          StatementField("sql", &View::sql,
                         "One SELECT of Spark's dialect, ANSI mode, UTC. `${...}` means nothing "
                         "in here.",
                         "SELECT id, mag FROM feed WHERE mag > 4")
              .Required(),
          TableField<View, Watermark>(
              "watermark", WatermarkTable(),
              [](View& view) -> Watermark& { return view.watermark.emplace(); }),
          ChoiceField("emit", &View::emit,
                      {{"changes", View::Emit::kChanges}, {"final", View::Emit::kFinal}},
                      "`changes`: results are there at once and corrected later. `final`: each "
                      "window once, when the watermark has passed it.",
                      "final"),
          ChoiceField("late", &View::keep_late, {{"drop", false}, {"keep", true}},
                      "What becomes of rows that come after their window was closed. They are "
                      "counted; `keep` puts them into the topic `NAME.late`, too.",
                      "keep"),
      }};
}

}  // namespace headrace::pipeline
