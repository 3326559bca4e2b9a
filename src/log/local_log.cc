#include <algorithm>
#include <map>
#include <mutex>

#include "log/local_topic.h"
#include "log/log.h"

namespace headrace::log {
namespace {

// As in Kafka, so that a pipeline can move there.
constexpr size_t kTopicNameMax = 249;
constexpr int32_t kPartitionsMax = 1024;
// RocksDB frees disk space when it compacts what was deleted from: once for so many bytes.
constexpr int64_t kCompactAfterBytes = 64 << 20;

Status CheckTopic(const std::string& name, const TopicOptions& options) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (name.empty() || name.size() > kTopicNameMax ||
      !std::all_of(name.begin(), name.end(), allowed)) {
    return UserError("'" + name + "' cannot be the name of a topic",
                     "use 1 to 249 of the letters a-z, A-Z, digits, '.', '_' and '-'");
  }
  if (options.partitions < 1 || options.partitions > kPartitionsMax) {
    return UserError(
        "topic '" + name + "' cannot have " + std::to_string(options.partitions) + " partitions",
        "1 to " + std::to_string(kPartitionsMax) + " are possible");
  }
  if (options.retention_us < 0 || options.retention_bytes < 0) {
    return UserError("the retention of topic '" + name + "' is negative", "0 keeps all");
  }
  return Status::OK();
}

class LocalLog : public Log {
 public:
  explicit LocalLog(std::shared_ptr<LocalLogCore> core) : core_(std::move(core)) {}

  Status Load();
  Result<std::shared_ptr<Topic>> OpenTopic(const std::string& name,
                                           const TopicOptions& options) override;
  Result<std::shared_ptr<Topic>> FindTopic(const std::string& name) override;
  Result<std::vector<TopicInfo>> ListTopics() override;
  Status ApplyRetention(int64_t now_us) override;

 private:
  Status StoreTopic(const std::string& name, const TopicEntry& entry);

  const std::shared_ptr<LocalLogCore> core_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<LocalTopic>> topics_;
  int64_t deleted_bytes_ = 0;  // since the last compaction
};

Status LocalLog::Load() {
  LogDatabase& database = *core_->database;
  const std::unique_ptr<rocksdb::Iterator> entries(database.db().NewIterator({}, database.meta()));
  const std::string prefix(1, kTopicPrefix);
  for (entries->Seek(prefix); entries->Valid() && entries->key().starts_with(prefix);
       entries->Next()) {
    const std::string name(entries->key().ToStringView().substr(1));
    const auto entry = DecodeTopic(entries->value().ToStringView());
    if (!entry) return Status::IOError("the entry of topic '", name, "' is corrupt");
    ASSIGN_OR_RAISE(topics_[name], LocalTopic::Load(core_, name, *entry));
  }
  return FromRocksDb("cannot read the log in " + database.folder(), entries->status());
}

Result<std::shared_ptr<Topic>> LocalLog::OpenTopic(const std::string& name,
                                                   const TopicOptions& options) {
  RETURN_NOT_OK(CheckTopic(name, options));
  const std::lock_guard lock(mutex_);
  const auto found = topics_.find(name);
  if (found == topics_.end()) {
    // Topics are never removed, so their number is the next id.
    const TopicEntry entry{.id = static_cast<uint32_t>(topics_.size()), .options = options};
    RETURN_NOT_OK(StoreTopic(name, entry));
    ASSIGN_OR_RAISE(topics_[name], LocalTopic::Load(core_, name, entry));
    return topics_[name];
  }
  TopicEntry entry = found->second->entry();
  if (options.partitions < entry.options.partitions) {
    return UserError("topic '" + name + "' has " + std::to_string(entry.options.partitions) +
                         " partitions and cannot shrink to " + std::to_string(options.partitions),
                     "set `partitions: " + std::to_string(entry.options.partitions) +
                         "` or more, or use another topic");
  }
  const bool same = options.partitions == entry.options.partitions &&
                    options.retention_us == entry.options.retention_us &&
                    options.retention_bytes == entry.options.retention_bytes;
  if (!same) {
    entry.options = options;
    RETURN_NOT_OK(StoreTopic(name, entry));
    RETURN_NOT_OK(found->second->SetOptions(options));
  }
  return found->second;
}

Status LocalLog::StoreTopic(const std::string& name, const TopicEntry& entry) {
  LogDatabase& database = *core_->database;
  if (database.read_only()) {
    return Status::Invalid("the log in ", database.folder(), " was opened for reading only");
  }
  rocksdb::WriteOptions synced;
  synced.sync = true;
  return FromRocksDb(
      "cannot create topic '" + name + "'",
      database.db().Put(synced, database.meta(), TopicKey(name), EncodeTopic(entry)));
}

Result<std::shared_ptr<Topic>> LocalLog::FindTopic(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = topics_.find(name);
  if (found != topics_.end()) return found->second;
  return Status::KeyError("there is no topic '", name, "' in the log in ",
                          core_->database->folder());
}

Result<std::vector<TopicInfo>> LocalLog::ListTopics() {
  const std::lock_guard lock(mutex_);
  std::vector<TopicInfo> infos;
  for (const auto& [name, topic] : topics_) infos.push_back(topic->Info());
  return infos;
}

Status LocalLog::ApplyRetention(int64_t now_us) {
  std::vector<std::shared_ptr<LocalTopic>> topics;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, topic] : topics_) topics.push_back(topic);
  }
  int64_t deleted = 0;
  for (const auto& topic : topics) {
    ASSIGN_OR_RAISE(const int64_t bytes, topic->ApplyRetention(now_us));
    deleted += bytes;
  }
  {
    const std::lock_guard lock(mutex_);
    deleted_bytes_ += deleted;
    if (deleted_bytes_ < kCompactAfterBytes) return Status::OK();
    deleted_bytes_ = 0;
  }
  LogDatabase& database = *core_->database;
  return FromRocksDb("cannot compact the log in " + database.folder(),
                     database.db().CompactRange({}, database.blocks(), nullptr, nullptr));
}

}  // namespace

Result<std::unique_ptr<Log>> OpenLocalLog(const std::string& folder, OpenMode mode,
                                          Durability durability) {
  ASSIGN_OR_RAISE(auto database, LogDatabase::Open(folder, mode));
  auto log =
      std::make_unique<LocalLog>(std::make_shared<LocalLogCore>(std::move(database), durability));
  RETURN_NOT_OK(log->Load());
  return log;
}

}  // namespace headrace::log
