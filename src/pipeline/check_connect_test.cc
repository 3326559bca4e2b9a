// What a pipeline file says of connectors of Kafka Connect.
#include "pipeline/check_connect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "pipeline/pipeline.h"
#include "pipeline/pipeline_test_support.h"

namespace headrace::pipeline {
namespace {

using testing::HasSubstr;

constexpr const char* kPipeline = R"(name: shop
state: /tmp/p
sources:
  orders:
    connect:
      url: http://127.0.0.1:8083
      bootstrap_servers: 127.0.0.1:9092
      topics: [shop.public.orders]
      partitions: 3
      config:
        connector.class: PostgresConnector
        database.password: "${PASSWORD}"
        tasks.max: 1
    key: [id]
    format: debezium
    schema: id BIGINT NOT NULL
sinks:
  out:
    from: orders
    connect:
      url: http://127.0.0.1:8083
      bootstrap_servers: 127.0.0.1:9092
      topic: out
      key: [id]
      config: {connector.class: FileStreamSink, file: /tmp/out}
)";

std::string ErrorsOf(const std::string& from, const std::string& to) {
  return Errors(Replace(kPipeline, from, to), {{"PASSWORD", "geheim"}});
}

TEST(Connect, IsReadAndWrittenAsTopics) {
  const auto parsed = ParsePipeline(kPipeline, "f.yaml", {{"PASSWORD", "geheim"}});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const auto& source = std::get<KafkaSource>(parsed->sources[0].connector);
  ASSERT_TRUE(source.connector);
  EXPECT_EQ(source.connector->name, "headrace.shop.orders");
  EXPECT_EQ(source.connector->config.at("database.password"), "geheim");
  EXPECT_EQ(source.connector->config.at("tasks.max"), "1");
  EXPECT_EQ(source.partitions, 3);
  const auto& sink = std::get<KafkaSink>(parsed->sinks[0].connector);
  ASSERT_TRUE(sink.connector);
  EXPECT_EQ(sink.connector->name, "headrace.shop.out");
  EXPECT_EQ(sink.topic, "out");
}

TEST(Connect, SecretsMustNotStandInTheFile) {
  const std::string errors = ErrorsOf("\"${PASSWORD}\"", "geheim");
  EXPECT_THAT(errors, HasSubstr("'database.password' is a secret and must not stand in the file"));
  EXPECT_THAT(ErrorsOf("tasks.max: 1", "uri: \"mongodb://u:p@127.0.0.1/db\""),
              HasSubstr("'uri' is a secret"));
  EXPECT_EQ(ErrorsOf("tasks.max: 1", "uri: \"mongodb://127.0.0.1/db?a=b:c@d\""), "ok");
  // Looked up by the worker itself.
  EXPECT_EQ(ErrorsOf("\"${PASSWORD}\"", "\"$${file:/run/secrets/pg:password}\""), "ok");
  EXPECT_FALSE(IsSecretSetting("ssl.truststore.location"));
  EXPECT_FALSE(IsSecretSetting("key.converter"));
  EXPECT_TRUE(IsSecretSetting("consumer.override.sasl.jaas.config"));
}

TEST(Connect, WhatCannotBeIsSaid) {
  EXPECT_THAT(ErrorsOf("        connector.class: PostgresConnector\n", ""),
              HasSubstr("the connector lacks 'connector.class'"));
  EXPECT_THAT(ErrorsOf("file: /tmp/out", "topics: x"), HasSubstr("'topics' is set by headrace"));
  EXPECT_THAT(ErrorsOf("file: /tmp/out", "name: x"), HasSubstr("'name' is set by headrace"));
  EXPECT_THAT(ErrorsOf("file: /tmp/out", "headrace.pipeline: other"),
              HasSubstr("'headrace.pipeline' is set by headrace"));
  EXPECT_THAT(
      ErrorsOf("      topic: out\n", "      topic: out\n      name: headrace.shop.orders\n"),
      HasSubstr("another connector has the name 'headrace.shop.orders'"));
  EXPECT_THAT(ErrorsOf("      topic: out\n", "      topic: out\n      name: a/b\n"),
              HasSubstr("'a/b' cannot be the name of a connector"));
  EXPECT_THAT(ErrorsOf("      topic: out\n", "      topic: out\n      password: ${PASSWORD}\n"),
              HasSubstr("'password' needs 'username'"));
  EXPECT_THAT(ErrorsOf("      partitions: 3\n", "      start: yesterday\n"),
              HasSubstr("'yesterday' is no place to start at"));
}

}  // namespace
}  // namespace headrace::pipeline
