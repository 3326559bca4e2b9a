// Writes and reads Hudi tables for the tests that compare headrace with other engines.
//
//   hudi_table_tool write FOLDER SPEC   makes the commits that the JSON file SPEC lists:
//                                       {"name", "type", "key", "partition_by", "hive_style",
//                                        "order_by", "buckets", "version",
//                                        "commits": [{"upserts", "deletes", "overwrite", "abort"}]}
//                                       where upserts and deletes name Arrow IPC files
//   hudi_table_tool read FOLDER FILE [as_of TIME | read_optimized | between FROM TO]
//                                       writes the table's rows, those as of a time, those of base
//                                       files, or those that commits between two times wrote, into
//                                       an Arrow IPC file
//   hudi_table_tool serve FOLDER WORDS   runs table services, "compact,clean,archive,savepoint,
//                                       restore,cluster", keeping as little as they may, once
//                                       what a dead writer left is rolled back; "compact:128" with
//                                       so many MiB of memory. Prints the peak of its resident
//                                       memory, KiB
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/memory_pool.h"
#include "hudi/archive.h"
#include "hudi/changes.h"
#include "hudi/clean.h"
#include "hudi/cluster.h"
#include "hudi/commit.h"
#include "hudi/compaction.h"
#include "hudi/restore.h"
#include "hudi/rollback.h"
#include "hudi/savepoint.h"
#include "hudi/snapshot.h"
#include "hudi/table.h"
#include "storage/open_storage.h"

namespace headrace::hudi {
namespace {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

Result<Batches> ReadBatches(const std::string& path, std::shared_ptr<arrow::Schema>* schema) {
  Batches batches;
  ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchFileReader::Open(file));
  *schema = reader->schema();
  for (int i = 0; i < reader->num_record_batches(); ++i) {
    ASSIGN_OR_RAISE(auto batch, reader->ReadRecordBatch(i));
    batches.push_back(std::move(batch));
  }
  return batches;
}

Status Write(const std::string& folder, const std::string& spec_path) {
  std::ifstream stream(spec_path);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const nlohmann::json spec = nlohmann::json::parse(text);
  TableDefinition definition;
  definition.name = spec.at("name");
  if (spec.value("type", "") == "copy_on_write") definition.type = TableType::kCopyOnWrite;
  definition.hive_style_partitions = spec.value("hive_style", false);
  definition.key = spec.at("key").get<std::vector<std::string>>();
  definition.partition_by = spec.at("partition_by").get<std::vector<std::string>>();
  definition.order_by = spec.at("order_by");
  definition.buckets = spec.at("buckets");
  definition.version = spec.at("version");
  for (const auto& step : spec.at("commits")) {
    std::shared_ptr<arrow::Schema> schema;
    ASSIGN_OR_RAISE(const Batches deletes, ReadBatches(step.at("deletes"), &schema));
    ASSIGN_OR_RAISE(const Batches upserts, ReadBatches(step.at("upserts"), &schema));
    definition.schema = schema;
    ASSIGN_OR_RAISE(auto storage, storage::OpenStorage(folder));
    ASSIGN_OR_RAISE(const auto table, Table::OpenOrCreate(std::move(storage), definition));
    ASSIGN_OR_RAISE(const auto commit, table->Begin(step.value("overwrite", false)
                                                        ? WriteOperation::kOverwritePartitions
                                                        : WriteOperation::kUpsert));
    RETURN_NOT_OK(commit->Write(upserts, deletes));
    if (step.value("abort", false)) continue;
    RETURN_NOT_OK(commit->Complete({{"headrace.checkpoint", "{}"}}));
    std::printf("%s %s\n", commit->instant().time.c_str(),
                commit->instant().completion_time.c_str());
  }
  return Status::OK();
}

Result<std::shared_ptr<arrow::RecordBatchReader>> OpenRows(Table& table,
                                                           const std::vector<std::string>& how) {
  SnapshotOptions options;
  if (how.size() == 3 && how[0] == "between")
    return ReadIncremental(table, {.from = how[1], .to = how[2], .columns = {}});
  if (how.size() == 2 && how[0] == "as_of") {
    options.as_of = how[1];
  } else if (how.size() == 1 && how[0] == "read_optimized") {
    options.read_optimized = true;
  } else if (!how.empty()) {
    return Status::Invalid("read takes: as_of TIME, read_optimized or between FROM TO");
  }
  options.threads = 2;
  return ReadSnapshot(table, options);
}

Status Read(const std::string& folder, const std::string& path,
            const std::vector<std::string>& how) {
  ASSIGN_OR_RAISE(auto storage, storage::OpenStorage(folder));
  ASSIGN_OR_RAISE(const auto opened, Table::Open(std::move(storage)));
  ASSIGN_OR_RAISE(const auto reader, OpenRows(*opened, how));
  ASSIGN_OR_RAISE(const auto table, reader->ToTable());
  ASSIGN_OR_RAISE(auto file, arrow::io::FileOutputStream::Open(path));
  ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeFileWriter(file, table->schema()));
  RETURN_NOT_OK(writer->WriteTable(*table));
  RETURN_NOT_OK(writer->Close());
  return file->Close();
}

