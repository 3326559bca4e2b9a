// What `make bench-kafka` needs beside headrace: records to read, librdkafka alone reading them,
// and how long records take from one topic to another.
//
//   kafka_bench produce BROKERS TOPIC RECORDS        bids of some 200 bytes, as JSON
//   kafka_bench consume BROKERS TOPIC RECORDS        reads them and prints their bytes
//   kafka_bench latency BROKERS IN OUT RATE SECONDS  writes to IN, reads OUT (both empty), prints
//                                                    milliseconds: p50, p99, the longest
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::system_clock;

constexpr int kTimeoutMs = 30'000;
constexpr size_t kBatch = 8192;

[[noreturn]] void Fail(const std::string& why) {
  fmt::print(stderr, "kafka_bench: error: {}\n", why);
  std::exit(1);
}

struct Destroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};
template <class Object>
using Owned = std::unique_ptr<Object, Destroy>;

Owned<rd_kafka_t> MakeClient(rd_kafka_type_t type, const std::string& brokers,
                             const std::vector<std::pair<std::string, std::string>>& settings) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::array<char, 512> error{};
  const auto set = [&](const std::string& name, const std::string& value) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error.data(), error.size()) !=
        RD_KAFKA_CONF_OK)
      Fail(error.data());
  };
  set("bootstrap.servers", brokers);
  for (const auto& [name, value] : settings) set(name, value);
  Owned<rd_kafka_t> client(rd_kafka_new(type, conf, error.data(), error.size()));
  if (client == nullptr) Fail(error.data());
  return client;
}

Owned<rd_kafka_topic_t> MakeTopic(rd_kafka_t* client, const std::string& name) {
  Owned<rd_kafka_topic_t> topic(rd_kafka_topic_new(client, name.c_str(), nullptr));
  if (topic == nullptr) Fail("no topic " + name);
  return topic;
}

int64_t NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch())
      .count();
}

// Seeded, so that every run reads the same.
class Bids {
 public:
  const std::string& Next(int64_t sent_us) {
    text_.clear();
    fmt::format_to(std::back_inserter(text_),
                   R"({{"auction":{},"bidder":{},"price":{},"channel":"channel-{}",)"
                   R"("url":"https://auctions.example.org/item/{:016x}/bid","sent":{},)"
                   R"("extra":"{:016x}{:016x}"}})",
                   random_() % 100'000, random_() % 50'000, random_() % 1'000'000, random_() % 20,
                   random_(), sent_us, random_(), random_());
    return text_;
  }

 private:
  std::mt19937_64 random_{42};
  std::string text_;
};

void Send(rd_kafka_t* client, rd_kafka_topic_t* topic, const std::string& text) {
  while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                          const_cast<char*>(text.data()), text.size(), nullptr, 0, nullptr) != 0) {
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
      Fail(rd_kafka_err2str(rd_kafka_last_error()));
    rd_kafka_poll(client, 10);
  }
}

