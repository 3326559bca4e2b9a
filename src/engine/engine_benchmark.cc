// The engine's figures: the aggregate by itself, latest per key by itself, and the whole way from a
// topic through JSON and a view into a sink that keeps nothing.
#include <arrow/builder.h>
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "engine/aggregate.h"
#include "engine/benchmark_check.h"
#include "engine/latest_per_key.h"
#include "engine/rows.h"
#include "engine/runner.h"
#include "sql/analyzer.h"

namespace headrace::engine {
namespace {

constexpr int64_t kBatchRows = 64 << 10;
constexpr int kBatches = 32;
constexpr int64_t kHourUs = 3'600'000'000;

std::shared_ptr<arrow::Schema> EventSchema() {
  return arrow::schema({arrow::field("key", arrow::int64()),
                        arrow::field("time", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                        arrow::field("price", arrow::int64()),
                        arrow::field("x", arrow::float64())});
}

// Events of `keys` keys over an hour.
Delta Events(int64_t keys, int64_t batch) {
  arrow::Int64Builder key;
  arrow::TimestampBuilder time(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                               arrow::default_memory_pool());
  arrow::Int64Builder price;
  arrow::DoubleBuilder x;
  uint64_t random = 88172645463325252ULL + static_cast<uint64_t>(batch);
  for (int64_t i = 0; i < kBatchRows; ++i) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    Check(key.Append(static_cast<int64_t>((random >> 33) % static_cast<uint64_t>(keys))));
    Check(time.Append((batch * kBatchRows + i) * kHourUs / (kBatches * kBatchRows)));
    Check(price.Append(static_cast<int64_t>(random >> 50)));
    Check(x.Append(static_cast<double>(random >> 54) / 10));
  }
  auto columns = std::vector<std::shared_ptr<arrow::Array>>{
      Check(key.Finish()), Check(time.Finish()), Check(price.Finish()), Check(x.Finish())};
  Delta delta;
  delta.batches.push_back(
      {arrow::RecordBatch::Make(EventSchema(), kBatchRows, std::move(columns)), nullptr});
  return delta;
}

std::vector<Delta> AllEvents(int64_t keys) {
  std::vector<Delta> deltas;
  for (int batch = 0; batch < kBatches; ++batch) deltas.push_back(Events(keys, batch));
  return deltas;
}

// count(*), sum and max of an integer, by key in windows of an hour.
sql::Aggregate CountSumMax() {
  sql::Aggregate aggregate;
  aggregate.window = sql::Window{1, kHourUs, kHourUs, 0};
  aggregate.keys = {0};
  aggregate.calls = {{"count", std::nullopt, false, arrow::int64()},
                     {"sum", 2, false, arrow::int64()},
                     {"max", 2, false, arrow::int64()}};
  return aggregate;
}

void RunAggregate(benchmark::State& state, const sql::Aggregate& aggregate) {
  const std::vector<Delta> deltas = AllEvents(state.range(0));
  const auto time = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  arrow::FieldVector fields{arrow::field("window", arrow::struct_({arrow::field("start", time),
                                                                   arrow::field("end", time)})),
                            arrow::field("key", arrow::int64())};
  for (const auto& call : aggregate.calls) fields.push_back(arrow::field(call.function, call.type));
  const auto plan = Check(
      AggregatePlan::Make("v", EventSchema(), aggregate, *arrow::schema(fields), false, false));
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

void BM_TumblingGroupBy(benchmark::State& state) { RunAggregate(state, CountSumMax()); }
BENCHMARK(BM_TumblingGroupBy)->Arg(10)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void BM_TumblingSumOfDoubles(benchmark::State& state) {
  sql::Aggregate aggregate = CountSumMax();
  aggregate.calls = {{"sum", 3, false, arrow::float64()}, {"avg", 3, false, arrow::float64()}};
  RunAggregate(state, aggregate);
}
BENCHMARK(BM_TumblingSumOfDoubles)->Arg(10)->Unit(benchmark::kMillisecond);

void BM_LatestPerKey(benchmark::State& state) {
  std::vector<Delta> deltas = AllEvents(state.range(0));
  const auto schema = ChangeSchema(*EventSchema(), true, false);
  for (Delta& delta : deltas) {
    auto columns = delta.batches[0].batch->columns();
    columns.push_back(MakeWeights(std::vector<int8_t>(kBatchRows, 1)));
    delta.batches[0].batch = arrow::RecordBatch::Make(schema, kBatchRows, std::move(columns));
  }
  const auto plan = Check(LatestPerKeyPlan::Make("s", schema, {"key"}, {"time"}));
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
BENCHMARK(BM_LatestPerKey)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

// Takes everything and keeps nothing.
class NullSink : public sink::Sink {
 public:
  Result<int64_t> LastCommittedEpoch() override { return 0; }
  Status Write(const ChangeBatch&) override { return Status::OK(); }
  Status Commit(const sink::Epoch&, std::stop_token) override { return Status::OK(); }
  sink::SinkTotals totals() const override { return {}; }
};

// The log and the pipeline of the way from a topic to a sink.
struct Path {
  explicit Path(const std::string& sql, bool watermark) {
    std::filesystem::remove_all(folder);
    log = Check(log::OpenLocalLog(folder + "/log", log::OpenMode::kReadWrite));
    pipeline.name = "benchmark";
    pipeline.state = folder;
    pipeline::Source source;
    source.name = "bids";
    source.schema = source.read_schema =
        Check(sql::ParseSchema("auction BIGINT, price BIGINT, channel STRING, time TIMESTAMP"));
    pipeline.sources.push_back(source);
    pipeline::View bids{.name = "b", .sql = "SELECT * FROM bids", .plan = nullptr};
    bids.plan = Check(sql::Analyze(bids.sql, {{"bids", source.schema}}));
    if (watermark) bids.watermark = pipeline::Watermark{"time", 0};
    pipeline.views.push_back(bids);
    pipeline::View view{.name = "out", .sql = sql, .plan = nullptr};
    view.plan = Check(sql::Analyze(sql, {{"b", bids.plan->schema}}));
    pipeline.views.push_back(view);
    pipeline.sinks.push_back({"sink", "out", pipeline::ConsoleSink{}, {}});
    Fill();
  }
  ~Path() {
    log.reset();
    std::filesystem::remove_all(folder);
  }

  void Fill() {
    const auto topic = Check(log->OpenTopic("bids", {}));
    for (int64_t first = 0; first < kRecords; first += 10'000) {
      log::RecordBlockBuilder block;
      for (int64_t i = first; i < first + 10'000; ++i) {
        const std::string value = fmt::format(
            R"({{"auction":{},"bidder":{},"price":{},"channel":"channel-{}","url":"https://www.example.com/item.htm?query={}","time":"2026-01-01T{:02}:{:02}:{:02}.{:03}Z"}})",
            i % 1000, i * 7 % 5000, i * 31 % 10'000'000, i % 10, i, i / 36'000'00 % 24,
            i / 60'000 % 60, i / 1000 % 60, i % 1000);
        log::Record record;
        record.value = value;
        block.Append(record);
      }
      Check(topic->Append(0, block.Finish(), {}).status());
    }
  }

  static constexpr int64_t kRecords = 1'000'000;
  const std::string folder =
      (std::filesystem::temp_directory_path() / "headrace_engine_benchmark").string();
  std::unique_ptr<log::Log> log;
  pipeline::Pipeline pipeline;
};

void RunPath(benchmark::State& state, const std::string& sql, bool watermark) {
  Path path(sql, watermark);
  for (auto _ : state) {
    state.PauseTiming();
    std::filesystem::remove_all(path.folder + "/checkpoint");
    metrics::Registry registry;
    RunnerOptions options;
    options.make_sink = [](const pipeline::Sink&,
                           std::shared_ptr<arrow::Schema>) -> Result<std::unique_ptr<sink::Sink>> {
      return std::make_unique<NullSink>();
    };
    auto runner = Check(Runner::Open(path.pipeline, *path.log, registry, Clock::System(), options));
    state.ResumeTiming();
    Check(runner->Run(std::stop_token(), [] { return true; }));
  }
  state.SetItemsProcessed(state.iterations() * Path::kRecords);
}

void BM_TopicToFilterToNothing(benchmark::State& state) {
  RunPath(state,
          "SELECT auction, price * 908 / 1000 AS price, channel FROM b WHERE price > 5000000",
          false);
}
BENCHMARK(BM_TopicToFilterToNothing)->Unit(benchmark::kMillisecond);

void BM_TopicToWindowsToNothing(benchmark::State& state) {
  RunPath(
      state,
      "SELECT window.start AS time, channel, count(*) AS bids, sum(price) AS total, max(price) AS "
      "most FROM b GROUP BY window(time, '10 seconds'), channel",
      true);
}
BENCHMARK(BM_TopicToWindowsToNothing)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace headrace::engine
