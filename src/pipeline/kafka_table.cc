#include "pipeline/tables.h"

namespace headrace::pipeline {
namespace {

// The keys of `Struct::cluster`.
template <class Struct>
std::vector<Field> ClusterFields() {
  const auto cluster = [](void* object) -> kafka::Cluster& {
    return static_cast<Struct*>(object)->cluster;
  };
  Field servers{.key = "bootstrap_servers",
                .type = ValueType::kText,
                .description = "Brokers to ask first, `HOST:PORT`, with commas between several.",
                .example = "127.0.0.1:9092",
                .store = [cluster](void* object, const Value& value) {
                  cluster(object).bootstrap_servers = std::get<std::string>(value);
                }};
  Field properties{.key = "properties",
                   .type = ValueType::kTexts,
                   .description =
                       "Properties of librdkafka, as its CONFIGURATION.md names them: TLS, SASL, "
                       "buffers. A secret is `${NAME}` or `{file: PATH}`.",
                   .example = "{security.protocol: SASL_SSL, sasl.password: \"${KAFKA_PASSWORD}\"}",
                   .store = [cluster](void* object, const Value& value) {
                     cluster(object).properties =
                         std::get<std::map<std::string, std::string>>(value);
                   }};
  return {std::move(servers).Required(), std::move(properties)};
}

Table ColumnsTable(const std::string& key) {
  return {.name = key + "_columns",
          .title = "sources.NAME." + key + ".columns",
          .description =
              "Columns for what a message has beside its value. Each key is what the message has, "
              "its value the name of the column; they come after those of `schema`.",
          .fields = {
              TextField("key", &KafkaColumns::key,
                        "The key, as STRING; one that is no UTF-8 as base64.", "order_id"),
              TextField("headers", &KafkaColumns::headers,
                        "The headers, as MAP<STRING, STRING>; of equal names the last counts.",
                        "headers"),
              TextField("timestamp", &KafkaColumns::timestamp,
                        "The time of the message, TIMESTAMP.", "sent"),
              TextField("topic", &KafkaColumns::topic, "The name of the topic, STRING.", "topic"),
              TextField("partition", &KafkaColumns::partition, "The number of the partition, INT.",
                        "part"),
              TextField("offset", &KafkaColumns::offset, "The offset in its partition, BIGINT.",
                        "position"),
          }};
}

}  // namespace

Table KafkaSourceTable(const std::string& key) {
  Table table{.name = key,
              .title = "sources.NAME." + key,
              .description =
                  "Reads topics of a Kafka cluster, each message a record. Nothing is copied: "
                  "what was read is kept in the checkpoint of the epoch, so that every message "
                  "counts once. Of transactions only what was committed is read.",
              .fields = ClusterFields<KafkaSource>()};
  for (Field& field : std::vector<Field>{
           NamesField("topics", &KafkaSource::topics, "The topics to read.", "[orders]")
               .InGroup("topics"),
           TextField("topic_pattern", &KafkaSource::topic_pattern,
                     "A regular expression (ECMAScript) that the whole name of a topic must match. "
                     "Topics that are made later are found while the pipeline runs.",
                     "orders-.*")
               .InGroup("topics"),
           [] {
             Field start =
                 TextField("start", &KafkaSource::start,
                           "Where to begin where nothing was read yet: `earliest`, `latest`, or at "
                           "the first message of a time, as ISO 8601, UTC where it has no zone.",
                           "latest");
             start.default_text = KafkaSource{}.start;
             return start;
           }(),
           TableField<KafkaSource, KafkaColumns>(
               "columns", ColumnsTable(key),
               [](KafkaSource& source) -> KafkaColumns& { return source.columns; })}) {
    table.fields.push_back(std::move(field));
  }
  return table;
}

Table KafkaLogTable() {
  Table table{.name = "kafka_log",
              .title = "log.kafka",
              .description =
                  "The log as topics of a Kafka cluster, which other consumers can read too: "
                  "sources append in transactions, and where they got to stands in the cluster "
                  "as well, so that ingestion may go on on another machine.",
              .fields = ClusterFields<KafkaLog>()};
  for (Field& field : std::vector<Field>{
           TextField("topic_prefix", &KafkaLog::topic_prefix,
                     "What the names of the topics begin with: the topic of the source `feed` is "
                     "PREFIX`feed`. No two pipelines share one. Without it: the name of the "
                     "pipeline and a dot.",
                     "prod.quakes."),
           IntegerField("partitions", &KafkaLog::partitions,
                        "How many partitions the topic of a source has where the source doesn't "
                        "say `partitions` and may have several.",
                        "4")
               .Between(1, 1024),
           IntegerField("replication", &KafkaLog::replication,
                        "How many brokers keep each topic that headrace makes. 0: as the cluster "
                        "has it.",
                        "3")
               .Between(0, 100),
           DurationField("retention", &KafkaLog::retention_us,
                         "How long records are kept at least. What the pipeline has not processed "
                         "is never deleted. Without it: for ever.",
                         "7 days")}) {
    table.fields.push_back(std::move(field));
  }
  return table;
}

Table KafkaSinkTable() {
  Table table{.name = "kafka_sink",
              .title = "sinks.NAME.kafka",
              .description =
                  "A topic of a Kafka cluster, each row a message, in JSON unless `format` says "
                  "otherwise. An epoch is one transaction: who reads committed messages sees each "
                  "row once.",
              .fields = ClusterFields<KafkaSink>()};
  for (Field& field : std::vector<Field>{
           TextField("topic", &KafkaSink::topic, "The topic. It is made where it isn't there.",
                     "activity")
               .Required(),
           NamesField(
               "key", &KafkaSink::key,
               "The columns that identify a row. They are the key of the message, an object; a "
               "row that is deleted becomes a message without a value (a "
               "tombstone). Needed where the relation changes rows that it gave before.",
               "[id]"),
           IntegerField("partitions", &KafkaSink::partitions,
                        "How many partitions the topic gets where it isn't there.", "4")
               .Between(1, 10'000)}) {
    table.fields.push_back(std::move(field));
  }
  return table;
}

}  // namespace headrace::pipeline
