#include "pipeline/tables.h"

namespace headrace::pipeline {
namespace {

// A field of a KafkaConnector as one of `Struct::connector`, which is there.
template <class Struct>
Field OfConnector(Field field) {
  field.store = [store = std::move(field.store)](void* object, const Value& value) {
    store(&*static_cast<Struct*>(object)->connector, value);
  };
  return field;
}

std::vector<Field> ConnectorFields() {
  return {
      TextField("url", &KafkaConnector::url, "The REST API of a worker.", "http://127.0.0.1:8083")
          .Required(),
      TextsField("config", &KafkaConnector::config,
                 "The configuration of the connector, as its documentation names it. A secret is "
                 "`${NAME}` or `{file: PATH}`; for what the worker itself looks up write "
                 "`$${provider:...}`.",
                 "{connector.class: FileStreamSource, file: /var/log/app.log}")
          .Required(),
      TextField("name", &KafkaConnector::name,
                "The name of the connector. Without it: `headrace.PIPELINE.NAME`.", "orders-cdc"),
      TextField("username", &KafkaConnector::username, "The user of the REST API.", "headrace"),
      SecretField("password", &KafkaConnector::password, "The password of the REST API.",
                  "${CONNECT_PASSWORD}"),
      TextField("ca_file", &KafkaConnector::ca_file,
                "The authorities to trust of the REST API, as PEM. Without it: those of the "
                "system.",
                "/etc/ssl/connect.pem"),
      DurationField("start_timeout", &KafkaConnector::start_timeout_us,
                    "A run begins once the connector and its tasks run, and fails where they don't "
                    "within so long.",
                    "5 min")
          .Between(1'000'000, 86'400'000'000),
      IntegerField("restarts_max", &KafkaConnector::restarts_max,
                   "How often in a row failed tasks are started again, with growing waits between, "
                   "before the run ends.",
                   "100")
          .Between(0, 1'000'000'000),
  };
}

// The fields of the connector, then those of the topic.
template <class Struct>
std::vector<Field> WithConnector(std::vector<Field> topic_fields) {
  std::vector<Field> fields;
  for (Field& field : ConnectorFields()) fields.push_back(OfConnector<Struct>(std::move(field)));
  for (Field& field : topic_fields) fields.push_back(std::move(field));
  return fields;
}

}  // namespace

Table ConnectSourceTable() {
  Table table = KafkaSourceTable("connect");
  table.description =
      "Has a connector of Kafka Connect fill topics, and reads them as `kafka` does. headrace "
      "makes the connector, changes it where this configuration differs, and keeps it running.";
  table.fields = WithConnector<KafkaSource>(std::move(table.fields));
  table.fields.push_back(IntegerField("partitions", &KafkaSource::partitions,
                                      "How many partitions each of `topics` gets where it isn't "
                                      "there.",
                                      "4")
                             .Between(1, 10'000));
  return table;
}

Table ConnectSinkTable() {
  Table table = KafkaSinkTable();
  table.name = "connect_sink";
  table.title = "sinks.NAME.connect";
  table.description =
      "Writes a topic as `kafka` does, and has a connector of Kafka Connect read it. headrace "
      "makes the connector, changes it where this configuration differs, and keeps it running.";
  table.fields = WithConnector<KafkaSink>(std::move(table.fields));
  return table;
}

}  // namespace headrace::pipeline
