#include <arrow/array.h>
#include <arrow/builder.h>
#include <benchmark/benchmark.h>

#include "format/random_array.h"
#include "format/row_codec.h"

namespace headrace::format {
namespace {

constexpr int64_t kRows = 10'000;

// A key and a value of a grouped window: two timestamps, a text, two numbers.
std::vector<std::shared_ptr<arrow::Array>> Columns() {
  const auto time = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  arrow::TimestampBuilder start(time, arrow::default_memory_pool());
  arrow::StringBuilder text;
  arrow::Int64Builder count;
  arrow::DoubleBuilder price;
  for (int64_t i = 0; i < kRows; ++i) {
    Require(start.Append(1'700'000'000'000'000 + i * 1'000'000));
    Require(text.Append("auction-" + std::to_string(i * 7919 % 1000)));
    Require(count.Append(i));
    Require(price.Append(static_cast<double>(i) * 1.1));
  }
  auto starts = start.Finish().ValueOrDie();
  return {starts, starts, text.Finish().ValueOrDie(), count.Finish().ValueOrDie(),
          price.Finish().ValueOrDie()};
}

std::vector<std::shared_ptr<arrow::DataType>> Types(
    const std::vector<std::shared_ptr<arrow::Array>>& columns) {
  std::vector<std::shared_ptr<arrow::DataType>> types;
  for (const auto& column : columns) types.push_back(column->type());
  return types;
}

void BM_EncodeRows(benchmark::State& state) {
  const auto columns = Columns();
  RowEncoder encoder(Types(columns));
  std::string out;
  for (auto _ : state) {
    encoder.Bind(columns);
    out.clear();
    for (int64_t i = 0; i < kRows; ++i) encoder.Encode(i, &out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * kRows);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(out.size()));
}
BENCHMARK(BM_EncodeRows);

void BM_DecodeRows(benchmark::State& state) {
  const auto columns = Columns();
  RowEncoder encoder(Types(columns));
  encoder.Bind(columns);
  std::vector<std::string> rows(kRows);
  for (int64_t i = 0; i < kRows; ++i) encoder.Encode(i, &rows[i]);
  RowDecoder decoder(Types(columns));
  for (auto _ : state) {
    for (const std::string& row : rows) Require(decoder.Append(row));
    benchmark::DoNotOptimize(decoder.Finish().ValueOrDie());
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(BM_DecodeRows);

}  // namespace
}  // namespace headrace::format
