// What a run says of itself: a line that is rewritten while it runs, and the report at its end.
#pragma once

#include <string>

#include "cli/pipeline_run.h"

namespace headrace::cli {

// "polled 1,707 · kept 812 · epoch 12 · 845 rows in 2 sinks · 3.2 s"
std::string ProgressLine(const RunReport& report);

// Several lines, for people.
std::string ReportText(const std::string& pipeline, const RunReport& report);

// One JSON object on one line.
std::string ReportJson(const std::string& pipeline, const RunReport& report);

}  // namespace headrace::cli
