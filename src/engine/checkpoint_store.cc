#include "engine/checkpoint_store.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/fault.h"
#include "base/random_id.h"
#include "engine/block_catalog.h"
#include "engine/bytes.h"
#include "log/folder_lock.h"
#include "log/rocksdb_logger.h"

namespace headrace::engine {
namespace {

constexpr std::string_view kFormatVersion = "1";
constexpr std::string_view kVersionKey = "version";
constexpr std::string_view kIdKey = "id";
constexpr std::string_view kPlanKey = "plan";
constexpr std::string_view kCheckpointKey = "checkpoint";
constexpr std::string_view kOperatorPrefix = "operator ";
constexpr std::string_view kStatePrefix = "state ";
// A block is stored in parts of at most this size; RocksDB bounds a value.
constexpr size_t kPartBytes = 4 << 20;

Status Checked(const std::string& doing, const rocksdb::Status& status) {
  if (status.ok()) return Status::OK();
  return Status::IOError("cannot ", doing, " the checkpoint store: ", status.ToString());
}

rocksdb::Options DatabaseOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 32 << 20;
  options.max_background_jobs = 2;
  options.max_total_wal_size = 128 << 20;
  options.info_log = log::MakeRocksDbLogger();
  options.compression = rocksdb::kLZ4Compression;
  options.enable_blob_files = true;
  options.min_blob_size = 4 << 10;
  options.blob_compression_type = rocksdb::kLZ4Compression;
  options.enable_blob_garbage_collection = true;
  return options;
}

rocksdb::WriteOptions Synced() {
  rocksdb::WriteOptions options;
  options.sync = true;
  return options;
}

// Big-endian, so that keys sort by epoch and part.
void AppendOrdered(uint64_t value, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) out->push_back(static_cast<char>(value >> shift));
}

std::string StateKey(const std::string& id, int64_t epoch, uint64_t part) {
  std::string key(kStatePrefix);
  key += id;
  key += '\0';
  AppendOrdered(static_cast<uint64_t>(epoch), &key);
  AppendOrdered(part, &key);
  return key;
}

// Returns id and epoch of a state key.
Result<std::pair<std::string, int64_t>> ParseStateKey(std::string_view key) {
  constexpr size_t kNumbers = 16;
  if (key.size() < kStatePrefix.size() + 1 + kNumbers) {
    return Status::IOError("the checkpoint store holds a malformed key");
  }
  const std::string_view id =
      key.substr(kStatePrefix.size(), key.size() - kStatePrefix.size() - 1 - kNumbers);
  uint64_t epoch = 0;
  for (size_t i = 0; i < 8; ++i) {
    epoch = epoch << 8 | static_cast<uint8_t>(key[key.size() - kNumbers + i]);
  }
  return std::pair(std::string(id), static_cast<int64_t>(epoch));
}

std::string EncodePlan(const EpochPlan& plan) {
  std::string out;
  AppendNumber(plan.number, &out);
  AppendNumber(plan.clock_us, &out);
  for (const EpochRange& range : plan.ranges) {
    AppendString(range.topic, &out);
    AppendNumber(range.partition, &out);
    AppendNumber(range.begin, &out);
    AppendNumber(range.end, &out);
  }
  return out;
}

Result<EpochPlan> DecodePlan(std::string_view bytes) {
  EpochPlan plan;
  ByteReader reader(bytes);
  RETURN_NOT_OK(reader.ReadNumber(&plan.number));
  RETURN_NOT_OK(reader.ReadNumber(&plan.clock_us));
  while (!reader.done()) {
    EpochRange range;
    std::string_view topic;
    RETURN_NOT_OK(reader.ReadString(&topic));
    range.topic = topic;
    RETURN_NOT_OK(reader.ReadNumber(&range.partition));
    RETURN_NOT_OK(reader.ReadNumber(&range.begin));
    RETURN_NOT_OK(reader.ReadNumber(&range.end));
    plan.ranges.push_back(std::move(range));
  }
  return plan;
}

class RocksCheckpointStore : public CheckpointStore {
 public:
  ~RocksCheckpointStore() override {
    stop_folding_ = true;
    if (folder_thread_.joinable()) folder_thread_.join();
  }

  Status Load(const std::string& folder);
  Status LoadToRead(const std::string& folder);

