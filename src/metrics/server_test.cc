#include "metrics/server.h"

#include <gmock/gmock.h>
#include <httplib.h>

namespace headrace::metrics {
namespace {

using ::testing::HasSubstr;

TEST(ServerTest, ServesMetricsAndHealth) {
  Registry registry;
  registry.counter("headrace_polls_total", "Polls.", {{"source", "feed"}}).Add(3);
  std::string problem;
  auto server = Serve("127.0.0.1:0", registry, [&] { return problem; }).ValueOrDie();
  httplib::Client client("http://" + server->address());
  const auto metrics = client.Get("/metrics");
  ASSERT_TRUE(metrics);
  EXPECT_EQ(metrics->status, 200);
  EXPECT_THAT(metrics->body, HasSubstr("headrace_polls_total{source=\"feed\"} 3"));
  EXPECT_EQ(client.Get("/healthz")->status, 200);
  problem = "sink 'quakes_table' is failing";
  EXPECT_EQ(client.Get("/healthz")->status, 503);
  EXPECT_EQ(client.Get("/elsewhere")->status, 404);
}

TEST(ServerTest, RefusesAnAddressThatIsTakenOrMalformed) {
  Registry registry;
  const auto healthy = [] { return std::string(); };
  const auto first = Serve("127.0.0.1:0", registry, healthy).ValueOrDie();
  EXPECT_EQ(KindOf(Serve(first->address(), registry, healthy).status()), ErrorKind::kUser);
  for (const char* address : {"", "127.0.0.1", ":9464", "127.0.0.1:99999", "127.0.0.1:http"}) {
    EXPECT_EQ(KindOf(Serve(address, registry, healthy).status()), ErrorKind::kUser) << address;
  }
}

}  // namespace
}  // namespace headrace::metrics
