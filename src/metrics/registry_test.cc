#include "metrics/registry.h"

#include <gmock/gmock.h>

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

}  // namespace
}  // namespace headrace::metrics
