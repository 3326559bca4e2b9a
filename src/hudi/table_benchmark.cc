// Upserts into a table and snapshots of it: 1 M rows of some 200 bytes, a string key, 4 buckets.
#include <arrow/array.h>
#include <arrow/builder.h>
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <optional>
#include <random>

#include "base/test_folder.h"
#include "hudi/commit.h"
#include "hudi/data_block.h"
#include "hudi/parquet_file.h"
#include "hudi/snapshot.h"
#include "hudi/table.h"

namespace headrace::hudi {
namespace {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

constexpr int64_t kRows = 1'000'000;
constexpr int64_t kBatchRows = 16'384;

void Check(const Status& status) {
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    std::abort();
  }
}

// Rows `first`, `first` + `step`, ... below kRows; `version` is their ordering value.
Batches MakeRows(int64_t first, int64_t step, int64_t version) {
  const auto schema =
      arrow::schema({arrow::field("id", arrow::utf8()), arrow::field("updated", arrow::int64()),
                     arrow::field("value", arrow::float64()), arrow::field("count", arrow::int32()),
                     arrow::field("at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                     arrow::field("city", arrow::utf8()), arrow::field("note", arrow::utf8())});
  std::mt19937_64 random(version);
  Batches batches;
  for (int64_t row = first; row < kRows;) {
    arrow::StringBuilder ids, cities, notes;
    arrow::Int64Builder updates;
    arrow::DoubleBuilder values;
    arrow::Int32Builder counts;
    arrow::TimestampBuilder times(schema->field(4)->type(), arrow::default_memory_pool());
    int64_t rows = 0;
    for (; rows < kBatchRows && row < kRows; ++rows, row += step) {
      const uint64_t bits = random();
      Check(ids.Append(fmt::format("event-{:012}", row * 7'919 % 999'999'999'989)));
      Check(updates.Append(version));
      Check(values.Append(static_cast<double>(bits % 1'000'000) / 1000));
      Check(counts.Append(static_cast<int32_t>(bits >> 40)));
      Check(times.Append(1'767'225'600'000'000 + row * 1000));
      Check(cities.Append(fmt::format("city {}", bits % 500)));
      Check(
          notes.Append(fmt::format("{:016x} a note of some length that says little, {:016x}{:016x}",
                                   bits, bits * 31, bits * 17)));
    }
    batches.push_back(arrow::RecordBatch::Make(
        schema, rows,
        {*ids.Finish(), *updates.Finish(), *values.Finish(), *counts.Finish(), *times.Finish(),
         *cities.Finish(), *notes.Finish()}));
  }
  return batches;
}

int64_t RowsOf(const Batches& batches) {
  int64_t rows = 0;
  for (const auto& batch : batches) rows += batch->num_rows();
  return rows;
}

class TableBenchmark : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State&) override { folder_.emplace(); }
  void TearDown(const benchmark::State&) override { folder_.reset(); }

 protected:
  std::unique_ptr<Table> Open(const Batches& rows) {
    TableDefinition definition;
    definition.name = "events";
    definition.schema = rows[0]->schema();
    definition.key = {"id"};
    definition.order_by = "updated";
    auto table = Table::OpenOrCreate(storage::OpenLocalStorage(folder_->path()), definition);
    Check(table.status());
    return std::move(*table);
  }

  static void Upsert(Table& table, const Batches& rows) {
    const auto commit = table.Begin();
    Check(commit.status());
    Check((*commit)->Write(rows, {}));
    Check((*commit)->Complete({}));
  }

  std::optional<TestFolder> folder_;
};

// A million new rows in one commit: base files.
BENCHMARK_F(TableBenchmark, Insert)(benchmark::State& state) {
  const Batches rows = MakeRows(0, 1, 1);
  for (auto _ : state) {
    state.PauseTiming();
    folder_.emplace();
    const auto table = Open(rows);
    state.ResumeTiming();
    Upsert(*table, rows);
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

// A tenth of them again: log files.
BENCHMARK_F(TableBenchmark, Update)(benchmark::State& state) {
  const auto table = Open(MakeRows(0, 1, 1));
  Upsert(*table, MakeRows(0, 1, 1));
  const Batches rows = MakeRows(3, 10, 2);
  for (auto _ : state) Upsert(*table, rows);
  state.SetItemsProcessed(state.iterations() * RowsOf(rows));
}

// A hundred rows a commit: what an idle pipeline does each second.
BENCHMARK_F(TableBenchmark, SmallCommit)(benchmark::State& state) {
  const Batches rows = MakeRows(0, 10'000, 2);
  const auto table = Open(rows);
  for (auto _ : state) Upsert(*table, rows);
  state.SetItemsProcessed(state.iterations() * RowsOf(rows));
}

BENCHMARK_F(TableBenchmark, Snapshot)(benchmark::State& state) {
  const auto table = Open(MakeRows(0, 1, 1));
  Upsert(*table, MakeRows(0, 1, 1));
  Upsert(*table, MakeRows(3, 10, 2));
  for (auto _ : state) {
    const auto read = ReadTable(folder_->path());
    Check(read.status());
    if ((*read)->num_rows() != kRows) std::abort();
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

// The upserts of one commit to one bucket as a block of each form: kAvroBlockRowsMax was chosen by
// these bytes and times.
void EncodeBlock(benchmark::State& state, bool is_avro) {
  const auto batch = MakeRows(0, 1, 1)[0]->Slice(0, state.range(0));
  int64_t bytes = 0;
  for (auto _ : state) {
    bytes = is_avro ? static_cast<int64_t>(EncodeAvroBlock(batch).ValueOrDie().size())
                    : WriteParquet(*batch, {}).ValueOrDie()->size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(EncodeBlock, avro, true)->Arg(2)->Arg(8)->Arg(32)->Arg(128)->Arg(1024);
BENCHMARK_CAPTURE(EncodeBlock, parquet, false)->Arg(2)->Arg(8)->Arg(32)->Arg(128)->Arg(1024);

}  // namespace
}  // namespace headrace::hudi
