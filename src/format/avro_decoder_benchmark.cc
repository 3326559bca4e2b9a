// The records of json_decoder_benchmark.cc as Avro, from a registry in this process.
#include <arrow/record_batch.h>
#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>

#include "avro/binary.h"
#include "format/decoder.h"
#include "http/test_server.h"

namespace headrace::format {
namespace {

constexpr int64_t kRecords = 20'000;
constexpr char kSchema[] = R"({"type":"record","name":"bid","fields":[
  {"name":"auction","type":"long"},{"name":"bidder","type":"long"},{"name":"price","type":"long"},
  {"name":"channel","type":"string"},{"name":"url","type":["null","string"]},
  {"name":"date_time","type":"long"},{"name":"extra","type":"string"}]})";

std::vector<std::string> Bids() {
  std::vector<std::string> bids;
  for (int64_t i = 0; i < kRecords; ++i) {
    std::string bid("\0\0\0\0\x01", 5);
    avro::Writer writer(&bid);
    writer.Long(1000 + i * 7919 % 100'000);
    writer.Long(2000 + i * 104'729 % 50'000);
    writer.Long(i * 31 % 10'000'000);
    writer.String("channel-" + std::to_string(i % 100));
    writer.Long(1);
    writer.String("https://www.example.com/auction/item.htm?query=" + std::to_string(i));
    writer.Long(1'700'000'000'000 + i);
    writer.String("abcdefghijklmnopqrstuvwxyz0123456789");
    bids.push_back(std::move(bid));
  }
  return bids;
}

void Run(benchmark::State& state, const std::shared_ptr<arrow::Schema>& schema) {
  http::TestServer server;
  server.get().Get("/schemas/ids/1", [](const auto&, auto& response) {
    response.set_content(nlohmann::json({{"schema", kSchema}}).dump(), "application/json");
  });
  server.Start();
  pipeline::AvroFormat format;
  format.registry = server.url();
  const std::vector<std::string> bids = Bids();
  const std::vector<std::string_view> records(bids.begin(), bids.end());
  int64_t bytes = 0;
  for (const std::string_view record : records) bytes += static_cast<int64_t>(record.size());
  auto decoder = MakeAvroDecoder(format, schema).ValueOrDie();
  for (auto _ : state) {
    const DecodedBatch batch = decoder->Decode(records).ValueOrDie();
    if (batch.batch->num_rows() != kRecords) state.SkipWithError("a record was rejected");
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
  state.SetBytesProcessed(state.iterations() * bytes);
}

void BM_DecodeAvroBids(benchmark::State& state) {
  Run(state, arrow::schema(
                 {arrow::field("auction", arrow::int64()), arrow::field("bidder", arrow::int64()),
                  arrow::field("price", arrow::int64()), arrow::field("channel", arrow::utf8()),
                  arrow::field("url", arrow::utf8()), arrow::field("date_time", arrow::int64()),
                  arrow::field("extra", arrow::utf8())}));
}
BENCHMARK(BM_DecodeAvroBids);

void BM_DecodeTwoColumnsOfAvroBids(benchmark::State& state) {
  Run(state, arrow::schema(
                 {arrow::field("auction", arrow::int64()), arrow::field("price", arrow::int64())}));
}
BENCHMARK(BM_DecodeTwoColumnsOfAvroBids);

}  // namespace
}  // namespace headrace::format
