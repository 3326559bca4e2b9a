#include "log/kafka_claim.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/random_id.h"

namespace headrace::log {
namespace {

using Json = nlohmann::json;

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string TextOf(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Which boot of which machine, and which container of it: only within it a pid means something.
std::string Place() {
  std::string boot = TextOf("/proc/sys/kernel/random/boot_id");
  if (boot.ends_with('\n')) boot.pop_back();
  std::error_code error;
  const auto pids = std::filesystem::read_symlink("/proc/self/ns/pid", error);
  return boot.empty() || error ? "" : boot + " " + pids.string();
}

// When a process began, in ticks since the boot; empty where there is none.
std::string StartOf(int64_t pid) {
  const std::string stat = TextOf(fmt::format("/proc/{}/stat", pid));
  // The name, in brackets, may hold anything. What follows it: state, and 18 numbers later the
  // start.
  size_t at = stat.rfind(')');
  if (at == std::string::npos || stat.substr(at, 3) == ") Z") return "";
  for (int i = 0; i < 20 && at != std::string::npos; ++i) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return "";
  return stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
}

}  // namespace

Claim MakeClaim(const std::string& pipeline) {
  const int64_t pid = getpid();
  const std::string place = Place();
  return {.pipeline = pipeline,
          .run = RandomId(),
          .host = HostName(),
          .pid = pid,
          .process = place.empty() ? "" : place + " " + StartOf(pid),
          .since_us = Clock::System().NowMicros()};
}

std::string EncodeClaim(const Claim& claim) {
  Json json = {{"pipeline", claim.pipeline}, {"run", claim.run},
               {"host", claim.host},         {"pid", claim.pid},
               {"process", claim.process},   {"since_us", claim.since_us},
               {"number", claim.number},     {"released", claim.is_released}};
  if (!claim.state.empty()) {
    json["state"] = claim.state;
    json["folder"] = claim.folder;
    json["epoch"] = claim.epoch;
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Claim> DecodeClaim(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_object()) {
    try {
      return Claim{.pipeline = json.at("pipeline"),
                   .run = json.at("run"),
                   .host = json.at("host"),
                   .pid = json.at("pid"),
                   .process = json.at("process"),
                   .since_us = json.at("since_us"),
                   .number = json.at("number"),
                   .is_released = json.at("released"),
                   .state = json.value("state", ""),
                   .folder = json.value("folder", ""),
                   .epoch = json.value("epoch", int64_t{0})};
    } catch (const Json::exception&) {  // said below
    }
  }
  return Status::IOError("a claim of the log can't be read: ", text.substr(0, 200));
}

bool HasEnded(const Claim& claim) {
  const std::string place = Place();
  if (place.empty() || !claim.process.starts_with(place + " ")) return false;
  return claim.process != place + " " + StartOf(claim.pid);
}

std::string HolderText(const Claim& claim) {
  const std::chrono::sys_seconds since(std::chrono::seconds(claim.since_us / 1'000'000));
  return fmt::format("process {} on host '{}', which runs since {:%FT%TZ}", claim.pid, claim.host,
                     since);
}

}  // namespace headrace::log
