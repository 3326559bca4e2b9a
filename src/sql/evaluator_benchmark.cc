// Rows per second through a filter and a projection, at batches of 100, 10,000 and 100,000 rows.
#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/table_builder.h>
#include <benchmark/benchmark.h>

#include "sql/analyzer.h"
#include "sql/evaluator.h"

namespace headrace::sql {
namespace {

// Bids as Nexmark has them: of some 100 bytes a row.
std::shared_ptr<arrow::RecordBatch> Bids(int64_t rows) {
  const auto schema =
      arrow::schema({arrow::field("auction", arrow::int64()),
                     arrow::field("bidder", arrow::int64()), arrow::field("price", arrow::int64()),
                     arrow::field("channel", arrow::utf8()), arrow::field("url", arrow::utf8()),
                     arrow::field("time", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"))});
  auto batch = arrow::RecordBatchBuilder::Make(schema, arrow::default_memory_pool()).ValueOrDie();
  Status status;
  for (int64_t i = 0; i < rows; ++i) {
    status &= batch->GetFieldAs<arrow::Int64Builder>(0)->Append(i % 1000);
    status &= batch->GetFieldAs<arrow::Int64Builder>(1)->Append(i * 7 % 5000);
    status &= batch->GetFieldAs<arrow::Int64Builder>(2)->Append(i * 7919 % 10'000'000);
    auto* channel = batch->GetFieldAs<arrow::StringBuilder>(3);
    status &= channel->Append("channel-" + std::to_string(i % 10000));
    auto* url = batch->GetFieldAs<arrow::StringBuilder>(4);
    status &= url->Append("https://www.example.com/item.htm?query=" + std::to_string(i));
    auto* time = batch->GetFieldAs<arrow::TimestampBuilder>(5);
    status &= time->Append(1'700'000'000'000'000 + i * 100);
  }
  if (!status.ok()) status.Abort();
  return batch->Flush().ValueOrDie();
}

std::unique_ptr<Evaluator> Prepare(const std::shared_ptr<arrow::Schema>& schema,
                                   const std::string& columns, const std::string& filter) {
  const Relations relations = {{"bids", schema}};
  const auto plan = Analyze("SELECT " + columns + " FROM bids", relations).ValueOrDie();
  ExpressionPtr predicate;
  if (!filter.empty()) {
    predicate =
        std::get<Project>(
            Analyze("SELECT " + filter + " AS keep FROM bids", relations).ValueOrDie()->node)
            .expressions[0];
  }
  std::vector<std::string> names;
  for (const auto& field : plan->schema->fields()) names.push_back(field->name());
  return Evaluator::Make(schema, predicate, std::get<Project>(plan->node).expressions, names)
      .ValueOrDie();
}

void RunBatches(benchmark::State& state, const std::string& columns, const std::string& filter) {
  const auto batch = Bids(state.range(0));
  const auto evaluator = Prepare(batch->schema(), columns, filter);
  for (auto _ : state) benchmark::DoNotOptimize(evaluator->Run(batch).ValueOrDie());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// Half of the rows pass; one number is computed, the rest passes through.
void FilterProject(benchmark::State& state) {
  RunBatches(state, "auction, bidder, price * 0.908D AS euros, channel, url, time",
             "price > 5000000");
}
// Numbers only: what the engine's operators see most.
void FilterProjectNumbers(benchmark::State& state) {
  RunBatches(state, "auction, price * 0.908D AS euros", "price > 5000000");
}
void ProjectStrings(benchmark::State& state) {
  RunBatches(state, "upper(channel) AS channel, substring(url, 9, 15) AS host, auction", "");
}
void FilterByString(benchmark::State& state) {
  RunBatches(state, "auction, bidder", "url LIKE '%7' AND length(channel) > 10");
}
void CastAndTruncate(benchmark::State& state) {
  RunBatches(state, "date_trunc('minute', time) AS minute, CAST(price AS STRING) AS price", "");
}
void Columns(benchmark::State& state) { RunBatches(state, "url, price, auction", ""); }

BENCHMARK(FilterProject)->Arg(100)->Arg(10'000)->Arg(100'000);
BENCHMARK(FilterProjectNumbers)->Arg(100)->Arg(10'000)->Arg(100'000);
BENCHMARK(ProjectStrings)->Arg(100)->Arg(10'000)->Arg(100'000);
BENCHMARK(FilterByString)->Arg(100)->Arg(10'000)->Arg(100'000);
BENCHMARK(CastAndTruncate)->Arg(100)->Arg(10'000)->Arg(100'000);
BENCHMARK(Columns)->Arg(100)->Arg(100'000);

}  // namespace
}  // namespace headrace::sql
