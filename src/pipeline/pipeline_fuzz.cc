// ParsePipeline on arbitrary bytes: it must answer, with a pipeline or with diagnostics that can be
// shown.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pipeline/pipeline.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace headrace;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Environment environment = {{"NAME", "value"}, {"EMPTY", ""}};
  const auto parsed = pipeline::ParsePipeline(text, "fuzz.yaml", environment);
  if (parsed.ok()) return 0;
  if (KindOf(parsed.status()) != ErrorKind::kUser) std::abort();
  for (const Diagnostic& diagnostic : DiagnosticsOf(parsed.status())) {
    if (diagnostic.span && diagnostic.span->offset > text.size()) std::abort();
    (void)Render(diagnostic, "fuzz.yaml", text);
  }
  return 0;
}
