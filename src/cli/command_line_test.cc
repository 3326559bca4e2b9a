#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "cli/call_headrace.h"

namespace headrace::cli {
namespace {

using testing::HasSubstr;

// Two commands: `greet NAME` prints it, and `break` fails.
std::vector<Command> Commands() {
  return {{"greet", "Greet somebody", "headrace greet Ada   # prints: hello Ada",
           [](CLI::App& app) -> RunFunction {
             auto name = std::make_shared<std::string>();
             app.add_option("NAME", *name, "who")->required();
             return [name](const GlobalOptions& options) {
               std::printf("%shello %s", options.json ? "json " : "", name->c_str());
               return kSuccess;
             };
           }},
          {"break", "Fail", "headrace break", [](CLI::App&) -> RunFunction {
             return [](const GlobalOptions&) -> int { throw std::runtime_error("broken"); };
           }}};
}

Outcome Headrace(const std::vector<std::string>& words) { return CallHeadrace(words, Commands()); }

TEST(CommandLine, RunsTheCommand) {
  const Outcome outcome = Headrace({"greet", "Ada"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "hello Ada");
  EXPECT_EQ(outcome.error, "");
}

TEST(CommandLine, GlobalOptionsStandBeforeOrAfterTheCommand) {
  EXPECT_EQ(Headrace({"--json", "greet", "Ada"}).out, "json hello Ada");
  EXPECT_EQ(Headrace({"greet", "--json", "Ada"}).out, "json hello Ada");
  EXPECT_EQ(Headrace({"--log-format", "json", "greet", "Ada"}).out, "hello Ada");
}

TEST(CommandLine, UnknownCommandNamesWhatIsNear) {
  const Outcome outcome = Headrace({"gret", "Ada"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.error,
            "headrace: error: unknown command 'gret'\n"
            "   the commands are: greet, break; did you mean 'greet'?\n");
}

TEST(CommandLine, UsageErrorsExitWith2) {
  const Outcome missing = Headrace({"greet"});
  EXPECT_EQ(missing.status, 2);
  EXPECT_EQ(missing.error,
            "headrace greet: error: NAME is required\n   see 'headrace greet --help'\n");
  EXPECT_EQ(Headrace({"greet", "Ada", "--nonsense"}).status, 2);
  const Outcome format = Headrace({"greet", "Ada", "--log-format", "xml"});
  EXPECT_EQ(format.status, 2);
  EXPECT_THAT(format.error, HasSubstr("'xml' is neither text nor json"));
  EXPECT_EQ(Headrace({"--json"}).status, 2);
  EXPECT_THAT(Headrace({}).error, HasSubstr("Examples:"));
}

TEST(CommandLine, HelpTeachesByExample) {
  const Outcome help = Headrace({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.out, HasSubstr("headrace greet Ada"));
  EXPECT_THAT(help.out, HasSubstr("Exit status: 0 success"));
  const Outcome of_one = Headrace({"greet", "--help"});
  EXPECT_EQ(of_one.status, 0);
  EXPECT_THAT(of_one.out, HasSubstr("# prints: hello Ada"));
  EXPECT_THAT(of_one.out, HasSubstr("--json"));
}

TEST(CommandLine, Version) {
  const Outcome outcome = Headrace({"--version"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, testing::MatchesRegex("headrace [0-9.]+\n"));
}

TEST(CommandLine, AnExceptionOfACommandIsAFailedRun) {
  const Outcome outcome = Headrace({"break"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.error, "headrace: error: internal: broken\n");
}

}  // namespace
}  // namespace headrace::cli
