// A join by itself: by key alone, where every row is kept, and with a bound on time, where rows go
// with the watermark. Items are rows of both inputs.
#include <arrow/builder.h>
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "engine/benchmark_check.h"
#include "engine/join.h"
#include "engine/rows.h"

namespace headrace::engine {
namespace {

constexpr int64_t kBatchRows = 64 << 10;
constexpr int kBatches = 16;
// Events of a batch are within two seconds.
constexpr int64_t kBatchUs = 2'000'000;

std::shared_ptr<arrow::Schema> InputSchema() {
  return ChangeSchema(
      *arrow::schema({arrow::field("key", arrow::int64()),
                      arrow::field("time", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                      arrow::field("price", arrow::int64())}),
      false, true);
}

// Rows with keys below `keys`, in order of time, stamped with the watermark before their batch.
Delta Rows(int64_t keys, int batch, uint64_t seed) {
  arrow::Int64Builder key, price, watermark;
  arrow::TimestampBuilder time(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                               arrow::default_memory_pool());
  uint64_t random = seed * 88172645463325252ULL + static_cast<uint64_t>(batch);
  for (int64_t i = 0; i < kBatchRows; ++i) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    Check(key.Append(static_cast<int64_t>((random >> 33) % static_cast<uint64_t>(keys))));
    Check(time.Append(batch * kBatchUs + i * kBatchUs / kBatchRows));
    Check(price.Append(static_cast<int64_t>(random >> 50)));
    Check(watermark.Append(batch * kBatchUs));
  }
  Delta delta;
  delta.batches.push_back(
      {arrow::RecordBatch::Make(InputSchema(), kBatchRows,
                                {Check(key.Finish()), Check(time.Finish()), Check(price.Finish()),
                                 Check(watermark.Finish())}),
       nullptr});
  delta.watermark = (batch + 1) * kBatchUs;
  return delta;
}

void RunJoin(benchmark::State& state, const JoinSpec& spec, int64_t left_keys, int64_t right_keys) {
  std::vector<Delta> left, right;
  for (int batch = 0; batch < kBatches; ++batch) {
    left.push_back(Rows(left_keys, batch, 1));
    right.push_back(Rows(right_keys, batch, 2));
  }
  const auto plan =
      Check(JoinPlan::Make("v", InputSchema(), InputSchema(), spec, {"key", "price", "other"}));
  int64_t pairs = 0;
  for (auto _ : state) {
    const auto operation = Check(plan->Open());
    for (int batch = 0; batch < kBatches; ++batch) {
      const Delta* inputs[] = {&left[batch], &right[batch]};
      MicroBatch context;
      const Delta delta = Check(operation->Process(inputs, context));
      for (const Changes& changes : delta.batches) pairs += changes.batch->num_rows();
    }
  }
  state.SetItemsProcessed(state.iterations() * 2 * kBatches * kBatchRows);
  state.counters["rows_out"] = static_cast<double>(pairs) / static_cast<double>(state.iterations());
}

JoinSpec ByKey(sql::JoinKind kind) {
  JoinSpec spec;
  spec.kind = kind;
  spec.left_columns = 3;
  spec.keys = {{0, 0, false}};
  spec.outputs = {0, 2, 5};
  return spec;
}

JoinSpec WithinSeconds(sql::JoinKind kind) {
  JoinSpec spec = ByKey(kind);
  spec.bound = JoinSpec::Bound{1, 1, 0, 5'000'000, TimeBound{}, TimeBound{}};
  return spec;
}

void BM_JoinByKey(benchmark::State& state) {
  RunJoin(state, ByKey(sql::JoinKind::kInner), state.range(0), state.range(0));
}
BENCHMARK(BM_JoinByKey)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void BM_JoinWithinSeconds(benchmark::State& state) {
  RunJoin(state, WithinSeconds(sql::JoinKind::kInner), state.range(0), state.range(0));
}
BENCHMARK(BM_JoinWithinSeconds)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void BM_LeftJoinWithinSeconds(benchmark::State& state) {
  RunJoin(state, WithinSeconds(sql::JoinKind::kLeft), state.range(0), state.range(0));
}
BENCHMARK(BM_LeftJoinWithinSeconds)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace headrace::engine
