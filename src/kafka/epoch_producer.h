// An EpochProducer writes epochs to a topic, each once, whoever is killed or comes back: with the
// records of an epoch go its number and the run that wrote it, in one transaction.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "kafka/producer.h"

namespace headrace::kafka {

// Used by one thread at a time.
class EpochProducer {
 public:
  // Takes over `id` (the transactional.id) and says so in the cluster: a run that had it before
  // commits no more.
  //
  // Errors: as Producer::Open.
  static Result<std::unique_ptr<EpochProducer>> Open(const Cluster& cluster, const std::string& id,
                                                     const std::string& topic);

  // The epoch that was committed last, 0 where there is none.
  int64_t last_epoch() const { return last_epoch_; }

  // Commits one epoch: `send` sends its messages to the producer that it is given, maybe again and
  // again; `before_commit` is called once all were sent.
  //
  // Errors: a user error where another run has taken over; otherwise as Producer::Transact.
  Status Commit(int64_t epoch, const std::function<Status(Producer&)>& send,
                const std::function<void()>& before_commit, const std::stop_token& stop);

 private:
  EpochProducer(const Cluster& cluster, std::string id, std::string topic);
  Status TakeOver();
  Status Transact(int64_t epoch, const std::function<Status(Producer&)>& send,
                  const std::function<void()>& before_commit, const std::stop_token& stop);
  // Goes on where the cluster has ended the producer though no other run has taken over; reads
  // what was committed last.
  Status Reopen(const std::stop_token& stop);
  Status TryToReopen();

  const Cluster cluster_;
  const std::string id_;
  const std::string topic_;
  const std::string run_;  // random
  std::unique_ptr<Producer> producer_;
  int64_t last_epoch_ = 0;
};

}  // namespace headrace::kafka
