#include "metrics/registry.h"

#include <gmock/gmock.h>

#include <ctime>
#include <string>

#include "metrics/process_metrics.h"

namespace headrace::metrics {
namespace {

using ::testing::HasSubstr;

TEST(RegistryTest, TheSameNameAndLabelsAreOneMetric) {
  Registry registry;
  registry.counter("headrace_records_total", "Records.", {{"source", "a"}}).Add(2);
  registry.counter("headrace_records_total", "Records.", {{"source", "a"}}).Add();
  registry.counter("headrace_records_total", "Records.", {{"source", "b"}}).Add(4);
  EXPECT_EQ(registry.counter("headrace_records_total", "Records.", {{"source", "a"}}).value(), 3);
  EXPECT_EQ(registry.Sum("headrace_records_total"), 7);
  EXPECT_EQ(registry.Sum("headrace_other_total"), 0);
}

TEST(RegistryTest, TextIsInThePrometheusFormat) {
  Registry registry;
  registry.gauge("headrace_lag_records", "Records not read yet.", {{"topic", "feed"}}).Set(12);
  registry.histogram("headrace_commit_seconds", "Commits.").Observe(0.003);
  const std::string text = registry.Text();
  EXPECT_THAT(text, HasSubstr("# TYPE headrace_lag_records gauge"));
  EXPECT_THAT(text, HasSubstr("headrace_lag_records{topic=\"feed\"} 12"));
  EXPECT_THAT(text, HasSubstr("headrace_commit_seconds_bucket{le=\"0.005\"} 1"));
  EXPECT_THAT(text, HasSubstr("headrace_commit_seconds_bucket{le=\"0.002\"} 0"));
}

TEST(RegistryTest, BringsGaugesUpToDateBeforeTheyAreRead) {
  Registry registry;
  Gauge gauge = registry.gauge("headrace_lag_records", "Records not read yet.");
  int lag = 0;
  auto handle = registry.BeforeText([&] { gauge.Set(++lag); });
  EXPECT_THAT(registry.Text(), HasSubstr("headrace_lag_records 1\n"));
  EXPECT_THAT(registry.Text(), HasSubstr("headrace_lag_records 2\n"));
  handle.reset();
  EXPECT_THAT(registry.Text(), HasSubstr("headrace_lag_records 2\n"));
}

TEST(RegistryTest, TellsOfTheProcess) {
  Registry registry;
  const auto handle = WatchProcess(registry, "1.2.3");
  const std::string text = registry.Text();
  EXPECT_THAT(text, HasSubstr("headrace_build_info{version=\"1.2.3\"} 1\n"));
  const auto value = [&](const std::string& name) {
    const size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
  };
  EXPECT_GT(value("process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(value("process_cpu_seconds_total"), 0);
  EXPECT_GT(value("process_open_fds"), 2);
  const double now = static_cast<double>(time(nullptr));
  EXPECT_GT(value("process_start_time_seconds"), now - 86'400);
  EXPECT_LE(value("process_start_time_seconds"), now + 1);
}

}  // namespace
}  // namespace headrace::metrics
