#include "base/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace headrace {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array kDurationUnits = {
    Unit{"us", 1},        Unit{"microsecond", 1},    Unit{"ms", 1e3},      Unit{"millisecond", 1e3},
    Unit{"s", 1e6},       Unit{"second", 1e6},       Unit{"m", 60e6},      Unit{"min", 60e6},
    Unit{"minute", 60e6}, Unit{"h", 3600e6},         Unit{"hour", 3600e6}, Unit{"d", 86400e6},
    Unit{"day", 86400e6}, Unit{"week", 7 * 86400e6},
};

constexpr std::array kSizeUnits = {
    Unit{"", 1},     Unit{"B", 1},    Unit{"KiB", 1024}, Unit{"MiB", 1 << 20}, Unit{"GiB", 1 << 30},
    Unit{"KB", 1e3}, Unit{"kB", 1e3}, Unit{"MB", 1e6},   Unit{"GB", 1e9},
};

Result<int64_t> Parse(std::string_view text, std::span<const Unit> units, bool plural,
                      std::string_view expected) {
  const auto error = [&] { return UserError(fmt::format("'{}' is no {}", text, expected)); };
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || !std::isfinite(number) || number < 0) return error();
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  while (unit.ends_with(' ')) unit.remove_suffix(1);
  for (const Unit& candidate : units) {
    const bool matches =
        unit == candidate.name || (plural && candidate.name.size() > 2 && unit.ends_with('s') &&
                                   unit.substr(0, unit.size() - 1) == candidate.name);
    if (!matches) continue;
    const double value = std::round(number * candidate.factor);
    if (value >= static_cast<double>(std::numeric_limits<int64_t>::max())) return error();
    return static_cast<int64_t>(value);
  }
  return error();
}

std::string Format(double value, std::string_view unit) {
  return value < 10 && value != std::floor(value) ? fmt::format("{:.1f} {}", value, unit)
                                                  : fmt::format("{:.0f} {}", value, unit);
}

}  // namespace

Result<int64_t> ParseDuration(std::string_view text) {
  return Parse(text, kDurationUnits, true,
               "duration; write a number and a unit, such as '250 ms', '5 s', '1 hour'");
}

Result<int64_t> ParseSize(std::string_view text) {
  return Parse(text, kSizeUnits, false,
               "size; write a number and a unit, such as '64 KiB', '1 GiB', '10 MB'");
}

std::string FormatDuration(int64_t microseconds) {
  const auto value = static_cast<double>(microseconds);
  if (value < 1e3) return Format(value, "us");
  if (value < 1e6) return Format(value / 1e3, "ms");
  if (value < 120e6) return Format(value / 1e6, "s");
  if (value < 7200e6) return Format(value / 60e6, "min");
  if (value < 2 * 86400e6) return Format(value / 3600e6, "h");
  return Format(value / 86400e6, "days");
}

std::string FormatSize(int64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (value < 1024) return Format(value, "B");
  if (value < (1 << 20)) return Format(value / 1024, "KiB");
  if (value < (1 << 30)) return Format(value / (1 << 20), "MiB");
  return Format(value / (1 << 30), "GiB");
}

}  // namespace headrace
