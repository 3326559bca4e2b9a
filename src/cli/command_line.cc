#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/diagnostic.h"

namespace headrace::cli {
namespace {

constexpr std::string_view kAbout =
    "headrace: from an API to a lake table, through a durable log and streaming SQL.\n"
    "One YAML file describes a pipeline; headrace checks it, explains it and runs it.";

constexpr std::string_view kExitStatuses =
    "Exit status: 0 success, 1 the run failed, 2 the pipeline file or the usage is wrong.\n"
    "Results go to stdout, logs and diagnostics to stderr.";

const std::map<std::string, LogFormat> kLogFormats = {{"text", LogFormat::kText},
                                                      {"json", LogFormat::kJson}};

void DeclareGlobalOptions(CLI::App& app, GlobalOptions& options) {
  app.add_flag("--json", options.json, "print results and diagnostics as JSON");
  app.add_flag("--verbose,-v", options.verbose, "log what happens in detail");
  app.add_option_function<std::string>(
         "--log-format",
         [&](const std::string& name) { options.log_format = kLogFormats.at(name); },
         "form of the logs on stderr: text (default) or json")
      ->type_name("text|json")
      ->check([](const std::string& name) {
        return kLogFormats.contains(name) ? std::string()
                                          : fmt::format("'{}' is neither text nor json", name);
      });
}

std::string Indented(std::string_view lines) {
  std::string out = "  ";
  for (const char c : lines) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

std::string AllExamples(const std::vector<Command>& commands) {
  std::string examples;
  for (const Command& command : commands) {
    if (command.hidden) continue;
    examples += Indented(command.examples.substr(0, command.examples.find('\n'))) + "\n";
  }
  return examples;
}

// The first word that is no option: what the user meant as a command.
std::optional<std::string> CommandWord(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--log-format") {
      ++i;
    } else if (!word.starts_with('-')) {
      return std::string(word);
    }
  }
  return std::nullopt;
}

int ReportUsage(const CLI::ParseError& error, const std::vector<Command>& commands,
                const std::optional<std::string>& word) {
  std::vector<std::string> names;
  bool known = false;
  for (const Command& command : commands) {
    known |= word == command.name;
    if (!command.hidden) names.push_back(command.name);
  }
  if (!word) {
    fmt::print(stderr, "headrace: error: {}\n   see 'headrace --help'\n", error.what());
  } else if (!known) {
    fmt::print(stderr, "headrace: error: unknown command '{}'\n   {}\n", *word,
               HintOfNames("commands", *word, names));
  } else {
    fmt::print(stderr, "headrace {}: error: {}\n   see 'headrace {} --help'\n", *word, error.what(),
               *word);
  }
  return kUsageFailed;
}

// Returns the exit status where there is nothing to run: help, version, a usage error.
std::optional<int> Parse(CLI::App& app, int argc, const char* const* argv,
                         const std::vector<Command>& commands) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::Success& request) {  // --help, --version
    return app.exit(request);
  } catch (const CLI::ParseError& error) {
    return ReportUsage(error, commands, CommandWord(argc, argv));
  }
}

int Run(int argc, const char* const* argv, const std::vector<Command>& commands) {
  CLI::App app(std::string(kAbout), "headrace");
  app.set_version_flag("--version", "headrace " HEADRACE_VERSION);
  app.footer(fmt::format("Examples:\n{}\n{}\n'headrace COMMAND --help' shows the options of one.",
                         AllExamples(commands), kExitStatuses));
  GlobalOptions options;
  DeclareGlobalOptions(app, options);
  std::map<const CLI::App*, RunFunction> runs;
  for (const Command& command : commands) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    if (command.hidden) sub->group("");
    sub->footer("Examples:\n" + Indented(command.examples));
    runs[sub] = command.declare(*sub);
    DeclareGlobalOptions(*sub, options);
  }
  if (argc <= 1) {
    fmt::print(stderr, "{}", app.help());
    return kUsageFailed;
  }
  app.require_subcommand(1);
  if (const std::optional<int> status = Parse(app, argc, argv, commands)) return *status;
  const CLI::App* chosen = app.get_subcommands().front();
  ConfigureLogging(options.verbose ? LogLevel::kDebug : LogLevel::kInfo, options.log_format);
  return runs.at(chosen)(options);
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv, const std::vector<Command>& commands) {
  try {
    return Run(argc, argv, commands);
  } catch (const std::exception& error) {
    fmt::print(stderr, "headrace: error: internal: {}\n", error.what());
    return kRunFailed;
  }
}

}  // namespace headrace::cli
