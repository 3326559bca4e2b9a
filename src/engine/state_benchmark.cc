// What a state costs as it grows: an updating aggregate over 1 k to 10 M keys, its checkpoints, and
// the restart from them. Without HEADRACE_STATE_KEYS=10000000 it ends at 1 M keys.
#include <arrow/builder.h>
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "engine/aggregate.h"
#include "engine/benchmark_check.h"
#include "engine/checkpoint_store.h"

namespace headrace::engine {
namespace {

constexpr int64_t kBatchRows = 64 << 10;
constexpr int kBatches = 64;
// An epoch of the fill; what one second of such rows is, about.
constexpr int64_t kEpochRows = 1 << 20;
constexpr double kMiB = 1 << 20;

std::shared_ptr<arrow::Schema> EventSchema() {
  return arrow::schema({arrow::field("key", arrow::int64()), arrow::field("v", arrow::int64())});
}

template <typename KeyOf>
Delta Rows(int64_t rows, KeyOf key_of) {
  arrow::Int64Builder key, value;
  for (int64_t i = 0; i < rows; ++i) {
    Check(key.Append(key_of(i)));
    Check(value.Append(i));
  }
  Delta delta;
  delta.batches.push_back(
      {arrow::RecordBatch::Make(EventSchema(), rows, {Check(key.Finish()), Check(value.Finish())}),
       nullptr});
  return delta;
}

Delta RandomRows(int64_t rows, int64_t keys, uint64_t seed) {
  uint64_t random = 88172645463325252ULL + seed;
  return Rows(rows, [&](int64_t) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int64_t>((random >> 33) % static_cast<uint64_t>(keys));
  });
}

// A line of /proc/self/status in MiB: "VmRSS", "VmHWM" (the peak).
double MemoryMiB(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == name + ":" && status >> kib) return kib / 1024;
  }
  return 0;
}

void ForgetPeak() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;
}

// SELECT key, count(*), sum(v), max(v) GROUP BY key, with every key there, and its checkpoints.
class FilledState {
 public:
  explicit FilledState(int64_t keys)
      : keys_(keys),
        folder_(std::filesystem::temp_directory_path() /
                fmt::format("headrace_state_benchmark.{}.{}", ::getpid(), keys)) {
    ForgetPeak();
    const double before = MemoryMiB("VmRSS");
    sql::Aggregate aggregate;
    aggregate.keys = {0};
    aggregate.calls = {{"count", std::nullopt, false, arrow::int64()},
                       {"sum", 1, false, arrow::int64()},
                       {"max", 1, false, arrow::int64()}};
    const arrow::Schema data({arrow::field("key", arrow::int64()),
                              arrow::field("n", arrow::int64()), arrow::field("s", arrow::int64()),
                              arrow::field("m", arrow::int64())});
    plan_ = Check(AggregatePlan::Make("v", EventSchema(), aggregate, data, false, false));
    state_ = Check(plan_->Open());
    std::filesystem::remove_all(folder_);
    store_ = Check(CheckpointStore::Open(folder_));
    for (int64_t first = 0; first < keys; first += kBatchRows) {
      // In an order that is not that of the keys.
      Process(Rows(std::min(kBatchRows, keys - first),
                   [&](int64_t i) { return (first + i) * 1'000'003 % keys; }));
      if ((first + kBatchRows) % kEpochRows == 0 || first + kBatchRows >= keys) Checkpoint();
    }
    Check(store_->FinishFolding());
    malloc_trim(0);
    memory_mib_ = MemoryMiB("VmRSS") - before;
    peak_mib_ = MemoryMiB("VmHWM") - before;
  }
  ~FilledState() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Process(const Delta& delta) {
    const Delta* input = &delta;
    MicroBatch context;
    benchmark::DoNotOptimize(Check(state_->Process({&input, 1}, context)));
  }

  // Returns the bytes of what changed.
  int64_t Checkpoint() {
    StateBlock block;
    state_->SaveChanges(&block);
    const auto bytes = static_cast<int64_t>(block.bytes().size());
    const EpochPlan plan{++epoch_, 0, {{"bids", 0, epoch_, epoch_ + 1}}};
    Check(store_->StoreCheckpoint(plan, {{"v/aggregate", "v", std::move(block)}}));
    return bytes;
  }

  void FinishFolding() { Check(store_->FinishFolding()); }

  // Ends the run, and begins it again from the checkpoints.
  void Restart() {
    state_ = Check(plan_->Open());
    store_.reset();
    store_ = Check(CheckpointStore::Open(folder_));
    Check(store_->VisitState("v/aggregate", [&](std::string_view block) {
      return VisitStateBlock(block,
                             [&](std::string_view key, std::optional<std::string_view> value) {
                               return state_->Restore(key, value);
                             });
    }));
  }