void Produce(const std::string& brokers, const std::string& name, int64_t records) {
  const auto client = MakeClient(
      RD_KAFKA_PRODUCER, brokers,
      {{"linger.ms", "50"}, {"compression.codec", "lz4"}, {"sticky.partitioning.linger.ms", "20"}});
  const auto topic = MakeTopic(client.get(), name);
  Bids bids;
  for (int64_t i = 0; i < records; ++i) Send(client.get(), topic.get(), bids.Next(i));
  if (rd_kafka_flush(client.get(), 300'000) != 0) Fail("not everything was sent");
}

// Reads all partitions through one queue.
class Reader {
 public:
  Reader(const std::string& brokers, const std::string& name, int64_t offset)
      : client_(MakeClient(RD_KAFKA_CONSUMER, brokers,
                           {{"isolation.level", "read_committed"},
                            {"queued.min.messages", "1000000"},
                            {"fetch.error.backoff.ms", "100"}})),
        topic_(MakeTopic(client_.get(), name)),
        queue_(rd_kafka_queue_new(client_.get())) {
    const rd_kafka_metadata_t* found = nullptr;
    if (rd_kafka_metadata(client_.get(), 0, topic_.get(), &found, kTimeoutMs) != 0)
      Fail("no metadata");
    const Owned<const rd_kafka_metadata_t> metadata(found);
    partitions_ = metadata->topics[0].partition_cnt;
    for (int32_t i = 0; i < partitions_; ++i)
      rd_kafka_consume_start_queue(topic_.get(), i, offset, queue_.get());
  }
  ~Reader() {
    for (int32_t i = 0; i < partitions_; ++i) rd_kafka_consume_stop(topic_.get(), i);
  }

  // Calls `visit` with each message there is, or comes within the time.
  template <class Visit>
  void Read(int timeout_ms, Visit visit) {
    std::array<rd_kafka_message_t*, kBatch> messages{};
    const ssize_t count =
        rd_kafka_consume_batch_queue(queue_.get(), timeout_ms, messages.data(), messages.size());
    for (ssize_t i = 0; i < count; ++i) {
      if (messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) visit(*messages[i]);
      rd_kafka_message_destroy(messages[i]);
    }
  }

 private:
  Owned<rd_kafka_t> client_;
  Owned<rd_kafka_topic_t> topic_;
  Owned<rd_kafka_queue_t> queue_;
  int32_t partitions_ = 0;
};

void Consume(const std::string& brokers, const std::string& name, int64_t records) {
  Reader reader(brokers, name, RD_KAFKA_OFFSET_BEGINNING);
  int64_t count = 0, bytes = 0;
  while (count < records) {
    reader.Read(100, [&](const rd_kafka_message_t& message) {
      ++count;
      bytes += static_cast<int64_t>(message.len);
    });
  }
  fmt::print("{}\n", bytes);
}

void Latency(const std::string& brokers, const std::string& in, const std::string& out,
             int64_t rate, int64_t seconds) {
  Reader reader(brokers, out, RD_KAFKA_OFFSET_BEGINNING);
  const int64_t records = rate * seconds;
  std::jthread writing([&] {
    const auto client = MakeClient(RD_KAFKA_PRODUCER, brokers, {{"linger.ms", "1"}});
    const auto topic = MakeTopic(client.get(), in);
    Bids bids;
    const auto begin = std::chrono::steady_clock::now();
    for (int64_t i = 0; i < records; ++i) {
      if (i % 10 == 0)
        std::this_thread::sleep_until(begin + std::chrono::microseconds(i * 1'000'000 / rate));
      Send(client.get(), topic.get(), bids.Next(NowMicros()));
    }
    if (rd_kafka_flush(client.get(), kTimeoutMs) != 0) Fail("not everything was sent");
  });
  std::vector<int64_t> micros;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds + 60);
  while (std::ssize(micros) < records && std::chrono::steady_clock::now() < end) {
    reader.Read(10, [&](const rd_kafka_message_t& message) {
      const std::string_view text(static_cast<const char*>(message.payload), message.len);
      const size_t at = text.find(R"("sent":)");
      if (at == std::string_view::npos) Fail("a record without 'sent'");
      micros.push_back(NowMicros() - std::atoll(text.data() + at + 7));
    });
  }
  if (std::ssize(micros) < records)
    Fail(fmt::format("{} of {} records arrived", micros.size(), records));
  std::ranges::sort(micros);
  const auto percentile = [&](size_t percent) {
    return static_cast<double>(micros[micros.size() * percent / 100]) / 1000;
  };
  fmt::print("{:.1f} {:.1f} {:.1f}\n", percentile(50), percentile(99),
             static_cast<double>(micros.back()) / 1000);
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() == 4 && words[0] == "produce") {
    Produce(words[1], words[2], std::stoll(words[3]));
  } else if (words.size() == 4 && words[0] == "consume") {
    Consume(words[1], words[2], std::stoll(words[3]));
  } else if (words.size() == 6 && words[0] == "latency") {
    Latency(words[1], words[2], words[3], std::stoll(words[4]), std::stoll(words[5]));
  } else {
    Fail("see the head of bench/kafka/kafka_bench.cc");
  }
}
