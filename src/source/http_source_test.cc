#include "source/http_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "http/raw_test_server.h"
#include "source/failing_topic.h"

namespace headrace::source {
namespace {

using http::RawReply;
using http::RawTestServer;
using http::Reply;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using Strings = std::vector<std::string>;

class HttpSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "headrace_source_" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    log_ = log::OpenLocalLog(folder_, log::OpenMode::kReadWrite).ValueOrDie();
    definition_.name = "feed";
    definition_.key = {"id"};
    definition_.order_by = {"v"};
    http().every_us = 1000;
    http().retry_backoff_us = 100;
    http().retries_max = 0;
  }
  void TearDown() override {
    topic_.reset();
    log_.reset();
    std::filesystem::remove_all(folder_);
  }

  pipeline::HttpSource& http() { return std::get<pipeline::HttpSource>(definition_.connector); }

  // Serves the answers one after the other; the last one again and again. An answer that is JSON
  // goes with status 200.
  void Serve(std::vector<std::string> answers) {
    server_ = std::make_unique<RawTestServer>([this, answers, next = size_t{0}](auto&) mutable {
      const std::string answer = answers[std::min(next++, answers.size() - 1)];
      if (answer == "304") return Reply(304, "");
      if (answer.starts_with("HTTP/")) return RawReply{answer};
      return Reply(200, answer, headers_);
    });
    http().url = server_->Url();
  }

  log::Topic& topic() {
    if (topic_ == nullptr) {
      topic_ = log_->OpenTopic("feed", {.partitions = definition_.partitions}).ValueOrDie();
    }
    return *topic_;
  }

  // Runs a new source, as a restarted process would, until it has caught up.
  Status Run(int fail_at = 0) {
    topic();
    auto source = MakeSource(definition_, std::make_shared<FailingTopic>(topic_, fail_at),
                             registry_, Clock::System());
    RETURN_NOT_OK(source.status());
    return (*source)->Run({}, /*until_caught_up=*/true);
  }

  // All that the topic holds, in order within a partition.
  Strings Values() {
    Strings values;
    for (int32_t partition = 0; partition < topic().partitions(); ++partition) {
      for (const auto& block : topic().Read(partition, 0, {}).ValueOrDie()) {
        for (int64_t i = 0; i < block.records(); ++i) {
          values.emplace_back(block.record(i).value);
          keys_.emplace_back(block.record(i).key);
        }
      }
    }
    return values;
  }

  double Metric(const std::string& name) { return registry_.Sum("headrace_source_" + name); }

  std::string folder_;
  std::unique_ptr<log::Log> log_;
  std::shared_ptr<log::Topic> topic_;
  pipeline::Source definition_;
  std::string headers_;
  std::unique_ptr<RawTestServer> server_;
  metrics::Registry registry_;
  Strings keys_;
};

constexpr const char* kA1 = R"({"id":"a","v":1})";
constexpr const char* kA2 = R"({"id":"a","v":2})";
constexpr const char* kB1 = R"({"id":"b","v":1})";
constexpr const char* kC1 = R"({"id":"c","v":1})";

std::string Array(const Strings& records) {
  std::string array;
  for (const std::string& record : records) array += (array.empty() ? "[" : ",") + record;
  return array.empty() ? "[]" : array + "]";
}

TEST_F(HttpSourceTest, KeepsEachVersionOnce) {
  Serve({Array({kA1, kB1}), Array({kA1, kB1}), Array({kA2, kB1, kC1, kC1})});
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Values(), ElementsAre(kA1, kB1, kA2, kC1));
  EXPECT_THAT(keys_, ElementsAre("a", "b", "a", "c"));
  EXPECT_EQ(Metric("polls_total"), 6);
  EXPECT_EQ(Metric("records_total"), 2 + 2 + 4 * 4);
  EXPECT_EQ(Metric("records_appended_total"), 4);
  EXPECT_EQ(Metric("records_unchanged_total"), 16);
  ASSERT_TRUE(Run().ok());  // A restart knows what is kept.
  EXPECT_EQ(Values().size(), 4u);
}

TEST_F(HttpSourceTest, ValidatorsAreSentAndOutliveARestart) {
  headers_ = "ETag: \"e1\"\r\n";
  Serve({Array({kA1}), "304"});
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(server_->requests()[0], Not(HasSubstr("If-None-Match")));
  EXPECT_THAT(server_->requests()[1], HasSubstr("If-None-Match: \"e1\""));
  const size_t before = server_->requests().size();
  EXPECT_EQ(before, 4u);
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(server_->requests()[before], HasSubstr("If-None-Match: \"e1\""));
  EXPECT_THAT(Values(), ElementsAre(kA1));
}