  int64_t keys() const { return keys_; }
  double memory_mib() const { return memory_mib_; }
  double peak_mib() const { return peak_mib_; }
  int64_t stored_bytes() const { return store_->StateBytes("v/aggregate"); }
  StateSize size() const { return state_->state_size(); }

 private:
  const int64_t keys_;
  const std::filesystem::path folder_;
  std::shared_ptr<const AggregatePlan> plan_;
  std::unique_ptr<OperatorState> state_;
  std::unique_ptr<CheckpointStore> store_;
  int64_t epoch_ = 0;
  double memory_mib_ = 0;
  double peak_mib_ = 0;
};

// One of them is there at a time.
FilledState& StateOf(int64_t keys) {
  // Made with its first store: so it goes before what RocksDB keeps to the end of the process.
  static std::unique_ptr<FilledState> state = std::make_unique<FilledState>(keys);
  if (state->keys() != keys) {
    state.reset();
    state = std::make_unique<FilledState>(keys);
  }
  return *state;
}

void BM_StateUpdate(benchmark::State& state) {
  FilledState& filled = StateOf(state.range(0));
  std::vector<Delta> deltas;
  for (int batch = 0; batch < kBatches; ++batch)
    deltas.push_back(RandomRows(kBatchRows, filled.keys(), batch));
  size_t next = 0;
  for (auto _ : state) filled.Process(deltas[next++ % deltas.size()]);
  state.SetItemsProcessed(state.iterations() * kBatchRows);
  state.counters["memory_MiB"] = filled.memory_mib();
  state.counters["peak_MiB"] = filled.peak_mib();
  state.counters["stored_MiB"] = static_cast<double>(filled.stored_bytes()) / kMiB;
}

// Some rows of different keys and then a checkpoint. The time is all that a checkpoint costs, what
// is folded in the background too; wait_ms is how long the epoch waits for it.
void BM_StateCheckpoint(benchmark::State& state) {
  FilledState& filled = StateOf(state.range(0));
  const int64_t changed = state.range(1);
  int64_t bytes = 0;
  int64_t waited_us = 0;
  uint64_t seed = 0;
  filled.Checkpoint();  // of what was changed before
  filled.FinishFolding();
  for (auto _ : state) {
    state.PauseTiming();
    filled.Process(RandomRows(changed, filled.keys(), ++seed));
    state.ResumeTiming();
    const int64_t begun_us = MonotonicMicros();
    bytes += filled.Checkpoint();
    waited_us += MonotonicMicros() - begun_us;
    filled.FinishFolding();
  }
  const auto count = static_cast<double>(state.iterations());
  state.SetItemsProcessed(state.iterations() * changed);
  state.counters["wait_ms"] = static_cast<double>(waited_us) / 1e3 / count;
  state.counters["changed_KiB"] = static_cast<double>(bytes) / 1024 / count;
}

void BM_StateRestart(benchmark::State& state) {
  FilledState& filled = StateOf(state.range(0));
  for (auto _ : state) filled.Restart();
  if (filled.size().rows != filled.keys()) state.SkipWithError("not every key was restored");
  state.SetItemsProcessed(state.iterations() * filled.keys());
  state.counters["stored_MiB"] = static_cast<double>(filled.stored_bytes()) / kMiB;
}

const int kRegistered = [] {
  const char* text = std::getenv("HEADRACE_STATE_KEYS");
  const int64_t keys_max = text == nullptr ? 1'000'000 : std::atoll(text);
  // All of one size, then the next: a state of 10 M keys is filled once.
  for (const int64_t keys : {1'000L, 100'000L, 1'000'000L, 10'000'000L}) {
    if (keys > keys_max) continue;
    benchmark::RegisterBenchmark("BM_StateUpdate", BM_StateUpdate)
        ->Arg(keys)
        ->Unit(benchmark::kMillisecond);
    for (const int64_t changed : {int64_t{1'000}, kBatchRows}) {
      // Enough of them that folding, which comes now and then, has its part.
      benchmark::RegisterBenchmark("BM_StateCheckpoint", BM_StateCheckpoint)
          ->Args({keys, changed})
          ->Iterations(100)
          ->MeasureProcessCPUTime()
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
    benchmark::RegisterBenchmark("BM_StateRestart", BM_StateRestart)
        ->Arg(keys)
        ->Unit(benchmark::kMillisecond);
  }
  return 0;
}();

}  // namespace
}  // namespace headrace::engine
