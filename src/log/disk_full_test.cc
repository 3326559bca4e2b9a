// A disk that fills up, and is emptied again. The functions of the C library that write are
// replaced in this program by ones that refuse when told to: for RocksDB that is what a full disk
// is.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <thread>

#include "log/log.h"

namespace {

std::atomic<bool> disk_full{false};

bool Refused(int descriptor) {
  struct stat status {};
  if (!disk_full || ::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  errno = ENOSPC;
  return true;
}

}  // namespace

extern "C" ssize_t write(int descriptor, const void* data, size_t size) {
  return Refused(descriptor) ? -1 : ::syscall(SYS_write, descriptor, data, size);
}
extern "C" ssize_t pwrite(int descriptor, const void* data, size_t size, off_t offset) {
  return Refused(descriptor) ? -1 : ::syscall(SYS_pwrite64, descriptor, data, size, offset);
}
extern "C" int fallocate(int descriptor, int mode, off_t offset, off_t size) {
  return Refused(descriptor)
             ? -1
             : static_cast<int>(::syscall(SYS_fallocate, descriptor, mode, offset, size));
}

namespace headrace::log {
namespace {

std::string Block(const std::string& value) {
  RecordBlockBuilder builder;
  builder.Append({.value = value});
  return builder.Finish();
}

// RocksDB looks every five seconds whether there is space again.
int64_t AppendWhenItGoes(Topic& topic, const std::string& value) {
  for (int attempt = 0; attempt < 600; ++attempt) {
    const auto offset = topic.Append(0, Block(value), {"p", value});
    if (offset.ok()) return *offset;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return -1;
}

TEST(DiskFull, TheLogGoesOnWhenThereIsSpaceAgain) {
  const std::string folder = ::testing::TempDir() + "headrace_disk_full";
  std::filesystem::remove_all(folder);
  auto log = OpenLocalLog(folder, OpenMode::kReadWrite).ValueOrDie();
  auto topic = log->OpenTopic("t", {}).ValueOrDie();
  std::vector<std::string> expected;
  for (int round = 0; round < 3; ++round) {
    const std::string value = std::to_string(round) + std::string(100'000, 'x');
    ASSERT_EQ(topic->Append(0, Block(value), {"p", "before"}).ValueOrDie(), 2 * round);
    expected.push_back(value);
    disk_full = true;
    for (int i = 0; i < 2; ++i) {
      const Status status = topic->Append(0, Block("lost"), {"p", "lost"}).status();
      EXPECT_THAT(status.message(), ::testing::HasSubstr("No space left on device"));
      EXPECT_THAT(status.message(), ::testing::HasSubstr(folder));
      EXPECT_EQ(KindOf(status), ErrorKind::kFatal);
    }
    EXPECT_EQ(topic->Offsets(0)->next, 2 * round + 1);
    EXPECT_EQ(topic->ReadCursor("p").ValueOrDie(), "before");
    EXPECT_EQ(topic->Read(0, 0, {})->size(), expected.size());
    disk_full = false;
    ASSERT_EQ(AppendWhenItGoes(*topic, "after"), 2 * round + 1);
    expected.emplace_back("after");
  }
  topic.reset();
  log.reset();
  log = OpenLocalLog(folder, OpenMode::kReadWrite).ValueOrDie();
  topic = log->FindTopic("t").ValueOrDie();
  std::vector<std::string> values;
  for (const auto& block : topic->Read(0, 0, {}).ValueOrDie()) {
    values.emplace_back(block.record(0).value);
  }
  EXPECT_EQ(values, expected);
  EXPECT_EQ(topic->ReadCursor("p").ValueOrDie(), "after");
  topic.reset();
  log.reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace headrace::log
