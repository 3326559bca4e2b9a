// A folder of a test's own.
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>

namespace headrace {

// There and empty from the beginning, and gone with the object. In memory where the machine has
// such a folder: tests sync thousands of small files.
class TestFolder {
 public:
  TestFolder() {
    static std::atomic<int> count = 0;
    const std::filesystem::path memory = "/dev/shm";
    path_ = (std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) /
            ("headrace_test." + std::to_string(::getpid()) + "." + std::to_string(count++));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string path() const { return path_.string(); }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace headrace
