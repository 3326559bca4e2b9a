#include "source/webhook_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/test_folder.h"
#include "source/failing_topic.h"
#include "source/webhook_auth.h"

namespace headrace::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Strings = std::vector<std::string>;

// A topic whose appends wait until they may go on, and may fail.
class SlowTopic : public FailingTopic {
 public:
  using FailingTopic::FailingTopic;
  Result<int64_t> Append(int32_t partition, std::string block,
                         const log::ProducerCursor& cursor) override {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    return FailingTopic::Append(partition, std::move(block), cursor);
  }
  void Hold() {
    const std::lock_guard lock(mutex_);
    open_ = false;
    waiting_ = 0;
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void AwaitAppend() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int waiting_ = 0;
};

class WebhookSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    log_ = log::OpenLocalLog(folder_.path(), log::OpenMode::kReadWrite).ValueOrDie();
    topic_ = log_->OpenTopic("orders", {}).ValueOrDie();
    definition_.name = "orders";
    webhook().listen = "127.0.0.1:" + std::to_string(FreePort());
    webhook().path = "/orders";
  }
  void TearDown() override { (void)Stop(); }

  static int FreePort() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size), 0);
    ::close(descriptor);
    return ntohs(address.sin_port);
  }

  pipeline::WebhookSource& webhook() {
    if (!std::holds_alternative<pipeline::WebhookSource>(definition_.connector))
      definition_.connector.emplace<pipeline::WebhookSource>();
    return std::get<pipeline::WebhookSource>(definition_.connector);
  }

  // Starts a new source, as a restarted process would.
  void Start(int fail_at = 0) {
    (void)Stop();
    slow_ = std::make_shared<SlowTopic>(topic_, fail_at);
    source_ = MakeSource(definition_, slow_, registry_, Clock::System()).ValueOrDie();
    stop_ = std::stop_source();
    thread_ = std::thread([&] {
      status_ = source_->Run(stop_.get_token(), false);
      EXPECT_TRUE(status_.ok() || KindOf(status_) != ErrorKind::kUser) << status_.ToString();
    });
    while (!httplib::Client("http://" + webhook().listen).Get("/")) std::this_thread::yield();
  }
  Status Stop() {
    if (!thread_.joinable()) return Status::OK();
    stop_.request_stop();
    thread_.join();
    source_.reset();
    return status_;
  }

  // Returns "status body".
  std::string Post(const std::string& body, const httplib::Headers& headers = {},
                   const std::string& path = "/orders") {
    httplib::Client client("http://" + webhook().listen);
    const auto answer = client.Post(path, headers, body, "application/json");
    return answer ? std::to_string(answer->status) + " " + answer->body : "none";
  }

  Strings Values() {
    Strings values;
    for (const auto& block : topic_->Read(0, 0, {}).ValueOrDie())
      for (int64_t i = 0; i < block.records(); ++i) values.emplace_back(block.record(i).value);
    return values;
  }

  const TestFolder folder_;
  std::unique_ptr<log::Log> log_;
  std::shared_ptr<log::Topic> topic_;
  std::shared_ptr<SlowTopic> slow_;
  pipeline::Source definition_;
  metrics::Registry registry_;
  std::unique_ptr<Source> source_;
  std::stop_source stop_;
  std::thread thread_;
  Status status_;
};

constexpr const char* kKept = "202 {\"records\":1,\"repeated\":false}\n";
constexpr const char* kRepeated = "202 {\"records\":1,\"repeated\":true}\n";

TEST_F(WebhookSourceTest, RecordsAreInTheTopicWhenTheAnswerComes) {
  webhook().records = "/events";
  Start();
  EXPECT_EQ(Post(R"({"events":[{"a":1}, {"a":2}]})"), "202 {\"records\":2,\"repeated\":false}\n");
  EXPECT_THAT(Values(), ElementsAre(R"({"a":1})", R"({"a":2})"));
  EXPECT_EQ(Post(R"({"events":[]})"), "202 {\"records\":0,\"repeated\":false}\n");
  EXPECT_EQ(Values().size(), 2U);
  EXPECT_TRUE(Stop().ok());
}

TEST_F(WebhookSourceTest, WhatIsNoRequestIsRefusedAndSaysWhy) {
  webhook().body_bytes_max = 100;
  Start();
  EXPECT_THAT(Post("{\"a\":1"), HasSubstr("400 {\"error\":\"the body is not JSON: "));
  EXPECT_THAT(Post(""), HasSubstr("400 {\"error\":\"the body is empty\"}"));
  EXPECT_THAT(Post("7"), HasSubstr("400 "));
  EXPECT_EQ(Post("{}", {}, "/other"), "404 {\"error\":\"expected the path /orders\"}\n");
  EXPECT_EQ(Post(std::string(101, ' ')), "413 {\"error\":\"the body is larger than 100 B\"}\n");
  EXPECT_EQ(Post(std::string(3 << 20, ' ')), "413 {\"error\":\"the body is larger than 100 B\"}\n");
  EXPECT_THAT(Post("{}", {{"Content-Encoding", "gzip"}}), HasSubstr("415 "));
  httplib::Client client("http://" + webhook().listen);
  const auto multipart =
      client.Post("/orders", "--x\r\n\r\n--x--", "multipart/form-data; boundary=x");
  EXPECT_EQ(multipart->status, 415);
  const auto get = client.Get("/orders");
  EXPECT_EQ(get->status, 405);
  EXPECT_EQ(get->get_header_value("Allow"), "POST");
  const auto chunked = client.Post(
      "/orders",
      [](size_t, httplib::DataSink& sink) {
        const std::string blanks(200, ' ');
        sink.write(blanks.data(), blanks.size());
        sink.done();
        return true;
      },
      "application/json");
  ASSERT_TRUE(chunked);
  EXPECT_EQ(chunked->status, 413);
  EXPECT_THAT(Values(), IsEmpty());
  EXPECT_EQ(Post("{}"), kKept);
}

