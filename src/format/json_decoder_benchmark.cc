// Bids as NEXMark has them (Tucker et al., "NEXMark: A Benchmark for Queries over Data Streams",
// 2008), about 200 bytes each.
#include <arrow/record_batch.h>
#include <benchmark/benchmark.h>

#include "format/decoder.h"

namespace headrace::format {
namespace {

constexpr int64_t kRecords = 20'000;

std::vector<std::string> Bids() {
  std::vector<std::string> bids;
  for (int64_t i = 0; i < kRecords; ++i) {
    bids.push_back("{\"auction\":" + std::to_string(1000 + i * 7919 % 100'000) +
                   ",\"bidder\":" + std::to_string(2000 + i * 104'729 % 50'000) +
                   ",\"price\":" + std::to_string(i * 31 % 10'000'000) + ",\"channel\":\"channel-" +
                   std::to_string(i % 100) +
                   "\",\"url\":\"https://www.example.com/auction/item.htm?query=" +
                   std::to_string(i) + "\",\"date_time\":" + std::to_string(1'700'000'000'000 + i) +
                   ",\"extra\":\"abcdefghijklmnopqrstuvwxyz0123456789\"}");
  }
  return bids;
}

void Run(benchmark::State& state, const std::shared_ptr<arrow::Schema>& schema) {
  const std::vector<std::string> bids = Bids();
  const std::vector<std::string_view> records(bids.begin(), bids.end());
  int64_t bytes = 0;
  for (const std::string_view record : records) bytes += static_cast<int64_t>(record.size());
  auto decoder = MakeJsonDecoder(schema).ValueOrDie();
  for (auto _ : state) {
    const DecodedBatch batch = decoder->Decode(records).ValueOrDie();
    if (batch.batch->num_rows() != kRecords) state.SkipWithError("a record was rejected");
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
  state.SetBytesProcessed(state.iterations() * bytes);
}

void BM_DecodeBids(benchmark::State& state) {
  Run(state, arrow::schema(
                 {arrow::field("auction", arrow::int64()), arrow::field("bidder", arrow::int64()),
                  arrow::field("price", arrow::int64()), arrow::field("channel", arrow::utf8()),
                  arrow::field("url", arrow::utf8()), arrow::field("date_time", arrow::int64()),
                  arrow::field("extra", arrow::utf8())}));
}
BENCHMARK(BM_DecodeBids);

void BM_DecodeTwoColumnsOfBids(benchmark::State& state) {
  Run(state, arrow::schema(
                 {arrow::field("auction", arrow::int64()), arrow::field("price", arrow::int64())}));
}
BENCHMARK(BM_DecodeTwoColumnsOfBids);

}  // namespace
}  // namespace headrace::format
