#include <arrow/builder.h>
#include <benchmark/benchmark.h>

#include "sink/fold.h"

namespace headrace::sink {
namespace {

// Each key loses its old row and gets a new one, as a grouped window emits it.
void BM_FoldReplacedRows(benchmark::State& state) {
  constexpr int64_t kKeys = 50'000;
  arrow::Int64Builder keys;
  arrow::DoubleBuilder values;
  arrow::Int8Builder weights;
  for (int64_t i = 0; i < 2 * kKeys; ++i) {
    if (!keys.Append(i / 2).ok() || !values.Append(static_cast<double>(i) * 0.5).ok() ||
        !weights.Append(i % 2 == 0 ? -1 : 1).ok())
      return state.SkipWithError("out of memory");
  }
  const auto schema =
      arrow::schema({arrow::field("k", arrow::int64()), arrow::field("v", arrow::float64())});
  const ChangeBatch batch = arrow::RecordBatch::Make(
      ChangeSchema(*schema, true, false), 2 * kKeys,
      {keys.Finish().ValueOrDie(), values.Finish().ValueOrDie(), weights.Finish().ValueOrDie()});
  for (auto _ : state) {
    ChangeFold fold(schema, {0}, std::nullopt);
    if (!fold.Add(batch).ok() || fold.Fold().ValueOrDie().upsert_rows() != kKeys)
      state.SkipWithError("wrong");
  }
  state.SetItemsProcessed(state.iterations() * 2 * kKeys);
}
BENCHMARK(BM_FoldReplacedRows);

}  // namespace
}  // namespace headrace::sink
