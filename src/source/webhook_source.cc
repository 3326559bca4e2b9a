#include "source/webhook_source.h"

#include <fmt/format.h>
#include <httplib.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/fault.h"
#include "base/logging.h"
#include "base/units.h"
#include "source/webhook_auth.h"

namespace headrace::source {
namespace {

constexpr int kThreads = 64;
constexpr size_t kIdBytesMax = 256;
constexpr int64_t kRefusedBytesMax = 64 << 20;

const DeliveryAnswer kLogFailed{.status = 503, .error = "the log takes no records"};

void Write(const DeliveryAnswer& answer, httplib::Response* response) {
  nlohmann::json body;
  if (!answer.error.empty()) {
    body = {{"error", answer.error}};
  } else {
    body = {{"records", answer.records}, {"repeated", answer.repeated}};
  }
  response->status = answer.status;
  if (answer.status == 401) response->set_header("WWW-Authenticate", "Bearer");
  if (answer.status == 405) response->set_header("Allow", "POST");
  if (answer.status == 429 || answer.status == 503) response->set_header("Retry-After", "1");
  response->set_content(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
                        "application/json");
}

// The length that the sender says; -1 where it doesn't.
int64_t ContentLength(const httplib::Request& request) {
  const std::string text = request.get_header_value("Content-Length");
  int64_t length = -1;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

bool IsMultipart(const httplib::Request& request) {
  return request.get_header_value("Content-Type").starts_with("multipart/");
}

BodyOutcome ReadWhole(const httplib::ContentReader& reader, int64_t bytes_max, std::string* body) {
  bool is_too_large = false;
  const bool is_whole = reader([&](const char* data, size_t size) {
    is_too_large = std::ssize(*body) + static_cast<int64_t>(size) > bytes_max;
    if (!is_too_large) body->append(data, size);
    return !is_too_large;
  });
  if (is_too_large) return BodyOutcome::kTooLarge;
  return is_whole ? BodyOutcome::kWhole : BodyOutcome::kCut;
}

BadAnswerReason ReasonOf(int status) {
  switch (status) {
    case 401:
      return BadAnswerReason::kUnauthorized;
    case 413:
      return BadAnswerReason::kTooLarge;
    case 429:
    case 503:
      return BadAnswerReason::kThrottled;
    default:
      return BadAnswerReason::kMalformed;
  }
}

}  // namespace

WebhookSource::WebhookSource(const pipeline::Source& definition, std::shared_ptr<log::Topic> topic,
                             metrics::Registry& registry, Clock& clock)
    : definition_(definition),
      webhook_(std::get<pipeline::WebhookSource>(definition_.connector)),
      topic_(std::move(topic)),
      clock_(clock),
      metrics_(registry, definition.name),
      extractor_({.records = webhook_.records, .subject = "the body"}),
      memory_(webhook_.ids_remembered),
      queue_(webhook_.pending_bytes_max) {}

Status WebhookSource::Run(std::stop_token stop, bool until_caught_up) {
  if (until_caught_up) return Status::OK();
  if (!webhook_.id_header.empty()) RETURN_NOT_OK(memory_.Restore(*topic_));
  Status status = Listen();
  if (!status.ok()) return WithContext("source '" + definition_.name + "'", status);
  while (status.ok() && !stop.stop_requested())
    status = Keep(queue_.Take(std::chrono::milliseconds(100)));
  queue_.Close();
  std::vector<Delivery> last = queue_.Take(std::chrono::milliseconds(0));
  if (status.ok()) {
    status = Keep(std::move(last));
  } else {
    for (Delivery& delivery : last) delivery.answer.set_value(kLogFailed);
  }
  listener_.reset();
  return status;
}

Status WebhookSource::Listen() {
  const auto set_up = [this](httplib::Server& server) {
    // A body that is not read to its end would be taken for the next request.
    server.set_keep_alive_max_count(1);
    server.set_pre_routing_handler(
        [this](const httplib::Request& request, httplib::Response& response) {
          if (request.method == "POST") return httplib::Server::HandlerResponse::Unhandled;
          Write(Answer(request, nullptr), &response);
          return httplib::Server::HandlerResponse::Handled;
        });
    server.Post(".*", [this](const httplib::Request& request, httplib::Response& response,
                             const httplib::ContentReader& reader) {
      bool is_read = IsMultipart(request);  // which `reader` cannot give as it is
      const DeliveryAnswer answer = Answer(request, [&](std::string* body) {
        is_read = true;
        return ReadWhole(reader, webhook_.body_bytes_max, body);
      });
      // Who is still sending would not see the answer: what was refused is read, up to a bound.
      std::string ignored;
      if (!is_read) ReadWhole(reader, kRefusedBytesMax, &ignored);
      Write(answer, &response);
    });
  };
  ASSIGN_OR_RAISE(listener_, http::Listener::Start(webhook_.listen, kThreads, set_up));
  LogInfo("source", "'{}' listens on http://{}{}", definition_.name, listener_->address(),
          webhook_.path);
  return Status::OK();
}

DeliveryAnswer WebhookSource::Answer(const httplib::Request& request, const ReadBody& read_body) {
  DeliveryAnswer answer = Judge(request, read_body);
  if (!answer.error.empty()) metrics_.CountError(ReasonOf(answer.status));
  return answer;
}

DeliveryAnswer WebhookSource::Judge(const httplib::Request& request, const ReadBody& read_body) {
  if (webhook_.bearer_token &&
      !ShowsToken(request.get_header_value("Authorization"), *webhook_.bearer_token))
    return {.status = 401,
            .error = "expected the header Authorization: Bearer TOKEN with the token"};
  if (request.path != webhook_.path)
    return {.status = 404, .error = fmt::format("expected the path {}", webhook_.path)};
  if (read_body == nullptr) return {.status = 405, .error = "expected the method POST"};
  if (request.has_header("Content-Encoding") || IsMultipart(request))
    return {.status = 415, .error = "expected JSON as it is, neither packed nor in parts"};
  const std::string id =
      webhook_.id_header.empty() ? "" : request.get_header_value(webhook_.id_header.c_str());
  if (!webhook_.id_header.empty() && (id.empty() || id.size() > kIdBytesMax))
    return {.status = 400,
            .error = fmt::format("expected the header {} with the identity of the request, of at "
                                 "most {} bytes",
                                 webhook_.id_header, kIdBytesMax)};
  const int64_t length = ContentLength(request);
  if (length > webhook_.body_bytes_max) return TooLarge();
  const int64_t reserved = length >= 0 ? length : webhook_.body_bytes_max;
  if (!queue_.Reserve(reserved))
    return {.status = 429, .error = "too many requests wait for the log; send it again later"};
  DeliveryAnswer answer = TakeBody(request, read_body);
  queue_.Release(reserved);
  return answer;
}

DeliveryAnswer WebhookSource::TakeBody(const httplib::Request& request, const ReadBody& read_body) {
  std::string body;
  const BodyOutcome outcome = read_body(&body);
  if (outcome == BodyOutcome::kTooLarge) return TooLarge();
  if (outcome == BodyOutcome::kCut)
    return {.status = 400, .error = "the body ends before it is whole"};
  metrics_.response_bytes.Add(static_cast<double>(body.size()));
  if (webhook_.hmac_secret &&
      !IsSigned(body, request.get_header_value(webhook_.signature_header.c_str()),
                *webhook_.hmac_secret))
    return {.status = 401,
            .error = fmt::format("expected the header {} with the HMAC-SHA256 of the body",
                                 webhook_.signature_header)};
  std::string id =
      webhook_.id_header.empty() ? "" : request.get_header_value(webhook_.id_header.c_str());
  return queue_.Deliver(std::move(id), std::move(body));
}

DeliveryAnswer WebhookSource::TooLarge() const {
  return {.status = 413,
          .error = fmt::format("the body is larger than {}", FormatSize(webhook_.body_bytes_max))};
}

Status WebhookSource::Keep(std::vector<Delivery> deliveries) {
  if (deliveries.empty()) return Status::OK();
  metrics_.polls.Add();
  const int64_t begin_us = MonotonicMicros();
  std::vector<DeliveryAnswer> answers;
  for (Delivery& delivery : deliveries) answers.push_back(Extract(delivery));
  const int64_t records = builder_.records();
  Status status;
  if (records > 0) {
    FaultPoint("source.before_append");
    status = topic_->Append(0, builder_.Finish(), {}).status();
    FaultPoint("source.after_append");
  }
  for (size_t i = 0; i < deliveries.size(); ++i) {
    if (!status.ok() && answers[i].error.empty()) answers[i] = kLogFailed;
    deliveries[i].answer.set_value(std::move(answers[i]));
  }
  RETURN_NOT_OK(status);
  metrics_.appended.Add(static_cast<double>(records));
  metrics_.poll_seconds.Observe(static_cast<double>(MonotonicMicros() - begin_us) / 1e6);
  metrics_.last_success.Set(static_cast<double>(clock_.NowMicros()) / 1e6);
  return Status::OK();
}

DeliveryAnswer WebhookSource::Extract(Delivery& delivery) {
  const std::string digest = DigestOf(delivery.body);
  const auto extracted = extractor_.Extract(&delivery.body);
  if (const auto* bad = std::get_if<BadAnswer>(&extracted))
    return {.status = 400, .error = bad->message};
  const auto& records = std::get<Extraction>(extracted).records;
  metrics_.records.Add(static_cast<double>(records.size()));
  DeliveryAnswer answer{.records = std::ssize(records)};
  if (const auto known = memory_.Find(delivery.id); !delivery.id.empty() && known) {
    if (*known != digest)
      return {.status = 422,
              .error = fmt::format("another body came with this {} before", webhook_.id_header)};
    metrics_.unchanged.Add(static_cast<double>(records.size()));
    answer.repeated = true;
    return answer;
  }
  log::Record record{.timestamp_us = clock_.NowMicros()};
  if (!delivery.id.empty())
    record.headers = {{kDeliveryId, delivery.id}, {kDeliveryDigest, digest}};
  for (const ExtractedRecord& one : records) {
    record.value = one.json;
    builder_.Append(record);
    if (!delivery.id.empty()) memory_.Add(delivery.id, digest);
  }
  return answer;
}

}  // namespace headrace::source
