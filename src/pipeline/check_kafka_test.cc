// What a pipeline file says of Kafka.
#include "pipeline/check_kafka.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "pipeline/pipeline.h"
#include "pipeline/pipeline_test_support.h"

namespace headrace::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kPipeline = R"(name: p
state: /tmp/p
sources:
  orders:
    kafka:
      bootstrap_servers: 127.0.0.1:9092
      topics: [orders]
      columns: {key: id, timestamp: sent}
      properties: {security.protocol: SASL_SSL, sasl.password: "${PASSWORD}"}
    key: [id]
    schema: amount BIGINT
sinks:
  out:
    from: orders
    kafka: {bootstrap_servers: "127.0.0.1:9092", topic: out, key: [id]}
)";

std::string ErrorsOf(const std::string& from, const std::string& to) {
  const auto parsed =
      ParsePipeline(Replace(kPipeline, from, to), "f.yaml", {{"PASSWORD", "geheim"}});
  if (parsed.ok()) return "";
  std::string all;
  for (const Diagnostic& diagnostic : DiagnosticsOf(parsed.status()))
    all += diagnostic.message + " | " + diagnostic.hint + "\n";
  return all;
}

TEST(Kafka, ColumnsBesideTheValueComeAfterThoseOfTheSchema) {
  const auto parsed = ParsePipeline(kPipeline, "f.yaml", {{"PASSWORD", "geheim"}});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->sources[0].schema->ToString(),
            "amount: int64\nid: string\nsent: timestamp[us, tz=UTC]");
  const auto& kafka = std::get<KafkaSource>(parsed->sources[0].connector);
  EXPECT_THAT(kafka.topics, ElementsAre("orders"));
  EXPECT_EQ(kafka.cluster.properties.at("sasl.password"), "geheim");
  EXPECT_EQ(kafka.start, "earliest");
}

TEST(Kafka, PropertiesAreThoseOfLibrdkafka) {
  EXPECT_THAT(ErrorsOf("security.protocol: SASL_SSL", "securty.protocol: SASL_SSL"),
              HasSubstr("librdkafka has no property 'securty.protocol'"));
  EXPECT_THAT(ErrorsOf("security.protocol: SASL_SSL", "security.protocol: sometimes"),
              HasSubstr("the value of 'security.protocol' doesn't fit"));
  EXPECT_THAT(ErrorsOf("security.protocol: SASL_SSL", "isolation.level: read_uncommitted"),
              HasSubstr("'isolation.level' is set by headrace"));
}

TEST(Kafka, SecretsMustNotStandInTheFile) {
  const std::string errors = ErrorsOf("\"${PASSWORD}\"", "geheim");
  EXPECT_THAT(errors, HasSubstr("'sasl.password' is a secret and must not stand in the file"));
  EXPECT_THAT(errors, testing::Not(HasSubstr("geheim")));
  EXPECT_THAT(ErrorsOf("\"${PASSWORD}\"", "{file: /nowhere/secret}"),
              HasSubstr("there is no file '/nowhere/secret'"));
}

TEST(Kafka, TheLogHasItsOwnKeys) {
  const std::string pipeline = Replace(
      Replace(kPipeline,
              "    kafka:\n      bootstrap_servers: 127.0.0.1:9092\n      topics: [orders]\n"
              "      columns: {key: id, timestamp: sent}\n",
              "    http: {url: \"http://h/\", every: 5 s}\n    #"),
      "sources:\n",
      "log:\n  kafka:\n    bootstrap_servers: b:9092\n    topic_prefix: prod.\n    partitions: 6\n"
      "    replication: 3\n    retention: 7 days\n"
      "    properties: {sasl.password: \"${PASSWORD}\"}\nsources:\n");
  const auto text = Replace(pipeline, "schema: amount BIGINT", "schema: id STRING");
  const auto parsed = ParsePipeline(text, "f.yaml", {{"PASSWORD", "geheim"}});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const KafkaLog& log = *parsed->log.kafka;
  EXPECT_EQ(log.cluster.bootstrap_servers, "b:9092");
  EXPECT_EQ(log.cluster.properties.at("sasl.password"), "geheim");
  EXPECT_EQ(log.topic_prefix, "prod.");
  EXPECT_EQ(log.replication, 3);
  EXPECT_EQ(log.retention_us, 7 * 86'400'000'000);
  EXPECT_EQ(parsed->sources[0].partitions, 6);
  const auto own =
      ParsePipeline(Replace(text, "    key: [id]\n", "    key: [id]\n    partitions: 2\n"),
                    "f.yaml", {{"PASSWORD", "geheim"}});
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(own->sources[0].partitions, 2);
}

TEST(Kafka, TheLogNeedsBrokersAndAGoodPrefix) {
  EXPECT_THAT(ErrorsOf("sources:\n", "log: kafka\nsources:\n"),
              HasSubstr("lacks the key 'bootstrap_servers'"));
  EXPECT_THAT(ErrorsOf("sources:\n",
                       "log: {kafka: {bootstrap_servers: b, topic_prefix: \"a b\"}}\n"
                       "sources:\n"),
              HasSubstr("names of Kafka topics can't begin with 'a b'"));
  EXPECT_THAT(ErrorsOf("sources:\n",
                       "log: {kafka: {bootstrap_servers: b, properties: {sasl.password: x}}}\n"
                       "sources:\n"),
              HasSubstr("'sasl.password' is a secret"));
}

TEST(Kafka, WhatCannotBeIsSaid) {
  EXPECT_THAT(ErrorsOf("topics: [orders]", "topics: [\"orders*\"]"),
              HasSubstr("'orders*' is no name of a Kafka topic"));
  EXPECT_THAT(ErrorsOf("topics: [orders]", "topic_pattern: \"orders-(\""),
              HasSubstr("'orders-(' is no regular expression"));
  EXPECT_THAT(ErrorsOf("topics: [orders]", "topics: [orders]\n      topic_pattern: a"),
              HasSubstr("exclude each other"));
  EXPECT_THAT(ErrorsOf("topics: [orders]", "topics: [orders]\n      start: yesterday"),
              HasSubstr("'yesterday' is no place to start at"));
  EXPECT_EQ(ErrorsOf("topics: [orders]", "topics: [orders]\n      start: \"2026-11-22T08:00:00Z\""),
            "");
  EXPECT_THAT(ErrorsOf("timestamp: sent", "timestamp: Amount"),
              HasSubstr("the column 'Amount' is there twice"));
  EXPECT_THAT(ErrorsOf("    key: [id]\n", "    key: [id]\n    partitions: 3\n"),
              HasSubstr("'partitions' is for a source whose records go to the log"));
  EXPECT_THAT(ErrorsOf(", topic: out, key: [id]", ", topic: out"),
              HasSubstr("so the topic needs a key"));
}

}  // namespace
}  // namespace headrace::pipeline
