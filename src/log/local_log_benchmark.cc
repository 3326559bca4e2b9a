// Append and read throughput of the local log, in blocks of 64 KiB of JSON records.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <random>

#include "log/log.h"

namespace headrace::log {
namespace {

constexpr int64_t kBlockBytes = 64 << 10;

// Blocks differ, and hold what JSON holds: names that repeat and numbers that don't.
std::vector<std::string> Blocks() {
  std::mt19937_64 random(1);
  std::vector<std::string> blocks;
  for (int i = 0; i < 64; ++i) {
    RecordBlockBuilder builder;
    while (builder.bytes() < kBlockBytes) {
      const std::string id = std::to_string(random());
      builder.Append({.key = id,
                      .value = R"({"id":")" + id + R"(","properties":{"mag":)" +
                               std::to_string(static_cast<double>(random() % 900) / 100) +
                               R"(,"place":"somewhere )" + std::to_string(random() % 1000) +
                               R"(","time":)" +
                               std::to_string(1'500'000'000'000 + random() % 1'000'000'000) + "}}",
                      .timestamp_us = i});
    }
    blocks.push_back(builder.Finish());
  }
  return blocks;
}

std::string FreshFolder() {
  const std::string folder =
      (std::filesystem::temp_directory_path() / "headrace_log_benchmark").string();
  std::filesystem::remove_all(folder);
  return folder;
}

struct Shared {
  std::string folder;
  std::unique_ptr<Log> log;
};
Shared shared;

void BM_Append(benchmark::State& state, Durability durability) {
  static const std::vector<std::string> blocks = Blocks();
  if (state.thread_index() == 0) {
    shared.folder = FreshFolder();
    shared.log = OpenLocalLog(shared.folder, OpenMode::kReadWrite, durability).ValueOrDie();
  }
  std::shared_ptr<Topic> topic;
  size_t next = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    if (topic == nullptr) {
      topic = shared.log->OpenTopic("t" + std::to_string(state.thread_index()), {}).ValueOrDie();
    }
    const std::string& block = blocks[next++ % blocks.size()];
    topic->Append(0, block, {"bench", "cursor"}).ValueOrDie();
    bytes += static_cast<int64_t>(block.size());
  }
  state.SetBytesProcessed(bytes);
  topic.reset();
  if (state.thread_index() == 0) {
    shared.log.reset();
    std::filesystem::remove_all(shared.folder);
  }
}
BENCHMARK_CAPTURE(BM_Append, synced, Durability::kMachine)->UseRealTime()->Threads(1)->Threads(4);
BENCHMARK_CAPTURE(BM_Append, unsynced, Durability::kProcess)->UseRealTime()->Threads(1);

void BM_Read(benchmark::State& state) {
  const std::vector<std::string> blocks = Blocks();
  const std::string folder = FreshFolder();
  auto log = OpenLocalLog(folder, OpenMode::kReadWrite, Durability::kProcess).ValueOrDie();
  auto topic = log->OpenTopic("t", {}).ValueOrDie();
  for (int i = 0; i < 3000; ++i) topic->Append(0, blocks[i % blocks.size()], {}).ValueOrDie();
  int64_t bytes = 0;
  int64_t records = 0;
  int64_t offset = 0;
  for (auto _ : state) {
    const auto read = topic->Read(0, offset, {.bytes = 4 << 20}).ValueOrDie();
    for (const RecordBlock& block : read) {
      bytes += block.bytes();
      records += block.records();
    }
    offset = read.empty() ? 0 : read.back().next_offset();
  }
  state.SetBytesProcessed(bytes);
  state.SetItemsProcessed(records);
  topic.reset();
  log.reset();
  std::filesystem::remove_all(folder);
}
BENCHMARK(BM_Read)->UseRealTime();

}  // namespace
}  // namespace headrace::log
