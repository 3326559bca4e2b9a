#include <utility>

#include "connect/connector.h"

namespace headrace::connect {
namespace {

constexpr const char* kJson = "org.apache.kafka.connect.json.JsonConverter";
constexpr const char* kString = "org.apache.kafka.connect.storage.StringConverter";
constexpr const char* kAvro = "io.confluent.connect.avro.AvroConverter";

// Where the user names no converter: what a worker has by default is not for this topic.
void AddConverter(const char* converter, const std::string& prefix, Settings* config) {
  if (config->contains(prefix)) return;
  config->emplace(prefix, converter);
  if (converter == kJson) config->emplace(prefix + ".schemas.enable", "false");
}

// Converters of the format that the topic has.
template <class Format>
void AddConverters(const Format& format, Settings* config) {
  const auto* avro = std::get_if<pipeline::AvroFormat>(&format);
  for (const char* prefix : {"key.converter", "value.converter"}) {
    if (avro != nullptr && !config->contains(prefix))
      config->emplace(prefix + std::string(".schema.registry.url"), avro->registry);
    AddConverter(avro != nullptr ? kAvro : kJson, prefix, config);
  }
}

Definition Make(const pipeline::Pipeline& pipeline, const std::string& part, bool is_source,
                const pipeline::KafkaConnector& connector, const kafka::Cluster& cluster,
                int32_t partitions) {
  Definition definition{.pipeline = pipeline.name,
                        .part = part,
                        .is_source = is_source,
                        .connector = connector,
                        .config = connector.config,
                        .cluster = cluster,
                        .topics = {},
                        .partitions = partitions};
  definition.config["name"] = connector.name;
  definition.config[kOwnerSetting] = pipeline.name;
  return definition;
}

Definition OfSource(const pipeline::Pipeline& pipeline, const pipeline::Source& source,
                    const pipeline::KafkaSource& kafka) {
  Definition definition =
      Make(pipeline, source.name, true, *kafka.connector, kafka.cluster, kafka.partitions);
  definition.topics = kafka.topics;
  if (std::holds_alternative<pipeline::CsvFormat>(source.format))
    AddConverter(kString, "value.converter", &definition.config);
  AddConverters(source.format, &definition.config);
  return definition;
}

// It reads what the sink writes, in transactions.
Definition OfSink(const pipeline::Pipeline& pipeline, const pipeline::Sink& sink,
                  const pipeline::KafkaSink& kafka) {
  Definition definition =
      Make(pipeline, sink.name, false, *kafka.connector, kafka.cluster, kafka.partitions);
  definition.topics = {kafka.topic};
  definition.config["topics"] = kafka.topic;
  definition.config.emplace("consumer.override.isolation.level", "read_committed");
  AddConverters(sink.format, &definition.config);
  return definition;
}

}  // namespace

std::vector<Definition> DefinitionsOf(const pipeline::Pipeline& pipeline) {
  std::vector<Definition> definitions;
  for (const pipeline::Source& source : pipeline.sources) {
    const auto* kafka = std::get_if<pipeline::KafkaSource>(&source.connector);
    if (kafka != nullptr && kafka->connector)
      definitions.push_back(OfSource(pipeline, source, *kafka));
  }
  for (const pipeline::Sink& sink : pipeline.sinks) {
    const auto* kafka = std::get_if<pipeline::KafkaSink>(&sink.connector);
    if (kafka != nullptr && kafka->connector) definitions.push_back(OfSink(pipeline, sink, *kafka));
  }
  return definitions;
}

}  // namespace headrace::connect
