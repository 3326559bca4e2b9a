// For tests: runs the command line as a user does.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/command_line.h"

namespace headrace::cli {

struct Outcome {
  int status;
  std::string out;
  std::string error;
};

// Runs `headrace` with these words and returns what it printed.
inline Outcome CallHeadrace(std::vector<std::string> words, const std::vector<Command>& commands) {
  words.insert(words.begin(), "headrace");
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = RunCommandLine(static_cast<int>(argv.size()), argv.data(), commands);
  return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

}  // namespace headrace::cli
