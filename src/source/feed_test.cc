// The HTTP source against the feed server of the quakes example, which misbehaves: all of every
// event arrives, once, and in order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "source/source.h"

extern char** environ;

namespace headrace::source {
namespace {

const std::string kFeedServer = "examples/quakes/feed_server";
const std::string kData = HEADRACE_QUAKES_DATA;

// A feed server of its own process, on a free port.
class FeedServer {
 public:
  explicit FeedServer(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {kFeedServer, "--data", kData, "--port", "0"});
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int out[2];
    EXPECT_EQ(::pipe(out), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, out[0]);
    EXPECT_EQ(::posix_spawn(&process_, argv[0], &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) url_ += c;
    ::close(out[0]);
  }
  ~FeedServer() {
    ::kill(process_, SIGTERM);
    int status = 0;
    ::waitpid(process_, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  const std::string& url() const { return url_; }

 private:
  pid_t process_ = 0;
  std::string url_;
};

nlohmann::json Oracle() {
  FILE* const pipe = ::popen((kFeedServer + " --data " + kData + " --print-final").c_str(), "r");
  std::string text;
  char buffer[65536];
  for (size_t size; (size = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;) {
    text.append(buffer, size);
  }
  EXPECT_EQ(::pclose(pipe), 0);
  return nlohmann::json::parse(text);
}

class FeedTest : public ::testing::TestWithParam<int32_t> {};

TEST_P(FeedTest, AMisbehavingFeedArrivesWholeAndOnce) {
  const std::string folder = ::testing::TempDir() + "headrace_feed_" + std::to_string(GetParam());
  std::filesystem::remove_all(folder);
  const FeedServer server({"--step", "6h", "--misbehave", "0.4", "--seed", "1"});
  auto log = log::OpenLocalLog(folder, log::OpenMode::kReadWrite).ValueOrDie();
  auto topic = log->OpenTopic("feed", {.partitions = GetParam()}).ValueOrDie();
  pipeline::Source definition;
  definition.name = "feed";
  definition.key = {"id"};
  definition.order_by = {"properties", "updated"};
  auto& http = std::get<pipeline::HttpSource>(definition.connector);
  http.url = server.url();
  http.every_us = 1000;
  http.records = "/features";
  http.retry_backoff_us = 1000;
  http.retries_max = 1;
  metrics::Registry registry;
  // Runs that are stopped in the midst of it, then one to the end.
  for (int run = 0; run < 5; ++run) {
    std::stop_source stop;
    std::thread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(150));
      stop.request_stop();
    });
    auto source = MakeSource(definition, topic, registry, Clock::System()).ValueOrDie();
    EXPECT_TRUE(source->Run(stop.get_token(), true).ok());
    stopper.join();
  }
  auto source = MakeSource(definition, topic, registry, Clock::System()).ValueOrDie();
  ASSERT_TRUE(source->Run({}, true).ok());
  EXPECT_GT(registry.Sum("headrace_source_errors_total"), 10);

  std::map<std::string, std::string> latest;
  std::set<std::pair<std::string, int64_t>> versions;
  for (int32_t partition = 0; partition < GetParam(); ++partition) {
    for (const auto& block : topic->Read(partition, 0, {}).ValueOrDie()) {
      for (int64_t i = 0; i < block.records(); ++i) {
        const auto record = block.record(i);
        const auto event = nlohmann::json::parse(record.value);
        const std::string id = event["id"];
        EXPECT_EQ(record.key, id);
        EXPECT_TRUE(versions.emplace(id, event["properties"]["updated"]).second) << id;
        latest[id] = record.value;
      }
    }
  }
  const auto oracle = Oracle();
  ASSERT_EQ(latest.size(), oracle["events"].size());
  for (const auto& [id, event] : oracle["events"].items()) {
    EXPECT_EQ(nlohmann::json::parse(latest[id]), event["final"]) << id;
  }
  topic.reset();
  log.reset();
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Partitions, FeedTest, ::testing::Values(1, 3));

}  // namespace
}  // namespace headrace::source
