// A Command is one word of the command line: `headrace check`, `headrace run`. Each lives in a file
// of its own, src/cli/<command>_command.{h,cc}, that offers one function returning its Command; the
// table in commands.cc lists them all.
//
//   Command CheckCommand() {
//     return {"check", "Check a pipeline file", "headrace check quakes.yaml", [](CLI::App& app) {
//       auto file = std::make_shared<std::string>();
//       app.add_option("FILE", *file, "the pipeline file")->required();
//       return [file](const GlobalOptions& options) { return Check(*file, options); };
//     }};
//   }
#pragma once

#include <functional>
#include <string>

#include "base/logging.h"

namespace CLI {
class App;
}

namespace headrace::cli {

// Exit statuses of the program.
inline constexpr int kSuccess = 0;
inline constexpr int kRunFailed = 1;    // the work was begun and failed
inline constexpr int kUsageFailed = 2;  // the pipeline file or the usage is wrong

// What every command understands.
struct GlobalOptions {
  bool json = false;     // results on stdout (and diagnostics) for programs
  bool verbose = false;  // debug logs
  LogFormat log_format = LogFormat::kText;
};

// Runs a command whose options have been parsed; returns the exit status.
using RunFunction = std::function<int(const GlobalOptions&)>;

struct Command {
  std::string name;
  std::string summary;   // one line, without a full stop
  std::string examples;  // command lines that work, one a line; "# ..." after one says what it does
  // Declares the options on `app` and returns what runs the command with them. Values that options
  // are parsed into belong to the returned function, which lives as long as the command line.
  std::function<RunFunction(CLI::App& app)> declare;
  bool hidden = false;  // for this project's own use; not listed in the help
};

}  // namespace headrace::cli
