// A WebhookSource takes records that others send by POST. A request is answered with 202 when all
// its records are in the log, synced, in one block; requests that come at once share a block.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/listener.h"
#include "source/delivery_memory.h"
#include "source/delivery_queue.h"
#include "source/record_extractor.h"
#include "source/source.h"
#include "source/source_metrics.h"

namespace httplib {
struct Request;
struct Response;
}  // namespace httplib

namespace headrace::source {

enum class BodyOutcome { kWhole, kTooLarge, kCut };

class WebhookSource : public Source {
 public:
  WebhookSource(const pipeline::Source& definition, std::shared_ptr<log::Topic> topic,
                metrics::Registry& registry, Clock& clock);

  // With `until_caught_up` it doesn't listen: nobody knows what will be sent.
  Status Run(std::stop_token stop, bool until_caught_up) override;

 private:
  Status Listen();
  // Answers a request, and counts where it is refused; `read_body` appends its body to a text,
  // null where there is none. Called by the threads of the listener.
  using ReadBody = std::function<BodyOutcome(std::string* body)>;
  DeliveryAnswer Answer(const httplib::Request& request, const ReadBody& read_body);
  DeliveryAnswer Judge(const httplib::Request& request, const ReadBody& read_body);
  DeliveryAnswer TakeBody(const httplib::Request& request, const ReadBody& read_body);
  DeliveryAnswer TooLarge() const;
  // Appends the records of what waited, and answers.
  Status Keep(std::vector<Delivery> deliveries);
  // Adds the records of a request to builder_, where they are good and new.
  DeliveryAnswer Extract(Delivery& delivery);

  const pipeline::Source definition_;
  const pipeline::WebhookSource& webhook_;  // of definition_
  const std::shared_ptr<log::Topic> topic_;
  Clock& clock_;
  SourceMetrics metrics_;
  RecordExtractor extractor_;
  DeliveryMemory memory_;
  DeliveryQueue queue_;
  log::RecordBlockBuilder builder_;
  std::unique_ptr<http::Listener> listener_;  // ends before what its threads use
};

}  // namespace headrace::source
