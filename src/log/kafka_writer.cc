#include "log/kafka_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/fault.h"
#include "base/logging.h"
#include "log/kafka_takeover.h"

namespace headrace::log {
namespace {

constexpr auto kPause = std::chrono::milliseconds(500);

std::string TransactionalId(const KafkaWriterOptions& options) {
  return options.prefix + (options.half == Half::kIngest ? "ingest" : "process");
}

}  // namespace

KafkaWriter::KafkaWriter(KafkaWriterOptions options, std::unique_ptr<CursorTopic> cursor_topic,
                         std::stop_token stop)
    : options_(std::move(options)),
      cursor_topic_name_(CursorTopicName(options_.prefix)),
      cursor_topic_(std::move(cursor_topic)),
      stop_(std::move(stop)),
      claim_(MakeClaim(options_.pipeline)),
      commit_([this](const Group& group) { return WriteGroup(group); }) {}

Result<std::unique_ptr<KafkaWriter>> KafkaWriter::Open(const KafkaWriterOptions& options,
                                                       const EngineState& state,
                                                       std::stop_token stop) {
  ASSIGN_OR_RAISE(
      auto cursor_topic,
      CursorTopic::Open(options.cluster, CursorTopicName(options.prefix), options.replication));
  std::unique_ptr<KafkaWriter> writer(
      new KafkaWriter(options, std::move(cursor_topic), std::move(stop)));
  RETURN_NOT_OK(writer->TakeOver(state));
  return writer;
}

Status KafkaWriter::TakeOver(const EngineState& state) {
  RETURN_NOT_OK(WaitUntilFree(*cursor_topic_, options_.half, stop_));
  ASSIGN_OR_RAISE(auto producer,
                  kafka::Producer::Open(options_.cluster, TransactionalId(options_)));
  // From here on nobody else can write, so what is read is the last word.
  StoredCursors stored;
  RETURN_NOT_OK(cursor_topic_->Read(options_.half, CursorTopic::Isolation::kCommitted, &stored));
  RETURN_NOT_OK(CheckPipeline(stored.claim, options_.pipeline, options_.prefix));
  if (options_.half == Half::kProcess) {
    RETURN_NOT_OK(CheckState(stored.claim, state));
    claim_.state = state.id;
    claim_.folder = state.folder;
    claim_.epoch = stored.claim ? stored.claim->epoch : 0;
  }
  first_epoch_ = claim_.epoch;
  cursors_ = std::move(stored.cursors);
  producer_ = std::move(producer);
  RETURN_NOT_OK(KeepClaim());
  is_claimed_ = true;
  return Status::OK();
}

KafkaWriter::~KafkaWriter() {
  if (producer_ == nullptr || producer_->has_ended() || !lost_.ok()) return;
  std::stop_source once;  // Nobody waits for a cluster that doesn't answer.
  once.request_stop();
  stop_ = once.get_token();
  Write write{.is_release = true};
  const Status status = commit_.Commit(&write);
  if (!status.ok())
    LogWarning("log", "'{}' could not be given back: {}", TransactionalId(options_),
               status.message());
}

Status KafkaWriter::Append(const std::string& topic, int32_t partition, const RecordBlock* block,
                           const ProducerCursor* cursor) {
  Write write{.topic = &topic, .partition = partition, .block = block};
  if (block != nullptr) write.size += static_cast<size_t>(block->bytes());
  if (cursor != nullptr) {
    write.cursor_key = CursorKeyOf(topic, cursor->producer);
    write.cursor = &cursor->position;
    write.size += cursor->position.size();
  }
  return commit_.Commit(&write);
}

std::optional<std::string> KafkaWriter::Cursor(const std::string& topic,
                                               const std::string& producer) const {
  const std::lock_guard lock(mutex_);
  const auto found = cursors_.find(CursorKeyOf(topic, producer));
  return found == cursors_.end() ? std::nullopt : std::optional(found->second);
}

Status KafkaWriter::KeepClaim() {
  Write write;
  return commit_.Commit(&write);
}

Status KafkaWriter::BeginCommit(int64_t epoch) {
  Write write{.epoch = epoch};
  return commit_.Commit(&write);
}

Status KafkaWriter::WriteGroup(const Group& group) {
  RETURN_NOT_OK(lost_);
  ++claim_.number;
  for (const Write* write : group) {
    claim_.epoch = std::max(claim_.epoch, write->epoch);
    claim_.is_released |= write->is_release;
  }
  const bool has_records =
      std::ranges::any_of(group, [](const Write* write) { return write->block != nullptr; });
  const auto point = [&](std::string_view name) {
    if (has_records) FaultPoint(name);
  };
  point("log.before_write");
  for (bool is_done = false; !is_done;) {
    const Status status = producer_->Transact([&] { return Send(group); },
                                              [&] { point("log.before_commit"); }, stop_);
    is_done = status.ok();
    if (is_done) break;
    // The producer is in the middle of a transaction then, and stays there.
    if (status.IsCancelled()) lost_ = status;
    if (!producer_->has_ended()) return status;
    LogWarning("log", "{}; a new producer goes on", status.message());
    ASSIGN_OR_RAISE(is_done, Reopen());
  }
  point("log.after_write");
  const std::lock_guard lock(mutex_);
  for (const Write* write : group) {
    if (write->cursor != nullptr) cursors_[write->cursor_key] = *write->cursor;
  }
  return Status::OK();
}

Status KafkaWriter::Send(const Group& group) {
  // First, for it is also a sign of life.
  RETURN_NOT_OK(SendCursor(kClaimKey, EncodeClaim(claim_)));
  for (const Write* write : group) {
    if (write->block != nullptr) RETURN_NOT_OK(SendBlock(*write));
    if (write->cursor != nullptr) RETURN_NOT_OK(SendCursor(write->cursor_key, *write->cursor));
  }
  return Status::OK();
}

Status KafkaWriter::SendBlock(const Write& write) {
  kafka::Message message{.partition = write.partition};
  for (int64_t i = 0; i < write.block->records(); ++i) {
    Record record = write.block->record(i);
    message.key = record.key;
    message.has_key = !record.key.empty();
    message.value = record.tombstone ? std::nullopt : std::optional(record.value);
    message.timestamp_ms = record.timestamp_us / 1000;
    message.headers = std::move(record.headers);
    RETURN_NOT_OK(producer_->Send(*write.topic, message));
  }
  return Status::OK();
}

Status KafkaWriter::SendCursor(const std::string& key, const std::string& value) {
  return producer_->Send(cursor_topic_name_, {.key = key,
                                              .has_key = true,
                                              .value = value,
                                              .timestamp_ms = Clock::System().NowMicros() / 1000,
                                              .partition = static_cast<int32_t>(options_.half)});
}

Result<Claim> KafkaWriter::ReadOwnClaim(CursorTopic::Isolation isolation) {
  StoredCursors stored;
  RETURN_NOT_OK(cursor_topic_->Read(options_.half, isolation, &stored));
  if (is_claimed_ && stored.claim && stored.claim->run == claim_.run) return *stored.claim;
  const bool is_known = stored.claim && stored.claim->run != claim_.run;
  return UserError(
      fmt::format("{} was taken over by {}; this run may append nothing more",
                  HalfText(options_.half, options_.pipeline),
                  is_known ? HolderText(*stored.claim) : "another run"),
      "one run at a time may do it; this one had not shown itself for a while, as one that is "
      "paused");
}

Result<bool> KafkaWriter::Reopen() {
  while (true) {
    std::this_thread::sleep_for(kPause);
    auto reopened = TryToReopen();
    if (KindOf(reopened.status()) == ErrorKind::kUser) lost_ = reopened.status();
    if (reopened.ok() || KindOf(reopened.status()) != ErrorKind::kTransient) return reopened;
    if (stop_.stop_requested()) return Status::Cancelled("stopped: ", reopened.status().message());
    LogWarning("log", "{}; trying on", reopened.status().message());
  }
}

Result<bool> KafkaWriter::TryToReopen() {
  RETURN_NOT_OK(ReadOwnClaim(CursorTopic::Isolation::kUncommitted).status());
  ASSIGN_OR_RAISE(producer_, kafka::Producer::Open(options_.cluster, TransactionalId(options_)));
  // Who claimed the half in between has it, and is not harmed by having been fenced off.
  ASSIGN_OR_RAISE(const Claim last, ReadOwnClaim(CursorTopic::Isolation::kCommitted));
  return last.number == claim_.number;
}

}  // namespace headrace::log