  const std::string& id() const override { return id_; }
  const std::optional<EpochPlan>& planned() const override { return planned_; }
  int64_t completed_epoch() const override { return completed_epoch_; }
  const Offsets& offsets() const override { return offsets_; }
  const std::map<std::string, std::string>& fingerprints() const override { return fingerprints_; }

  Status Reset() override;
  Status StorePlan(const EpochPlan& plan) override;
  Status StoreCheckpoint(const EpochPlan& plan,
                         const std::vector<OperatorChanges>& changes) override;
  int64_t StateBytes(const std::string& id) const override;
  Status VisitState(const std::string& id,
                    const std::function<Status(std::string_view)>& visit) override;
  Status FinishFolding() override;

 private:
  Status CheckVersion();
  Status LoadId();
  Status LoadEntries();
  Status LoadEntry(std::string_view key, std::string_view value);
  std::string EncodeCheckpoint(const EpochPlan& plan) const;
  Status DecodeCheckpoint(std::string_view bytes);
  Result<std::string> ReadBlock(const std::string& id, int64_t epoch);
  static int64_t PutBlock(const std::string& id, int64_t epoch, const std::string& bytes,
                          rocksdb::WriteBatch* batch);
  void StartFolding();
  Status FoldAll();
  Status Fold(const FoldTask& task);

  std::unique_ptr<log::FolderLock> lock_;  // before db_: freed after it was closed
  std::unique_ptr<rocksdb::DB> db_;
  std::string id_;
  std::optional<EpochPlan> planned_;
  int64_t completed_epoch_ = 0;
  Offsets offsets_;
  std::map<std::string, std::string> fingerprints_;

  mutable std::mutex mutex_;  // guards the next three
  BlockCatalog catalog_;
  bool folding_ = false;
  Status fold_status_;
  std::atomic<bool> stop_folding_ = false;
  std::thread folder_thread_;
};

Status RocksCheckpointStore::Load(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return UserError("cannot create the folder " + folder + ": " + error.message(),
                     "name a folder in `state:` that this user may write to");
  }
  ASSIGN_OR_RAISE(lock_, log::FolderLock::Acquire(folder));
  rocksdb::DB* db = nullptr;
  RETURN_NOT_OK(Checked("open", rocksdb::DB::Open(DatabaseOptions(), folder, &db)));
  db_.reset(db);
  RETURN_NOT_OK(CheckVersion());
  RETURN_NOT_OK(LoadId());
  return LoadEntries();
}

Status RocksCheckpointStore::LoadToRead(const std::string& folder) {
  if (!std::filesystem::exists(folder + "/CURRENT")) {
    return UserError("there is no state in the folder " + folder,
                     "a pipeline makes it when it runs: `headrace run FILE`");
  }
  rocksdb::DB* db = nullptr;
  RETURN_NOT_OK(Checked("open", rocksdb::DB::OpenForReadOnly(DatabaseOptions(), folder, &db)));
  db_.reset(db);
  std::string version;
  // Made a moment ago; there is nothing in it.
  if (db_->Get({}, std::string(kVersionKey), &version).IsNotFound()) return Status::OK();
  RETURN_NOT_OK(CheckVersion());
  RETURN_NOT_OK(Checked("read", db_->Get({}, std::string(kIdKey), &id_)));
  return LoadEntries();
}

Status RocksCheckpointStore::CheckVersion() {
  std::string version;
  const rocksdb::Status status = db_->Get({}, std::string(kVersionKey), &version);
  if (status.IsNotFound()) {
    return Checked("write", db_->Put(Synced(), std::string(kVersionKey), kFormatVersion));
  }
  RETURN_NOT_OK(Checked("read", status));
  if (version == kFormatVersion) return Status::OK();
  return UserError(
      "the state has format " + version + "; this headrace reads " + std::string(kFormatVersion),
      "use the headrace that wrote it, or another `state:` folder");
}

// A store that was made before stores had one gets its own now.
Status RocksCheckpointStore::LoadId() {
  const rocksdb::Status status = db_->Get({}, std::string(kIdKey), &id_);
  if (!status.IsNotFound()) return Checked("read", status);
  id_ = RandomId();
  return Checked("write", db_->Put(Synced(), std::string(kIdKey), id_));
}

