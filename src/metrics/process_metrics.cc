#include "metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace headrace::metrics {
namespace {

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double OpenFiles() {
  std::error_code error;
  double count = -1;  // the listing's own
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    ++count;
  return count;
}

// Ticks since the machine was booted (the 22nd field), and the machine's boot time.
double StartSeconds() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  std::ifstream stat("/proc/stat");
  double boot = 0;
  for (std::string word; stat >> word;) {
    if (word == "btime") stat >> boot;
  }
  return boot + std::stod(field.empty() ? "0" : field) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

std::shared_ptr<void> WatchProcess(Registry& registry, const std::string& version) {
  registry
      .gauge("headrace_build_info", "The version of the program, as a label",
             {{"version", version}})
      .Set(1);
  registry.gauge("process_start_time_seconds", "Unix time at which the process started")
      .Set(StartSeconds());
  Counter cpu = registry.counter("process_cpu_seconds_total", "CPU time of user and system");
  Gauge resident = registry.gauge("process_resident_memory_bytes", "Resident memory");
  Gauge files = registry.gauge("process_open_fds", "Open file descriptors");
  return registry.BeforeText([=]() mutable {
    cpu.Add(CpuSeconds() - cpu.value());
    resident.Set(ResidentBytes());
    files.Set(OpenFiles());
  });
}

}  // namespace headrace::metrics