TEST_F(HttpSourceTest, WithoutOrderByTheBytesTellVersionsApart) {
  definition_.order_by.clear();
  const std::string other = R"({"id":"a","v":1,"x":0})";
  const std::string nameless = R"({"v":1})";
  Serve({Array({kA1, nameless}), Array({other, nameless}), Array({kA1, nameless})});
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Values(), ElementsAre(kA1, nameless, other, kA1));
}

TEST_F(HttpSourceTest, BadAnswersAreCountedAndNeverFatal) {
  http().records = "/d";
  http().response_bytes_max = 10'000;
  const std::string good = R"({"d":[)" + std::string(kA1) + "]}";
  Serve({"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", "<html>down</html>", good.substr(0, 20),
         R"({"e":1})", "", std::string(20'000, ' '), "HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n[",
         "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n",
         "HTTP/1.1 302 X\r\nLocation: ftp://a/\r\n\r\n",
         "HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n", good});
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Values(), ElementsAre(kA1));
  const std::string text = registry_.Text();
  for (const auto& [reason, count] : std::vector<std::pair<std::string, int>>{{"server_error", 1},
                                                                              {"malformed", 3},
                                                                              {"no_records", 1},
                                                                              {"too_large", 1},
                                                                              {"cut", 1},
                                                                              {"refused", 1},
                                                                              {"redirect", 1},
                                                                              {"throttled", 1}}) {
    EXPECT_THAT(text, HasSubstr("headrace_source_errors_total{reason=\"" + reason +
                                "\",source=\"feed\"} " + std::to_string(count)));
  }
  EXPECT_EQ(Metric("polls_total"), 14);
}

TEST_F(HttpSourceTest, OnErrorFailEndsTheRun) {
  http().fail_on_error = true;
  Serve({"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n"});
  const Status status = Run();
  EXPECT_EQ(KindOf(status), ErrorKind::kFatal);
  EXPECT_THAT(status.message(), HasSubstr("source 'feed'"));
  EXPECT_THAT(status.message(), HasSubstr("403"));
}

TEST_F(HttpSourceTest, RetriesWithinAPollAreBounded) {
  http().retries_max = 2;
  http().every_us = 50'000;
  Serve({"", "", Array({kA1})});
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Values(), ElementsAre(kA1));
  EXPECT_EQ(Metric("retries_total"), 2);
  EXPECT_EQ(Metric("polls_total"), 4);
}

TEST_F(HttpSourceTest, PagesOfAPollAreOneAppend) {
  http().records = "/d";
  http().pagination = {
      .kind = pipeline::Pagination::Kind::kNextUrl, .pointer = "/next", .parameter = ""};
  headers_ = "ETag: \"e\"\r\n";
  const auto page = [](const std::string& record, const std::string& next) {
    return R"({"d":[)" + record + R"(],"next":)" + next + "}";
  };
  server_ = std::make_unique<RawTestServer>([&](const std::string& request) {
    if (request.starts_with("GET /2")) return Reply(200, page(kB1, R"("/3?x=1")"), headers_);
    if (request.starts_with("GET /3?x=1")) return Reply(200, page(kC1, "null"), headers_);
    return Reply(200, page(kA1, R"("2")"), headers_);
  });
  http().url = server_->Url("/1");
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Values(), ElementsAre(kA1, kB1, kC1));
  EXPECT_EQ(topic().Read(0, 0, {})->size(), 1u);
  // What the first page says of itself says nothing of the others.
  for (const auto& request : server_->requests()) {
    EXPECT_THAT(request, Not(HasSubstr("If-None-Match")));
  }
}

TEST_F(HttpSourceTest, AnUnkeyedSourceGoesOnWithThePageThatFailed) {
  definition_.key.clear();
  http().records = "";
  http().pagination = {.kind = pipeline::Pagination::Kind::kPage, .pointer = "", .parameter = "p"};
  bool broken = true;
  int polls = 0;
  server_ = std::make_unique<RawTestServer>([&](const std::string& request) {
    if (request.starts_with("GET /?p=1")) return Reply(200, ++polls == 1 ? "[1,2]" : "[]");
    if (request.starts_with("GET /?p=2")) {
      return broken ? (broken = false, Reply(500, "")) : Reply(200, "[3]");
    }
    return Reply(200, "[]");
  });
  http().url = server_->Url("/");
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Values(), ElementsAre("1", "2", "3"));
}