TEST_F(WebhookSourceTest, WithoutTheTokenNothingIsTaken) {
  webhook().bearer_token = pipeline::Secret{"s3cret"};
  Start();
  for (const char* header :
       {"", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret2", "s3cret", "Basic s3cret"})
    EXPECT_THAT(Post("{}", {{"Authorization", header}}), HasSubstr("401 {\"error\"")) << header;
  EXPECT_THAT(Values(), IsEmpty());
  EXPECT_EQ(Post("{}", {{"Authorization", "Bearer s3cret"}}), kKept);
  EXPECT_EQ(Post("{}", {{"Authorization", "bearer s3cret"}}), kKept);
}

TEST_F(WebhookSourceTest, WithoutASignatureOfTheBodyNothingIsTaken) {
  // The example of GitHub's documentation of webhooks.
  webhook().hmac_secret = pipeline::Secret{"It's a Secret to Everybody"};
  const std::string hex = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  EXPECT_TRUE(IsSigned("Hello, World!", "sha256=" + hex, *webhook().hmac_secret));
  EXPECT_TRUE(IsSigned("Hello, World!", hex, *webhook().hmac_secret));
  EXPECT_TRUE(IsSigned("Hello, World!",
                       "dXEH6g6yUJ/CESIczphLijdXC211hsIsRvQ3nIsEPhc=", *webhook().hmac_secret));
  for (const std::string& signature :
       {std::string(), "sha1=" + hex, hex.substr(1), hex + "0", "=" + hex, "x" + hex.substr(1)})
    EXPECT_FALSE(IsSigned("Hello, World!", signature, *webhook().hmac_secret)) << signature;
  Start();
  EXPECT_THAT(Post("Hello, World?", {{"X-Hub-Signature-256", "sha256=" + hex}}), HasSubstr("401 "));
  EXPECT_THAT(Post("Hello, World!"), HasSubstr("401 "));
  EXPECT_THAT(Post("Hello, World!", {{"X-Hub-Signature-256", "sha256=" + hex}}),
              HasSubstr("400 {\"error\":\"the body is not JSON"));
}

TEST_F(WebhookSourceTest, ARequestThatIsRepeatedIsTakenOnceAlsoAfterARestart) {
  webhook().id_header = "X-Id";
  Start();
  EXPECT_EQ(Post(R"({"a":1})", {{"X-Id", "1"}}), kKept);
  EXPECT_EQ(Post(R"({"a":1})", {{"X-Id", "1"}}), kRepeated);
  Start();
  EXPECT_EQ(Post(R"({"a":1})", {{"X-Id", "1"}}), kRepeated);
  EXPECT_EQ(Post(R"({"a":1})", {{"X-Id", "2"}}), kKept);
  EXPECT_EQ(Post(R"({"a":2})", {{"X-Id", "1"}}),
            "422 {\"error\":\"another body came with this X-Id before\"}\n");
  EXPECT_THAT(Post("{}"), HasSubstr("400 {\"error\":\"expected the header X-Id"));
  EXPECT_THAT(Values(), ElementsAre(R"({"a":1})", R"({"a":1})"));
}

TEST_F(WebhookSourceTest, OnlyTheLastRecordsAreRemembered) {
  webhook().id_header = "X-Id";
  webhook().ids_remembered = 2;
  Start();
  for (const char* id : {"1", "2", "3"}) EXPECT_EQ(Post("{}", {{"X-Id", id}}), kKept);
  EXPECT_EQ(Post("{}", {{"X-Id", "2"}}), kRepeated);
  EXPECT_EQ(Post("{}", {{"X-Id", "1"}}), kKept);
  Start();
  EXPECT_EQ(Post("{}", {{"X-Id", "3"}}), kRepeated);
  EXPECT_EQ(Post("{}", {{"X-Id", "2"}}), kKept);
}

TEST_F(WebhookSourceTest, WhileTooMuchWaitsMoreIsRefusedAndNothingIsLost) {
  webhook().body_bytes_max = 100;
  webhook().pending_bytes_max = 150;
  Start();
  slow_->Hold();
  const std::string body = "{\"a\":\"" + std::string(80, 'x') + "\"}";
  std::string first;
  std::thread sender([&] { first = Post(body); });
  slow_->AwaitAppend();
  EXPECT_THAT(Post(body), HasSubstr("429 {\"error\":\"too many requests wait for the log"));
  slow_->Open();
  sender.join();
  EXPECT_EQ(first, kKept);
  EXPECT_EQ(Post(body), kKept);
  EXPECT_EQ(Values().size(), 2U);
}

TEST_F(WebhookSourceTest, AnAppendThatFailsIsNeverSaidToBeKept) {
  webhook().id_header = "X-Id";
  Start(/*fail_at=*/1);
  EXPECT_EQ(Post("{}", {{"X-Id", "1"}}), "503 {\"error\":\"the log takes no records\"}\n");
  EXPECT_FALSE(Stop().ok());
  EXPECT_THAT(Values(), IsEmpty());
  Start();
  EXPECT_EQ(Post("{}", {{"X-Id", "1"}}), kKept);
}

TEST_F(WebhookSourceTest, AnAddressThatIsTakenIsAUserError) {
  httplib::Server other;
  webhook().listen = "127.0.0.1:" + std::to_string(other.bind_to_any_port("127.0.0.1"));
  auto source = MakeSource(definition_, topic_, registry_, Clock::System()).ValueOrDie();
  const Status status = source->Run({}, false);
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("source 'orders': cannot listen on"));
}

}  // namespace
}  // namespace headrace::source
