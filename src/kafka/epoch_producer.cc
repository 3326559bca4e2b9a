#include "kafka/epoch_producer.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>

#include "base/logging.h"
#include "base/random_id.h"

namespace headrace::kafka {
namespace {

constexpr auto kPause = std::chrono::milliseconds(500);

Status TakenOver(const std::string& id) {
  return UserError(fmt::format("another run has taken over '{}'", id),
                   "one run of a pipeline at a time writes to a topic; stop the other, or give "
                   "this pipeline another name");
}

}  // namespace

EpochProducer::EpochProducer(const Cluster& cluster, std::string id, std::string topic)
    : cluster_(cluster), id_(std::move(id)), topic_(std::move(topic)), run_(RandomId()) {}

Result<std::unique_ptr<EpochProducer>> EpochProducer::Open(const Cluster& cluster,
                                                           const std::string& id,
                                                           const std::string& topic) {
  std::unique_ptr<EpochProducer> producer(new EpochProducer(cluster, id, topic));
  RETURN_NOT_OK(producer->TakeOver());
  return producer;
}

Status EpochProducer::TakeOver() {
  ASSIGN_OR_RAISE(producer_, Producer::Open(cluster_, id_));
  // From here on nobody else commits, so what is read is the last word.
  ASSIGN_OR_RAISE(const auto note, producer_->ReadNote(topic_));
  last_epoch_ = note ? note->number : 0;
  std::stop_source once;  // It is opened again where a broker goes just now.
  once.request_stop();
  const auto nothing = [](Producer&) { return Status::OK(); };
  const Status status = Transact(
      last_epoch_, nothing, [] {}, once.get_token());
  if (producer_->has_ended()) return TakenOver(id_);
  return status.IsCancelled() ? TransientError(status.message()) : status;
}

Status EpochProducer::Transact(int64_t epoch, const std::function<Status(Producer&)>& send,
                               const std::function<void()>& before_commit,
                               const std::stop_token& stop) {
  const auto send_all = [&]() -> Status {
    RETURN_NOT_OK(send(*producer_));
    return producer_->Store(topic_, {epoch, run_}, stop);
  };
  return producer_->Transact(send_all, before_commit, stop);
}

Status EpochProducer::Commit(int64_t epoch, const std::function<Status(Producer&)>& send,
                             const std::function<void()>& before_commit,
                             const std::stop_token& stop) {
  while (true) {
    Status status = Transact(epoch, send, before_commit, stop);
    if (status.ok()) break;
    if (!producer_->has_ended()) return status;
    LogWarning("kafka", "{}; a new producer goes on", status.message());
    RETURN_NOT_OK(Reopen(stop));
    if (last_epoch_ == epoch) break;
  }
  last_epoch_ = epoch;
  return Status::OK();
}

Status EpochProducer::Reopen(const std::stop_token& stop) {
  while (true) {
    std::this_thread::sleep_for(kPause);
    Status status = TryToReopen();
    if (KindOf(status) != ErrorKind::kTransient) return status;
    if (stop.stop_requested()) return Status::Cancelled("stopped: ", status.message());
    LogWarning("kafka", "{}; trying on", status.message());
  }
}

Status EpochProducer::TryToReopen() {
  ASSIGN_OR_RAISE(auto note, producer_->ReadNote(topic_));
  if (note && note->text == run_) {
    // Who takes over in between isn't harmed: it finds that the last word is still ours.
    ASSIGN_OR_RAISE(producer_, Producer::Open(cluster_, id_));
    ASSIGN_OR_RAISE(note, producer_->ReadNote(topic_));
  }
  if (!note || note->text != run_) return TakenOver(id_);
  last_epoch_ = note->number;
  return Status::OK();
}

}  // namespace headrace::kafka