Status RocksCheckpointStore::LoadEntries() {
  const std::unique_ptr<rocksdb::Iterator> entries(db_->NewIterator({}));
  for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
    RETURN_NOT_OK(LoadEntry(entries->key().ToStringView(), entries->value().ToStringView()));
  }
  return Checked("read", entries->status());
}

Status RocksCheckpointStore::LoadEntry(std::string_view key, std::string_view value) {
  if (key == kPlanKey) {
    ASSIGN_OR_RAISE(planned_, DecodePlan(value));
  } else if (key == kCheckpointKey) {
    return DecodeCheckpoint(value);
  } else if (key.starts_with(kOperatorPrefix)) {
    fingerprints_[std::string(key.substr(kOperatorPrefix.size()))] = value;
  } else if (key.starts_with(kStatePrefix)) {
    ASSIGN_OR_RAISE(const auto parsed, ParseStateKey(key));
    catalog_.Add(parsed.first, {parsed.second, static_cast<int64_t>(value.size())});
  }
  return Status::OK();
}

std::string RocksCheckpointStore::EncodeCheckpoint(const EpochPlan& plan) const {
  Offsets offsets = offsets_;
  for (const EpochRange& range : plan.ranges) offsets[{range.topic, range.partition}] = range.end;
  EpochPlan done{plan.number, plan.clock_us, {}};
  for (const auto& [place, offset] : offsets) {
    done.ranges.push_back({place.first, place.second, 0, offset});
  }
  return EncodePlan(done);
}

Status RocksCheckpointStore::DecodeCheckpoint(std::string_view bytes) {
  ASSIGN_OR_RAISE(const EpochPlan done, DecodePlan(bytes));
  completed_epoch_ = done.number;
  for (const EpochRange& range : done.ranges) {
    offsets_[{range.topic, range.partition}] = range.end;
  }
  return Status::OK();
}

Status RocksCheckpointStore::Reset() {
  RETURN_NOT_OK(FinishFolding());
  rocksdb::WriteBatch batch;
  const std::unique_ptr<rocksdb::Iterator> entries(db_->NewIterator({}));
  for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
    const std::string_view key = entries->key().ToStringView();
    if (key != kVersionKey && key != kIdKey) batch.Delete(entries->key());
  }
  RETURN_NOT_OK(Checked("read", entries->status()));
  const int64_t last = std::max(completed_epoch_, planned_.has_value() ? planned_->number : 0);
  batch.Put(std::string(kCheckpointKey), EncodePlan({last, 0, {}}));
  RETURN_NOT_OK(Checked("write", db_->Write(Synced(), &batch)));
  planned_.reset();
  completed_epoch_ = last;
  offsets_.clear();
  fingerprints_.clear();
  const std::lock_guard lock(mutex_);
  catalog_.Clear();
  return Status::OK();
}

Status RocksCheckpointStore::StorePlan(const EpochPlan& plan) {
  RETURN_NOT_OK(Checked("write", db_->Put(Synced(), std::string(kPlanKey), EncodePlan(plan))));
  planned_ = plan;
  return Status::OK();
}

int64_t RocksCheckpointStore::PutBlock(const std::string& id, int64_t epoch,
                                       const std::string& bytes, rocksdb::WriteBatch* batch) {
  uint64_t part = 0;
  // An empty block has one part too: it says that there is nothing.
  for (size_t at = 0; at == 0 || at < bytes.size(); at += kPartBytes) {
    const size_t size = std::min(kPartBytes, bytes.size() - at);
    batch->Put(StateKey(id, epoch, part++), rocksdb::Slice(bytes.data() + at, size));
  }
  return static_cast<int64_t>(bytes.size());
}

Status RocksCheckpointStore::StoreCheckpoint(const EpochPlan& plan,
                                             const std::vector<OperatorChanges>& changes) {
  rocksdb::WriteBatch batch;
  for (const OperatorChanges& one : changes) {
    batch.Put(std::string(kOperatorPrefix) + one.id, one.fingerprint);
    PutBlock(one.id, plan.number, one.block.bytes(), &batch);
  }
  batch.Put(std::string(kCheckpointKey), EncodeCheckpoint(plan));
  RETURN_NOT_OK(Checked("write", db_->Write(Synced(), &batch)));
  completed_epoch_ = plan.number;
  for (const EpochRange& range : plan.ranges) offsets_[{range.topic, range.partition}] = range.end;
  {
    const std::lock_guard lock(mutex_);
    for (const OperatorChanges& one : changes) {
      fingerprints_[one.id] = one.fingerprint;
      catalog_.Add(one.id, {plan.number, static_cast<int64_t>(one.block.bytes().size())});
    }
    RETURN_NOT_OK(fold_status_);
  }
  StartFolding();
  return Status::OK();
}

