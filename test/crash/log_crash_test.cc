// The local log under kill -9: what was acknowledged is there, once, in order, and the cursor of
// each producer agrees with its records.
//
// The program runs itself as a writer ("--writer FOLDER") with several producers that say on stdout
// what was acknowledged, kills it at random moments and at fault points, opens the log again and
// compares; then the next round goes on with the same log.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <sstream>
#include <thread>

#include "log/log.h"

extern char** environ;

namespace headrace::log {
namespace {

constexpr int kRounds = 120;
constexpr int64_t kRetentionBytes = 1 << 20;

// Two producers share a partition; the last one's topic has retention.
struct Producer {
  const char* name;
  const char* topic;
  int32_t partition;
};
constexpr Producer kProducers[] = {
    {"0", "plain", 0}, {"1", "plain", 0}, {"2", "plain", 1}, {"3", "short", 0}};

Result<std::shared_ptr<Topic>> Open(Log& log, const std::string& name) {
  return name == "plain" ? log.OpenTopic(name, {.partitions = 2})
                         : log.OpenTopic(name, {.retention_bytes = kRetentionBytes});
}

// A payload tells its producer, the sequence number of its append, its place in that and the size
// of the append: "1:17:0:3:xxx".
std::string Payload(const std::string& producer, int64_t sequence, int place, int size,
                    size_t padding) {
  return producer + ":" + std::to_string(sequence) + ":" + std::to_string(place) + ":" +
         std::to_string(size) + ":" + std::string(padding, 'x');
}

// Appends until it is killed. Goes on after the cursor, as a source does.
void Produce(Log& log, const Producer& producer) {
  auto topic = Open(log, producer.topic).ValueOrDie();
  std::mt19937_64 random(std::random_device{}());
  int64_t sequence = std::stoll(topic->ReadCursor(producer.name)->value_or("-1"));
  while (true) {
    ++sequence;
    const int size = 1 + static_cast<int>(random() % 8);
    RecordBlockBuilder builder;
    for (int place = 0; place < size; ++place) {
      builder.Append({.value = Payload(producer.name, sequence, place, size,
                                       random() % 4 == 0 ? random() % 6000 : 0)});
    }
    const int64_t offset = topic
                               ->Append(producer.partition, builder.Finish(),
                                        {producer.name, std::to_string(sequence)})
                               .ValueOrDie();
    const std::string line = std::string(producer.name) + " " + std::to_string(sequence) + " " +
                             std::to_string(offset) + "\n";
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::abort();
    if (producer.topic != std::string("short") || sequence % 10 != 0) continue;
    if (!topic->CommitOffset("reader", 0, offset).ok() || !log.ApplyRetention(0).ok()) std::abort();
  }
}

int RunWriter(const std::string& folder) {
  auto log = OpenLocalLog(folder, OpenMode::kReadWrite).ValueOrDie();
  std::vector<std::thread> threads;
  for (const Producer& producer : kProducers) {
    threads.emplace_back([&] { Produce(*log, producer); });
  }
  for (std::thread& thread : threads) thread.join();
  return 1;
}

struct Acknowledged {
  std::string producer;
  int64_t sequence = 0;
  int64_t offset = 0;
};

// Runs a writer until it dies of SIGKILL: by a fault point, or by us after `kill_after_ms`. Returns
// what it said.
std::vector<Acknowledged> RunAndKill(const std::string& folder, const std::string& fault,
                                     int kill_after_ms) {
  int out[2];
  EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  std::string self = "/proc/self/exe";
  std::string flag = "--writer";
  std::string path = folder;
  std::string variable = "HEADRACE_FAULT=" + fault;
  std::vector<char*> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  if (!fault.empty()) environment.push_back(variable.data());
  environment.push_back(nullptr);
  char* argv[] = {self.data(), flag.data(), path.data(), nullptr};
  pid_t process = 0;
  EXPECT_EQ(::posix_spawn(&process, self.c_str(), &actions, nullptr, argv, environment.data()), 0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  std::thread killer;
  if (fault.empty()) {
    killer = std::thread([=] {
      std::this_thread::sleep_for(std::chrono::milliseconds(kill_after_ms));
      ::kill(process, SIGKILL);
    });
  }
  std::string said;
  char buffer[65536];
  for (ssize_t size; (size = ::read(out[0], buffer, sizeof(buffer))) > 0;) {
    said.append(buffer, static_cast<size_t>(size));
  }
  ::close(out[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(process, &status, 0), process);
  if (killer.joinable()) killer.join();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << fault << ": " << status;
  std::vector<Acknowledged> acknowledged;
  std::istringstream lines(said);
  for (Acknowledged line; lines >> line.producer >> line.sequence >> line.offset;) {
    acknowledged.push_back(line);
  }
  return acknowledged;
}

struct Parsed {
  std::string producer;
  int64_t sequence = 0;
  int place = 0;
  int size = 0;
};

Parsed Parse(std::string_view payload) {
  Parsed parsed;
  std::istringstream text{std::string(payload.substr(0, 64))};
  char colon = 0;
  std::getline(text, parsed.producer, ':');
  text >> parsed.sequence >> colon >> parsed.place >> colon >> parsed.size;
  EXPECT_TRUE(static_cast<bool>(text)) << payload.substr(0, 64);
  return parsed;
}

// What has been seen of the log, in offsets and sequence numbers.
class Checker {
 public:
  // Reads what came since the last check and holds it against what was acknowledged.
  void Check(Log& log, const std::vector<Acknowledged>& acknowledged) {
    std::map<std::pair<std::string, int64_t>, int64_t> found;  // offset of each append
    for (const auto& [name, partition] :
         {std::pair{"plain", 0}, std::pair{"plain", 1}, std::pair{"short", 0}}) {
      auto topic = Open(log, name).ValueOrDie();
      ReadPartition(*topic, partition, &found);
    }
    for (const Acknowledged& line : acknowledged) {
      const auto append = found.find({line.producer, line.sequence});
      if (append == found.end()) {
        // Only retention may have taken it.
        ASSERT_EQ(line.producer, "3") << "append " << line.sequence << " is lost";
        ASSERT_LT(line.offset, Open(log, "short").ValueOrDie()->Offsets(0)->first);
        continue;
      }
      ASSERT_EQ(append->second, line.offset);
    }
    acknowledged_ += static_cast<int64_t>(acknowledged.size());
    for (const Producer& producer : kProducers) {
      const auto cursor = Open(log, producer.topic).ValueOrDie()->ReadCursor(producer.name);
      ASSERT_EQ(std::stoll(cursor->value_or("-1")), Last(producer.name)) << producer.name;
    }
  }
  int64_t acknowledged() const { return acknowledged_; }

 private:
  int64_t Last(const std::string& producer) {
    return last_.try_emplace(producer, -1).first->second;
  }

  void ReadPartition(Topic& topic, int32_t partition,
                     std::map<std::pair<std::string, int64_t>, int64_t>* found) {
    int64_t& next = next_[{topic.name(), partition}];
    const OffsetRange range = topic.Offsets(partition).ValueOrDie();
    ASSERT_GE(range.next, next);
    if (range.first > next) {  // Retention: the sequence goes on somewhere.
      ASSERT_EQ(topic.name(), "short");
      next = range.first;
      last_["3"] = -2;
    }
    int expected_place = 0;
    while (next < range.next) {
      const auto blocks = topic.Read(partition, next, {.bytes = 1 << 20}).ValueOrDie();
      ASSERT_FALSE(blocks.empty());
      for (const RecordBlock& block : blocks) {
        ASSERT_EQ(block.base_offset(), next);
        for (int64_t i = 0; i < block.records(); ++i) {
          const Parsed parsed = Parse(block.record(i).value);
          // An append is whole, its records side by side.
          ASSERT_EQ(parsed.place, expected_place);
          expected_place = (expected_place + 1) % parsed.size;
          if (parsed.place == 0) {
            const int64_t last = Last(parsed.producer);
            if (last != -2) {
              ASSERT_EQ(parsed.sequence, last + 1) << parsed.producer;
            }
            last_[parsed.producer] = parsed.sequence;
            (*found)[{parsed.producer, parsed.sequence}] = next + i;
          }
        }
        next = block.next_offset();
      }
    }
    ASSERT_EQ(expected_place, 0);
  }

  std::map<std::pair<std::string, int32_t>, int64_t> next_;
  std::map<std::string, int64_t> last_;  // -1: none yet, -2: not known
  int64_t acknowledged_ = 0;
};

TEST(LogCrash, WhatWasAcknowledgedIsThereOnceInOrder) {
  const std::string folder = ::testing::TempDir() + "headrace_log_crash";
  std::filesystem::remove_all(folder);
  std::mt19937_64 random(7);
  Checker checker;
  for (int round = 0; round < kRounds; ++round) {
    std::string fault;
    if (round % 3 != 0) {
      fault = (round % 3 == 1 ? "log.before_write:" : "log.after_write:") +
              std::to_string(1 + random() % 20);
    }
    const auto acknowledged = RunAndKill(folder, fault, static_cast<int>(random() % 120));
    auto log = OpenLocalLog(folder, OpenMode::kReadWrite).ValueOrDie();
    checker.Check(*log, acknowledged);
    if (HasFatalFailure()) FAIL() << "round " << round << " " << fault;
  }
  EXPECT_GT(checker.acknowledged(), kRounds);
  // Once more, all of it.
  auto log = OpenLocalLog(folder, OpenMode::kReadWrite).ValueOrDie();
  Checker().Check(*log, {});
  EXPECT_GT(Open(*log, "short").ValueOrDie()->Offsets(0)->first, 0);
  RecordProperty("acknowledged", static_cast<int>(checker.acknowledged()));
  log.reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace headrace::log

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--writer") {
    return headrace::log::RunWriter(argv[2]);
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
