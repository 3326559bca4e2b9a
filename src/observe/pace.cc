#include <fmt/format.h>

#include <array>
#include <utility>

#include "observe/rules.h"

namespace headrace::observe {

std::string DurationText(int64_t duration_us) {
  constexpr std::array<std::pair<int64_t, const char*>, 5> kUnits = {
      {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}}};
  int64_t left_ms = (duration_us + 999) / 1000;
  if (left_ms == 0) return "0s";
  std::string text;
  for (const auto& [unit_ms, name] : kUnits) {
    if (left_ms < unit_ms) continue;
    text += fmt::format("{}{}", left_ms / unit_ms, name);
    left_ms %= unit_ms;
  }
  return text;
}

std::string Pace::Window() const { return "[" + DurationText(Times(20)) + "]"; }

}  // namespace headrace::observe
