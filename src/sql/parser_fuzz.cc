// Arbitrary text as a statement and as a schema: neither may crash, hang or exhaust memory.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sql/analyzer.h"
#include "sql/lineage.h"
#include "sql/plan_text.h"

using headrace::sql::Analyze;
using headrace::sql::ParseSchema;
using headrace::sql::Relations;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Relations relations = {
      {"t",
       *ParseSchema("i INT, l BIGINT, d DOUBLE, e DECIMAL(10,2), s STRING, b BINARY, f BOOLEAN, "
                    "ts TIMESTAMP, n TIMESTAMP_NTZ, dt DATE, st STRUCT<a: INT, ts: TIMESTAMP>, "
                    "ar ARRAY<STRUCT<a: INT>>, m MAP<STRING, INT>")},
      {"u", *ParseSchema("a STRING NOT NULL")}};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto plan = Analyze(text, relations);
  if (plan.ok()) {
    // What is printed and traced must hold for every plan that is made.
    if (headrace::sql::PlanText(**plan).empty()) std::abort();
    const auto lineage = headrace::sql::Lineage(**plan);
    if (lineage.size() != static_cast<size_t>((*plan)->schema->num_fields())) std::abort();
    (void)headrace::sql::ReadColumns(**plan);
  } else {
    for (const auto& diagnostic : headrace::DiagnosticsOf(plan.status())) {
      if (diagnostic.span && diagnostic.span->offset > size) std::abort();
      (void)headrace::Render(diagnostic, "fuzz", text);
    }
    if (headrace::KindOf(plan.status()) != headrace::ErrorKind::kUser) std::abort();
  }
  (void)ParseSchema(text);
  return 0;
}
