// Fills a topic with the events of a `nexmark` source, in turn over its partitions.
//
//   nexmark_fill BROKERS TOPIC PARTITIONS EVENTS SEED EVENTS_PER_SECOND
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>

#include "source/nexmark_generator.h"

namespace {

constexpr int64_t kStartUs = 1'767'225'600'000'000;  // 2026-01-01, as a source begins

[[noreturn]] void Fail(const std::string& why) {
  fmt::print(stderr, "nexmark_fill: error: {}\n", why);
  std::exit(1);
}

void Delivered(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) Fail(rd_kafka_message_errstr(message));
}

rd_kafka_t* MakeProducer(const std::string& brokers) {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  std::array<char, 512> error{};
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"bootstrap.servers", brokers.c_str()},
           {"linger.ms", "50"},
           {"compression.codec", "lz4"},
           {"enable.idempotence", "true"}}) {
    if (rd_kafka_conf_set(conf, name, value, error.data(), error.size()) != RD_KAFKA_CONF_OK)
      Fail(error.data());
  }
  rd_kafka_conf_set_dr_msg_cb(conf, Delivered);
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error.data(), error.size());
  if (client == nullptr) Fail(error.data());
  return client;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) Fail("nexmark_fill BROKERS TOPIC PARTITIONS EVENTS SEED EVENTS_PER_SECOND");
  const int32_t partitions = std::atoi(argv[3]);
  const int64_t events = std::atoll(argv[4]);
  const headrace::source::NexmarkGenerator generator({.seed = std::atoll(argv[5]),
                                                      .start_us = kStartUs,
                                                      .events_per_second = std::atoll(argv[6])});
  rd_kafka_t* const client = MakeProducer(argv[1]);
  rd_kafka_topic_t* const topic = rd_kafka_topic_new(client, argv[2], nullptr);
  if (topic == nullptr || partitions < 1) Fail("no such topic");
  std::string text(headrace::source::NexmarkGenerator::kEventBytesMax, ' ');
  for (int64_t number = 0; number < events; ++number) {
    const auto size = static_cast<size_t>(generator.Write(number, text.data()) - text.data());
    while (rd_kafka_produce(topic, static_cast<int32_t>(number % partitions), RD_KAFKA_MSG_F_COPY,
                            text.data(), size, nullptr, 0, nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        Fail(rd_kafka_err2str(rd_kafka_last_error()));
      rd_kafka_poll(client, 10);
    }
    rd_kafka_poll(client, 0);
  }
  if (rd_kafka_flush(client, 300'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
    Fail("not everything was sent");
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(client);
  return 0;
}
