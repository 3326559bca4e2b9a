// headrace's side of `make bench-hudi`: one step on a table, as the Hudi sink does it. The caller
// measures the whole process, with the reading of its input.
//
//   hudi_bench upsert FOLDER BUCKETS INPUT
//       one commit with the rows of the Parquet file INPUT
//   hudi_bench compact FOLDER
//       merges all log files into base files
//   hudi_bench commits FOLDER BUCKETS INPUT ROWS COUNT
//       COUNT commits of ROWS rows each, one a second; prints the milliseconds that each took
//   hudi_bench read FOLDER [OUTPUT]
//       reads every row and column of the snapshot, into an Arrow IPC file where OUTPUT is given
//
// Every step prints the number of its rows last, and its peak of resident memory, KiB: what the
// kernel tells the caller begins with the caller's own.
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <parquet/arrow/reader.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/memory_pool.h"
#include "hudi/commit.h"
#include "hudi/compaction.h"
#include "hudi/snapshot.h"
#include "hudi/table.h"

namespace headrace::hudi {
namespace {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

constexpr int64_t kBatchRows = 16'384;  // what a sink gets of the engine at once

Result<Batches> ReadInput(const std::string& path) {
  ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  parquet::arrow::FileReaderBuilder builder;
  RETURN_NOT_OK(builder.Open(file));
  parquet::ArrowReaderProperties properties;
  properties.set_batch_size(kBatchRows);
  ASSIGN_OR_RAISE(auto reader, builder.properties(properties)->Build());
  ASSIGN_OR_RAISE(auto stream, reader->GetRecordBatchReader());
  return stream->ToRecordBatches();
}

int64_t RowsOf(const Batches& batches) {
  int64_t rows = 0;
  for (const auto& batch : batches) rows += batch->num_rows();
  return rows;
}

Result<std::unique_ptr<Table>> Open(const std::string& folder, int buckets, const Batches& rows) {
  TableDefinition definition;
  definition.name = "events";
  definition.schema = rows.at(0)->schema();
  definition.key = {"id"};
  definition.order_by = "updated";
  definition.buckets = buckets;
  return Table::OpenOrCreate(storage::OpenLocalStorage(folder), definition);
}

Status CommitOnce(Table& table, const Batches& rows) {
  ASSIGN_OR_RAISE(const auto commit, table.Begin());
  RETURN_NOT_OK(commit->Write(rows, {}));
  return commit->Complete({{"headrace.checkpoint", "{}"}});
}

Result<int64_t> Upsert(const std::string& folder, int buckets, const std::string& input) {
  ASSIGN_OR_RAISE(const Batches rows, ReadInput(input));
  ASSIGN_OR_RAISE(const auto table, Open(folder, buckets, rows));
  RETURN_NOT_OK(CommitOnce(*table, rows));
  return RowsOf(rows);
}

Result<int64_t> Commits(const std::string& folder, int buckets, const std::string& input,
                        int64_t rows_each, int count) {
  ASSIGN_OR_RAISE(const Batches rows, ReadInput(input));
  if (rows.at(0)->num_rows() < rows_each) return Status::Invalid("the input has too few rows");
  ASSIGN_OR_RAISE(const auto table, Open(folder, buckets, rows));
  auto due = std::chrono::steady_clock::now();
  for (int number = 0; number < count; ++number, due += std::chrono::seconds(1)) {
    std::this_thread::sleep_until(due);
    const auto& batch = rows[number % rows.size()];
    const int64_t started_us = MonotonicMicros();
    RETURN_NOT_OK(CommitOnce(*table, {batch->Slice(0, std::min(rows_each, batch->num_rows()))}));
    std::printf("%.3f\n", static_cast<double>(MonotonicMicros() - started_us) / 1000);
  }
  return rows_each * count;
}

Result<int64_t> CompactAll(const std::string& folder) {
  ASSIGN_OR_RAISE(const auto table, Table::Open(storage::OpenLocalStorage(folder)));
  ASSIGN_OR_RAISE(const CompactionResult result, Compact(*table));
  return result.rows;
}

Result<int64_t> Read(const std::string& folder, const std::string& output) {
  ASSIGN_OR_RAISE(const auto table, Table::Open(storage::OpenLocalStorage(folder)));
  ASSIGN_OR_RAISE(const auto reader, ReadSnapshot(*table, {}));
  std::shared_ptr<arrow::io::FileOutputStream> file;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer;
  if (!output.empty()) {
    ASSIGN_OR_RAISE(file, arrow::io::FileOutputStream::Open(output));
    ASSIGN_OR_RAISE(writer, arrow::ipc::MakeFileWriter(file, reader->schema()));
  }
  int64_t rows = 0;
  for (const auto& item : *reader) {
    ASSIGN_OR_RAISE(const auto batch, item);
    rows += batch->num_rows();
    if (writer != nullptr) RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  if (writer == nullptr) return rows;
  RETURN_NOT_OK(writer->Close());
  RETURN_NOT_OK(file->Close());
  return rows;
}

Result<int64_t> Run(const std::vector<std::string>& words) {
  if (words.size() == 4 && words[0] == "upsert") {
    return Upsert(words[1], std::stoi(words[2]), words[3]);
  }
  if (words.size() == 6 && words[0] == "commits") {
    return Commits(words[1], std::stoi(words[2]), words[3], std::stoll(words[4]),
                   std::stoi(words[5]));
  }
  if (words.size() == 2 && words[0] == "compact") return CompactAll(words[1]);
  if (words.size() == 2 && words[0] == "read") return Read(words[1], "");
  if (words.size() == 3 && words[0] == "read") return Read(words[1], words[2]);
  return Status::Invalid(
      "usage: hudi_bench upsert|compact|commits|read FOLDER ...: see hudi_bench.cc");
}

// VmHWM of proc(5); 0 where there is none.
int64_t PeakKib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atoll(line.c_str() + 6);
  return 0;
}

int Main(int argc, char** argv) {
  const Result<int64_t> rows = Run({argv + 1, argv + argc});
  if (!rows.ok()) {
    std::fprintf(stderr, "%s\n", rows.status().ToString().c_str());
    return 1;
  }
  std::printf("%lld %lld\n", static_cast<long long>(*rows), static_cast<long long>(PeakKib()));
  return 0;
}

}  // namespace
}  // namespace headrace::hudi

int main(int argc, char** argv) {
  headrace::ChooseMemoryPool();
  return headrace::hudi::Main(argc, argv);
}
