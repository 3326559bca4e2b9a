#include "observe/prometheus_files.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/test_folder.h"

namespace headrace::observe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kGolden[] = "src/observe/golden";

constexpr char kPipeline[] = R"(
name: shop
state: var/shop
commit_every: 2 s
metrics: {listen: "127.0.0.1:9464"}
storage: {s3: {endpoint: "http://127.0.0.1:9000", region: us-east-1}}
sources:
  feed:
    http: {url: "http://127.0.0.1:8900/feed", every: 5 s}
    schema: id STRING, at TIMESTAMP, amount DOUBLE
  orders:
    kafka: {bootstrap_servers: "broker-2:9092, broker-1:9092", topics: [orders]}
    schema: id STRING, amount DOUBLE
views:
  hours:
    sql: SELECT id, at, amount FROM feed
    watermark: {column: at, delay: 1 hour}
sinks:
  table:
    from: hours
    hudi: {path: "s3://lake/hours", key: [id], freshness: 1 min}
  series:
    from: hours
    influxdb: {url: "http://127.0.0.1:8086/", database: shop, measurement: hours, time: at}
  copies:
    from: orders
    kafka: {bootstrap_servers: "broker-1:9092", topic: copies}
  archive:
    from: orders
    connect:
      url: "http://worker:8083"
      bootstrap_servers: "broker-1:9092"
      topic: archive
      config: {connector.class: FileStreamSink, file: /var/archive/orders}
)";

std::string TextOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<PrometheusFiles> Make(std::string text, const PrometheusOptions& options = {}) {
  ASSIGN_OR_RAISE(const auto pipeline, pipeline::ParsePipeline(text, "shop.yaml", {}));
  return MakePrometheusFiles(pipeline, options, {});
}

std::string Without(std::string text, const std::string& what, const std::string& other = "") {
  const size_t at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, what.size(), other);
}

// Made anew where HEADRACE_UPDATE_GOLDEN is set; scripts and people read what changed in the diff.
TEST(PrometheusFilesTest, AreAsTheGoldenOnes) {
  const auto made = Make(kPipeline).ValueOrDie();
  ASSERT_EQ(made.files.size(), 5u);
  for (const GeneratedFile& file : made.files) {
    const std::string path = std::string(kGolden) + "/" + file.name;
    if (std::getenv("HEADRACE_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << file.text;
    EXPECT_EQ(file.text, TextOf(path)) << path;
  }
  EXPECT_EQ(made.files[4].text, TextOf("services/kafka-exporter.yml"));
}

TEST(PrometheusFilesTest, AskOnlyForWhatThePipelineUses) {
  const auto made = Make(R"(
name: small
state: var/small
sources:
  lines: {file: {path: in}, schema: id STRING}
sinks:
  out: {from: lines, console: {}}
)")
                        .ValueOrDie();
  ASSERT_EQ(made.targets.size(), 1u);
  EXPECT_EQ(made.files.size(), 4u);
  for (const GeneratedFile& file : made.files) {
    for (const char* other : {"kafka", "minio", "influxdb", "hudi", "watermark", "Silent"})
      EXPECT_THAT(file.text, Not(HasSubstr(other))) << file.name;
  }
}

TEST(PrometheusFilesTest, WatchTheBrokersOfTheLog) {
  const auto made = Make(R"(
name: small
state: var/small
log: {kafka: {bootstrap_servers: "SSL://[::1]:9093,b"}}
sources:
  lines: {file: {path: in}, schema: id STRING}
sinks:
  out: {from: lines, blackhole: {}}
)")
                        .ValueOrDie();
  ASSERT_EQ(made.targets.size(), 2u);
  EXPECT_THAT(made.targets[1].addresses, ElementsAre("[::1]:9404", "b:9404"));
  EXPECT_THAT(made.files[2].text, HasSubstr("KafkaPartitionsOffline"));
  EXPECT_THAT(made.files[2].text, Not(HasSubstr("HeadraceCommitFailing")));
}

TEST(PrometheusFilesTest, TakeWhatTheFileDoesNotSay) {
  PrometheusOptions options;
  options.targets.kafka = {"b:1", "a:2"};
  options.targets.connect = {"w:3"};
  options.targets.without = {"minio"};
  options.alertmanagers = {"127.0.0.1:9093"};
  options.pace.interval_us = 1'000'000;
  const auto made = Make(kPipeline, options).ValueOrDie();
  ASSERT_EQ(made.targets.size(), 4u);
  EXPECT_THAT(made.targets[1].addresses, ElementsAre("a:2", "b:1"));
  EXPECT_THAT(made.targets[2].addresses, ElementsAre("w:3"));
  EXPECT_EQ(made.targets[1].assumption, "");
  const std::string& configuration = made.files[0].text;
  EXPECT_THAT(configuration, HasSubstr("scrape_interval: 1s"));
  EXPECT_THAT(configuration, HasSubstr(R"(targets: ["127.0.0.1:9093"])"));
  EXPECT_THAT(configuration, Not(HasSubstr("minio")));
  EXPECT_THAT(made.files[2].text, HasSubstr("[20s]"));
}

TEST(PrometheusFilesTest, SayWhatCannotBeWatched) {
  Status status = Make(Without(kPipeline, "\"127.0.0.1:9464\"", "\"off\"")).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("offers no metrics"));
  status = Make(Without(kPipeline, ":9464", ":0")).status();
  EXPECT_THAT(status.message(), HasSubstr("a port that the system picks"));
  PrometheusOptions options;
  options.targets.without = {"kafak"};
  status = Make(kPipeline, options).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(DiagnosticsOf(status)[0].hint, HasSubstr("kafka"));
}

TEST(GeneratedFilesTest, AreWrittenOnceAndLeaveOthersAlone) {
  const TestFolder folder;
  const std::string out = folder.path("a/b");
  const std::string mark = GeneratedMark("a test");
  using enum WriteState;
  EXPECT_THAT(WriteGeneratedFiles(out, {{"x", mark + "1", ""}, {"y", mark + "1", ""}}).ValueOrDie(),
              ElementsAre(kWritten, kWritten));
  EXPECT_THAT(WriteGeneratedFiles(out, {{"x", mark + "1", ""}, {"y", mark + "2", ""}}).ValueOrDie(),
              ElementsAre(kUnchanged, kChanged));
  EXPECT_EQ(TextOf(out + "/y"), mark + "2");
  std::ofstream(out + "/y") << "precious";
  const auto refused = WriteGeneratedFiles(out, {{"x", mark + "3", ""}, {"y", mark + "3", ""}});
  EXPECT_EQ(KindOf(refused.status()), ErrorKind::kUser);
  EXPECT_THAT(refused.status().message(), HasSubstr("headrace has not made it"));
  EXPECT_EQ(TextOf(out + "/x"), mark + "1");
  EXPECT_EQ(TextOf(out + "/y"), "precious");
  EXPECT_EQ(KindOf(WriteGeneratedFiles(out + "/x", {}).status()), ErrorKind::kUser);
}

TEST(PaceTest, WritesDurationsAsPrometheusDoes) {
  EXPECT_EQ(DurationText(0), "0s");
  EXPECT_EQ(DurationText(1), "1ms");
  EXPECT_EQ(DurationText(90'000'000), "1m30s");
  EXPECT_EQ(DurationText(int64_t{8} * 86'400'000'000), "8d");
  EXPECT_EQ(Pace().Window(), "[5m]");
}

}  // namespace
}  // namespace headrace::observe
