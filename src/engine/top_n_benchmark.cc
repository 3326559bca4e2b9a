// A top-N by itself: the ten dearest bids of each auction, of bids that only come.
#include <arrow/builder.h>
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "engine/benchmark_check.h"
#include "engine/top_n.h"

namespace headrace::engine {
namespace {

constexpr int64_t kBatchRows = 64 << 10;
constexpr int kBatches = 16;

std::shared_ptr<arrow::Schema> BidSchema() {
  return arrow::schema({arrow::field("auction", arrow::int64()),
                        arrow::field("bidder", arrow::int64()),
                        arrow::field("price", arrow::int64())});
}

Delta Bids(int64_t auctions, int batch) {
  arrow::Int64Builder auction, bidder, price;
  uint64_t random = 88172645463325252ULL + static_cast<uint64_t>(batch);
  for (int64_t i = 0; i < kBatchRows; ++i) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    Check(auction.Append(static_cast<int64_t>((random >> 33) % static_cast<uint64_t>(auctions))));
    Check(bidder.Append(static_cast<int64_t>(random >> 40)));
    Check(price.Append(static_cast<int64_t>((random >> 20) % 10'000'000)));
  }
  Delta delta;
  delta.batches.push_back(
      {arrow::RecordBatch::Make(
           BidSchema(), kBatchRows,
           {Check(auction.Finish()), Check(bidder.Finish()), Check(price.Finish())}),
       nullptr});
  return delta;
}

void BM_TopTenOfEachKey(benchmark::State& state) {
  std::vector<Delta> deltas;
  for (int batch = 0; batch < kBatches; ++batch) deltas.push_back(Bids(state.range(0), batch));
  TopNSpec spec;
  spec.rank = {"row_number", {0}, {{2, true, false}}};
  spec.limit = 10;
  const auto plan = Check(TopNPlan::Make("v", BidSchema(), spec, "rn"));
  for (auto _ : state) {
    const auto operation = Check(plan->Open());
    for (const Delta& delta : deltas) {
      const Delta* input = &delta;
      MicroBatch context;
      benchmark::DoNotOptimize(Check(operation->Process({&input, 1}, context)));
    }
  }
  state.SetItemsProcessed(state.iterations() * kBatches * kBatchRows);
}
BENCHMARK(BM_TopTenOfEachKey)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace headrace::engine
