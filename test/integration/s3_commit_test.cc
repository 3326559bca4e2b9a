// Commits to a table in real S3: two writers at one moment, and how long a small one takes.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <latch>

#include "hudi/table_test_support.h"
#include "storage/forwarding_storage.h"
#include "storage/parallel.h"
#include "test/integration/s3_servers.h"

namespace headrace::hudi {
namespace {

class StoppedClock : public Clock {
 public:
  explicit StoppedClock(int64_t now_us) : now_us_(now_us) {}
  int64_t NowMicros() override { return now_us_; }

 private:
  const int64_t now_us_;
};

// Two writers meet before either requests its instant, so that neither sees that of the other.
class MeetingStorage : public storage::ForwardingStorage {
 public:
  MeetingStorage(std::shared_ptr<storage::Storage> storage, std::shared_ptr<std::latch> meeting)
      : ForwardingStorage(std::move(storage)), meeting_(std::move(meeting)) {}

  Status PutIfAbsent(const std::string& name, std::string_view data) override {
    if (name.ends_with(".requested")) meeting_->arrive_and_wait();
    return ForwardingStorage::PutIfAbsent(name, data);
  }

 private:
  const std::shared_ptr<std::latch> meeting_;
};

using S3Commit = TableTest;

// Only on MinIO: see s3_test.cc.
TEST_F(S3Commit, OfTwoWritersOfOneInstantOneCompletes) {
  const storage::S3Url place = NewPlace();
  constexpr int kRounds = 10;
  for (int round = 0; round < kRounds; ++round) {
    StoppedClock clock(1'790'000'000'000'000 + round * 10'000'000);
    const auto meeting = std::make_shared<std::latch>(2);
    std::vector<std::unique_ptr<Table>> writers;
    for (int i = 0; i < 2; ++i)
      writers.push_back(Table::OpenOrCreate(std::make_shared<MeetingStorage>(
                                                OpenAt(place, OptionsOf("minio")), meeting),
                                            Definition(), clock)
                            .ValueOrDie());
    std::vector<Status> results(2);
    ASSERT_TRUE(storage::RunParallel(2, 2, [&](int64_t i) {
                  results[i] = WriteCommit(*writers[i], {{"north", round, i, "writer"}}, {});
                  return Status::OK();
                }).ok());
    EXPECT_EQ(results[0].ok() + results[1].ok(), 1) << results[0] << "\n" << results[1];
  }
  const auto table = Table::Open(OpenAt(place, OptionsOf("minio"))).ValueOrDie();
  int64_t completed = 0;
  for (const Instant& instant : table->timeline().instants())
    completed += instant.action == "deltacommit" && instant.state == InstantState::kCompleted;
  EXPECT_EQ(completed, kRounds);
}

// No limits: this prints what docs/BENCHMARKS.md tells of.
TEST_F(S3Commit, Latency) {
  for (const char* server : {"minio", "versitygw"}) {
    const auto table =
        Table::OpenOrCreate(OpenAt(NewPlace(), OptionsOf(server)), Definition()).ValueOrDie();
    std::vector<double> milliseconds;
    for (int i = 0; i < 20; ++i) {
      std::vector<Row> rows;
      for (int64_t id = 0; id < 100; ++id) rows.push_back({"north", id, i, "name"});
      const auto begin = std::chrono::steady_clock::now();
      const auto commit = table->Begin().ValueOrDie();
      ASSERT_TRUE(commit->Write(ToBatches(rows), {}).ok());
      ASSERT_TRUE(commit->Complete({}).ok());
      milliseconds.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
              .count());
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    std::printf(
        "%s: commit of 100 rows into 4 file groups: %.0f ms (median of 20), %.0f ms at most\n",
        server, milliseconds[10], milliseconds.back());
  }
}

}  // namespace
}  // namespace headrace::hudi
