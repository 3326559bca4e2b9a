#include "observe/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "http/url.h"
#include "pipeline/storage_options.h"

namespace headrace::observe {
namespace {

using Servers = std::set<std::string>;

// Scheme and HOST:PORT of a URL; the second is empty where it is none.
std::pair<std::string, std::string> PlaceOf(const std::string& url) {
  const std::string origin = http::OriginOf(url).value_or("");
  const size_t at = origin.find("://");
  if (at == std::string::npos) return {};
  return {origin.substr(0, at), origin.substr(at + 3)};
}

// HOST:PORT with another port.
std::string WithPort(const std::string& server, int port) {
  const size_t colon = server.rfind(':');
  const bool has_port = colon != std::string::npos && server.find(']', colon) == std::string::npos;
  return fmt::format("{}:{}", has_port ? server.substr(0, colon) : server, port);
}

void AddBrokers(const kafka::Cluster& cluster, Servers* servers) {
  const std::string& text = cluster.bootstrap_servers;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    std::string server = text.substr(begin, end - begin);
    server.erase(0, server.find_first_not_of(' '));
    if (const size_t scheme = server.find("://"); scheme != std::string::npos)
      server.erase(0, scheme + 3);
    if (!server.empty()) servers->insert(WithPort(server, kKafkaPort));
    begin = end + 1;
  }
}

Servers BrokersOf(const pipeline::Pipeline& pipeline) {
  Servers servers;
  if (pipeline.log.kafka.has_value()) AddBrokers(pipeline.log.kafka->cluster, &servers);
  for (const pipeline::Source& source : pipeline.sources) {
    if (const auto* kafka = std::get_if<pipeline::KafkaSource>(&source.connector))
      AddBrokers(kafka->cluster, &servers);
  }
  for (const pipeline::Sink& sink : pipeline.sinks) {
    if (const auto* kafka = std::get_if<pipeline::KafkaSink>(&sink.connector))
      AddBrokers(kafka->cluster, &servers);
  }
  return servers;
}

Servers WorkersOf(const pipeline::Pipeline& pipeline) {
  Servers servers;
  const auto add = [&](const std::optional<pipeline::KafkaConnector>& connector) {
    if (!connector.has_value()) return;
    const std::string address = PlaceOf(connector->url).second;
    if (!address.empty()) servers.insert(WithPort(address, kConnectPort));
  };
  for (const pipeline::Source& source : pipeline.sources) {
    const auto* kafka = std::get_if<pipeline::KafkaSource>(&source.connector);
    if (kafka != nullptr) add(kafka->connector);
  }
  for (const pipeline::Sink& sink : pipeline.sinks) {
    const auto* kafka = std::get_if<pipeline::KafkaSink>(&sink.connector);
    if (kafka != nullptr) add(kafka->connector);
  }
  return servers;
}

// A program of Kafka's, whose metrics come from the JMX exporter: `found` is where it is taken to
// be, `said` where the user says that it is.
void AddExporters(const char* component, const Servers& found, const std::vector<std::string>& said,
                  std::string assumption, std::vector<Target>* targets) {
  if (found.empty()) return;
  Target target{.component = component};
  const Servers servers = said.empty() ? found : Servers(said.begin(), said.end());
  target.addresses = {servers.begin(), servers.end()};
  if (said.empty()) target.assumption = std::move(assumption);
  targets->push_back(std::move(target));
}

bool UsesS3(const pipeline::Pipeline& pipeline) {
  const auto in_s3 = [](const std::string& place) { return place.starts_with("s3://"); };
  return std::ranges::any_of(pipeline.sources,
                             [&](const pipeline::Source& source) {
                               const auto* hudi =
                                   std::get_if<pipeline::HudiSource>(&source.connector);
                               return hudi != nullptr && in_s3(hudi->path);
                             }) ||
         std::ranges::any_of(pipeline.sinks, [&](const pipeline::Sink& sink) {
           const auto* hudi = std::get_if<pipeline::HudiSink>(&sink.connector);
           return hudi != nullptr && in_s3(hudi->path);
         });
}

Result<Target> HeadraceTarget(const pipeline::Pipeline& pipeline) {
  if (!pipeline.metrics_listen.has_value()) {
    return UserError("the pipeline offers no metrics",
                     "say where with  metrics: {listen: \"127.0.0.1:9464\"}");
  }
  std::string address = *pipeline.metrics_listen;
  if (address.ends_with(":0")) {
    return UserError("the pipeline offers its metrics at a port that the system picks",
                     "name one:  metrics: {listen: \"127.0.0.1:9464\"}");
  }
  Target target{.component = "headrace", .addresses = {address}};
  for (const char* any : {"0.0.0.0:", "[::]:"}) {
    if (!address.starts_with(any)) continue;
    target.addresses = {"127.0.0.1:" + address.substr(address.rfind(':') + 1)};
    target.assumption = "listens on every address; Prometheus is taken to run beside it";
  }
  return target;
}

std::vector<Target> ServerTargets(const pipeline::Pipeline& pipeline, const TargetOptions& options,
                                  const Environment& environment) {
  std::vector<Target> targets;
  AddExporters("kafka", BrokersOf(pipeline), options.kafka,
               fmt::format("port {} of the bootstrap servers is taken; --kafka HOST:PORT says "
                           "otherwise",
                           kKafkaPort),
               &targets);
  AddExporters("connect", WorkersOf(pipeline), options.connect,
               fmt::format("port {} of the workers is taken; --connect HOST:PORT says otherwise",
                           kConnectPort),
               &targets);
  const auto s3 = storage::FindS3Endpoint(pipeline::StorageOptionsOf(pipeline).s3, environment);
  if (UsesS3(pipeline) && s3.ok() && s3->host.find("amazonaws.com") == std::string::npos) {
    targets.push_back({.component = "minio",
                       .scheme = s3->scheme,
                       .addresses = {s3->host},
                       .path = "/minio/v2/metrics/cluster",
                       .assumption = "the S3 endpoint is taken for MinIO; --without minio if not"});
  }
  std::map<std::string, Servers> series;  // by scheme
  for (const pipeline::Sink& sink : pipeline.sinks) {
    const auto* influx = std::get_if<pipeline::InfluxSink>(&sink.connector);
    if (influx == nullptr || influx->url.empty()) continue;
    const auto [scheme, address] = PlaceOf(influx->url);
    if (!address.empty()) series[scheme].insert(address);
  }
  for (const auto& [scheme, addresses] : series) {
    targets.push_back(
        {.component = series.size() > 1 && scheme == "https" ? "influxdb-tls" : "influxdb",
         .scheme = scheme,
         .addresses = {addresses.begin(), addresses.end()}});
  }
  return targets;
}

}  // namespace

Result<std::vector<Target>> FindTargets(const pipeline::Pipeline& pipeline,
                                        const TargetOptions& options,
                                        const Environment& environment) {
  ASSIGN_OR_RAISE(Target headrace, HeadraceTarget(pipeline));
  std::vector<Target> targets{std::move(headrace)};
  std::vector<std::string> names;
  std::set<std::string> without = options.without;
  for (Target& target : ServerTargets(pipeline, options, environment)) {
    names.push_back(target.component);
    if (without.erase(target.component) > 0) continue;
    targets.push_back(std::move(target));
  }
  if (!without.empty()) {
    return UserError("the pipeline doesn't use '" + *without.begin() + "'",
                     HintOfNames("components", *without.begin(), names));
  }
  return targets;
}

}  // namespace headrace::observe
