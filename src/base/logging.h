// Logs go to stderr, as text or as one JSON object a line; results go to stdout. Secrets are never
// logged.
//
//   LogInfo("source", "polled {} records in {} ms", records, elapsed_ms);
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace headrace {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };

// Sets level and form for the process. Before the first call: kInfo, text.
void ConfigureLogging(LogLevel level, LogFormat format);

// Writes one line. `module` is the folder under src/ that speaks. Thread-safe.
void Log(LogLevel level, std::string_view module, std::string_view message);

template <typename... Args>
void LogDebug(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kDebug, module, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogInfo(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kInfo, module, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogWarning(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kWarning, module, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogError(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kError, module, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace headrace