// The newest completed commit.
std::string NewestCommit(Table& table) {
  std::string time;
  for (const Instant& instant : table.timeline().instants())
    if (instant.makes_data() && instant.state == InstantState::kCompleted) time = instant.time;
  return time;
}

Status Serve(const std::string& folder, const std::string& words) {
  ASSIGN_OR_RAISE(auto storage, storage::OpenStorage(folder));
  ASSIGN_OR_RAISE(const auto table, Table::Open(std::move(storage)));
  RETURN_NOT_OK(RollBackDeadCommits(table->storage(), table->timeline(), table->clock()));
  std::istringstream stream(words);
  const Retention retention = {.commits = 1};
  for (std::string word; std::getline(stream, word, ',');) {
    if (word.starts_with("compact")) {
      CompactionOptions options;
      if (word.size() > 8) options.budget = ServiceBudget(int64_t{std::stoi(word.substr(8))} << 20);
      RETURN_NOT_OK(Compact(*table, std::move(options)).status());
    } else if (word == "cluster") {
      RETURN_NOT_OK(MergeSmallFiles(*table, {.files_min = 2}).status());
    } else if (word == "clean") {
      RETURN_NOT_OK(Clean(*table, {.retention = retention}).status());
    } else if (word == "archive") {
      ArchiveOptions options;
      options.commits_max = options.commits_min = 1;
      options.retention = retention;
      RETURN_NOT_OK(Archive(*table, options).status());
    } else if (word == "savepoint") {
      RETURN_NOT_OK(CreateSavepoint(*table, NewestCommit(*table)));
    } else if (word == "restore") {
      std::string saved;
      for (const Instant& instant : table->timeline().instants())
        if (instant.action == "savepoint") saved = instant.time;
      RETURN_NOT_OK(Restore(*table, saved).status());
    } else {
      return Status::Invalid("no table service is called ", word);
    }
  }
  return Status::OK();
}

// VmHWM of proc(5); 0 where there is none.
int64_t PeakKib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atoll(line.c_str() + 6);
  return 0;
}

int Main(int argc, char** argv) {
  const std::string command = argc >= 4 ? argv[1] : "";
  Status status = Status::Invalid("usage: hudi_table_tool write|read|serve FOLDER FILE");
  if (command == "write") status = Write(argv[2], argv[3]);
  if (command == "serve") {
    status = Serve(argv[2], argv[3]);
    std::printf("%lld\n", static_cast<long long>(PeakKib()));
  }
  if (command == "read") status = Read(argv[2], argv[3], {argv + 4, argv + argc});
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace headrace::hudi

int main(int argc, char** argv) {
  headrace::ChooseMemoryPool();
  return headrace::hudi::Main(argc, argv);
}