TEST_F(HttpSourceTest, APollThatBreaksOffKeepsItsGoodPages) {
  http().pagination = {.kind = pipeline::Pagination::Kind::kPage, .pointer = "", .parameter = "p"};
  int failures = 2;
  server_ = std::make_unique<RawTestServer>([&](const std::string& request) {
    if (request.starts_with("GET /?p=1")) return Reply(200, Array({kA1}));
    if (request.starts_with("GET /?p=2")) {
      return failures-- > 0 ? Reply(200, "[{\"id\":") : Reply(200, Array({kB1}));
    }
    return Reply(200, "[]");
  });
  http().url = server_->Url("/");
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(Values(), ElementsAre(kA1, kB1));
}

// Whichever append fails, after a restart each record is there once.
TEST_F(HttpSourceTest, SeveralPartitionsAreExactlyOnce) {
  definition_.partitions = 4;
  headers_ = "ETag: \"e\"\r\n";
  Strings records;
  for (int i = 0; i < 40; ++i) records.push_back(R"({"id":)" + std::to_string(i) + R"(,"v":1})");
  for (int fail_at = 1; fail_at <= 4; ++fail_at) {
    const std::string folder = folder_ + std::to_string(fail_at);
    std::filesystem::remove_all(folder);
    topic_.reset();
    log_ = log::OpenLocalLog(folder, log::OpenMode::kReadWrite).ValueOrDie();
    Serve({Array(records)});
    EXPECT_THAT(Run(fail_at).message(), HasSubstr("disk is full"));
    EXPECT_LT(Values().size(), records.size());
    ASSERT_TRUE(Run().ok());
    EXPECT_THAT(Values(), ::testing::UnorderedElementsAreArray(records)) << fail_at;
    std::filesystem::remove_all(folder);
  }
}

TEST_F(HttpSourceTest, AStopEndsTheRunSoon) {
  Serve({Array({kA1})});
  http().every_us = 3'600'000'000;
  auto source = MakeSource(definition_, (topic(), topic_), registry_, Clock::System()).ValueOrDie();
  std::stop_source stop;
  std::thread runner([&] { EXPECT_TRUE(source->Run(stop.get_token(), false).ok()); });
  EXPECT_TRUE(topic().WaitForRecords(0, 0, 30'000'000));
  const int64_t begin = MonotonicMicros();
  stop.request_stop();
  runner.join();
  EXPECT_LT(MonotonicMicros() - begin, 1'000'000);
}

TEST_F(HttpSourceTest, MissedTicksAreLeftOutAndTheRestDoNotDrift) {
  std::vector<int64_t> times;
  server_ = std::make_unique<RawTestServer>([&](const std::string&) {
    times.push_back(MonotonicMicros());
    // The second answer takes three and a half intervals.
    if (times.size() == 2) std::this_thread::sleep_for(std::chrono::milliseconds(350));
    return Reply(
        200, times.size() < 6 ? Array({R"({"id":)" + std::to_string(times.size()) + "}"}) : "[]");
  });
  http().url = server_->Url();
  http().every_us = 100'000;
  ASSERT_TRUE(Run().ok());
  ASSERT_GE(times.size(), 6u);
  const std::vector<int> ticks = {0, 1, 5, 6, 7, 8};
  for (size_t i = 0; i < ticks.size(); ++i) {
    const double tick = static_cast<double>(times[i] - times[0]) / 100'000;
    EXPECT_NEAR(tick, ticks[i], 0.45) << i;
  }
}

TEST_F(HttpSourceTest, DefinitionsAreChecked) {
  topic();
  const auto error = [&] {
    return MakeSource(definition_, topic_, registry_, Clock::System()).status();
  };
  http().url = "ftp://a/";
  EXPECT_EQ(KindOf(error()), ErrorKind::kUser);
  http().url = "http://a/";
  EXPECT_TRUE(error().ok());
  http().headers = {{"X", "a\r\nInjected: b"}};
  EXPECT_EQ(KindOf(error()), ErrorKind::kUser);
  EXPECT_THAT(error().message(), Not(HasSubstr("Injected")));
  http().headers = {};
  http().bearer_token = pipeline::Secret{"sec\nret"};
  EXPECT_EQ(KindOf(error()), ErrorKind::kUser);
  EXPECT_THAT(error().message(), Not(HasSubstr("ret\"")));
  http().bearer_token.reset();
  http().records = "features";
  EXPECT_EQ(KindOf(error()), ErrorKind::kUser);
}

}  // namespace
}  // namespace headrace::source
