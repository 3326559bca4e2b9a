// Fuzzes what an HTTP source makes of an answer: extraction and Link headers. A record that was
// taken out of an answer is good JSON by itself.
#include <cstdlib>
#include <string>

#include "source/pagination.h"
#include "source/record_extractor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headrace::source::Extraction;
  const std::string text(reinterpret_cast<const char*>(data), size);
  headrace::source::NextLink({text});

  headrace::source::RecordExtractor extractor({.records = size % 2 == 0 ? "" : "/d",
                                               .key = {"id", "k"},
                                               .order_by = {"p", "v"},
                                               .next_pointer = "/next"});
  std::string body = text;
  const auto extracted = extractor.Extract(&body);
  if (!std::holds_alternative<Extraction>(extracted)) return 0;
  headrace::source::RecordExtractor whole({.records = "/0"});
  for (const auto& record : std::get<Extraction>(extracted).records) {
    if (record.version.empty()) std::abort();
    // In an array twice, so that scalars are found in it too.
    std::string again = "[[" + std::string(record.json) + "]]";
    const auto parsed = whole.Extract(&again);
    const auto* good = std::get_if<Extraction>(&parsed);
    if (good == nullptr || good->records.size() != 1 || good->records[0].json != record.json) {
      std::abort();
    }
  }
  return 0;
}
