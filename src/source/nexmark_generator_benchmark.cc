#include <benchmark/benchmark.h>

#include <string>

#include "source/nexmark_generator.h"

namespace headrace::source {
namespace {

void BM_NexmarkEvents(benchmark::State& state) {
  const NexmarkGenerator generator({});
  std::string text(NexmarkGenerator::kEventBytesMax, ' ');
  int64_t number = 0;
  int64_t bytes = 0;
  for (auto _ : state) bytes += generator.Write(number++, text.data()) - text.data();
  state.SetItemsProcessed(number);
  state.SetBytesProcessed(bytes);
}
BENCHMARK(BM_NexmarkEvents);

}  // namespace
}  // namespace headrace::source
