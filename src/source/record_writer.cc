#include "source/record_writer.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/fault.h"

namespace headrace::source {

RecordWriter::RecordWriter(std::shared_ptr<log::Topic> topic)
    : topic_(std::move(topic)), builders_(static_cast<size_t>(topic_->partitions())) {}

Result<HttpProgress> RecordWriter::Restore(VersionFilter* filter) {
  for (int32_t partition = 0; partition < partitions(); ++partition) {
    ASSIGN_OR_RAISE(auto bytes, topic_->ReadCursor(CursorName(partition)));
    if (!bytes) continue;
    ASSIGN_OR_RAISE(HttpCursor cursor, DecodeCursor(*std::move(bytes)));
    if (cursor.progress.poll > stored_.poll) stored_ = cursor.progress;
    // Where partitions were added since, another one answers for some of these now.
    std::erase_if(cursor.versions,
                  [&](const auto& entry) { return PartitionOf(entry.first) != partition; });
    filter->Restore(std::move(cursor.versions));
  }
  return stored_;
}

int32_t RecordWriter::PartitionOf(const std::string& identity) const {
  return static_cast<int32_t>(XXH3_64bits(identity.data(), identity.size()) % builders_.size());
}

void RecordWriter::Add(int32_t partition, const log::Record& record) {
  log::RecordBlockBuilder& builder = builders_[static_cast<size_t>(partition)];
  bytes_ -= builder.bytes();
  builder.Append(record);
  bytes_ += builder.bytes();
  ++records_;
}

std::string RecordWriter::Cursor(int32_t partition, const HttpProgress& progress,
                                 const VersionFilter& filter) const {
  HttpCursor cursor{.progress = progress, .versions = {}};
  filter.Visit([&](const std::string& identity, const std::string& version) {
    if (PartitionOf(identity) == partition) cursor.versions.emplace(identity, version);
  });
  return EncodeCursor(cursor);
}

Status RecordWriter::Commit(const HttpProgress& progress, const VersionFilter& filter,
                            bool always) {
  if (records_ == 0 && !always) return Status::OK();
  int32_t last = 0;
  for (int32_t partition = 0; partition < partitions(); ++partition) {
    if (builders_[static_cast<size_t>(partition)].records() > 0) last = partition;
  }
  for (int32_t partition = 0; partition <= last; ++partition) {
    log::RecordBlockBuilder& builder = builders_[static_cast<size_t>(partition)];
    const log::ProducerCursor cursor{
        CursorName(partition),
        builder.records() > 0 || partition == last
            ? Cursor(partition, partition == last ? progress : stored_, filter)
            : ""};
    if (builder.records() > 0) {
      FaultPoint("source.before_append");
      RETURN_NOT_OK(topic_->Append(partition, builder.Finish(), cursor).status());
      FaultPoint("source.after_append");
    } else if (partition == last) {
      RETURN_NOT_OK(topic_->StoreCursor(cursor));
    }
  }
  stored_ = progress;
  bytes_ = records_ = 0;
  return Status::OK();
}

}  // namespace headrace::source