Result<std::string> RocksCheckpointStore::ReadBlock(const std::string& id, int64_t epoch) {
  std::string block;
  for (uint64_t part = 0;; ++part) {
    std::string bytes;
    const rocksdb::Status status = db_->Get({}, StateKey(id, epoch, part), &bytes);
    if (status.IsNotFound() && part > 0) return block;
    RETURN_NOT_OK(Checked("read", status));
    block += bytes;
  }
}

int64_t RocksCheckpointStore::StateBytes(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return catalog_.Bytes(id);
}

Status RocksCheckpointStore::VisitState(const std::string& id,
                                        const std::function<Status(std::string_view)>& visit) {
  const std::string prefix = StateKey(id, 0, 0).substr(0, kStatePrefix.size() + id.size() + 1);
  const std::unique_ptr<rocksdb::Iterator> entries(db_->NewIterator({}));
  std::string block;
  int64_t epoch = -1;
  for (entries->Seek(prefix); entries->Valid() && entries->key().starts_with(prefix);
       entries->Next()) {
    ASSIGN_OR_RAISE(const auto parsed, ParseStateKey(entries->key().ToStringView()));
    if (parsed.second != epoch) {
      RETURN_NOT_OK(visit(block));
      block.clear();
      epoch = parsed.second;
    }
    block.append(entries->value().ToStringView());
  }
  RETURN_NOT_OK(Checked("read", entries->status()));
  return visit(block);
}

void RocksCheckpointStore::StartFolding() {
  {
    const std::lock_guard lock(mutex_);
    if (folding_ || !catalog_.NextTask().has_value()) return;
    folding_ = true;
  }
  if (folder_thread_.joinable()) folder_thread_.join();
  folder_thread_ = std::thread([this] {
    const Status status = FoldAll();
    const std::lock_guard lock(mutex_);
    folding_ = false;
    fold_status_ = status;
  });
}

Status RocksCheckpointStore::FinishFolding() {
  if (folder_thread_.joinable()) folder_thread_.join();
  const std::lock_guard lock(mutex_);
  return fold_status_;
}

Status RocksCheckpointStore::FoldAll() {
  while (!stop_folding_) {
    std::optional<FoldTask> task;
    {
      const std::lock_guard lock(mutex_);
      task = catalog_.NextTask();
    }
    if (!task.has_value()) return Status::OK();
    RETURN_NOT_OK(Fold(*task));
  }
  return Status::OK();
}

Status RocksCheckpointStore::Fold(const FoldTask& task) {
  std::vector<std::string> blocks;
  for (const StoredBlock& block : task.blocks) {
    ASSIGN_OR_RAISE(std::string bytes, ReadBlock(task.id, block.epoch));
    blocks.push_back(std::move(bytes));
  }
  ASSIGN_OR_RAISE(const StateBlock folded, FoldStateBlocks(blocks, task.from_first));
  rocksdb::WriteBatch batch;
  const int64_t last_epoch = task.blocks.back().epoch;
  batch.DeleteRange(StateKey(task.id, task.blocks.front().epoch, 0),
                    StateKey(task.id, last_epoch + 1, 0));
  const int64_t bytes = PutBlock(task.id, last_epoch, folded.bytes(), &batch);
  FaultPoint("engine.during_snapshot");
  RETURN_NOT_OK(Checked("write", db_->Write(Synced(), &batch)));
  const std::lock_guard lock(mutex_);
  catalog_.Replace(task, bytes);
  return Status::OK();
}

}  // namespace

Result<std::unique_ptr<CheckpointStore>> CheckpointStore::Open(const std::string& folder) {
  auto store = std::make_unique<RocksCheckpointStore>();
  RETURN_NOT_OK(store->Load(folder));
  return store;
}

Result<std::unique_ptr<CheckpointStore>> CheckpointStore::OpenToRead(const std::string& folder) {
  auto store = std::make_unique<RocksCheckpointStore>();
  RETURN_NOT_OK(store->LoadToRead(folder));
  return store;
}

}  // namespace headrace::engine
