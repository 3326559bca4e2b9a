#include "pipeline/check_avro.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/pipeline_test_support.h"

namespace headrace::pipeline {
namespace {

using testing::HasSubstr;

const Environment kEnvironment = {{"SECRET", "s"}};

std::string SourceErrors(
    const std::string& keys,
    const std::string& connector = "kafka: {bootstrap_servers: a, topics: [b]}") {
  return Errors("name: p\nstate: s\nsources:\n  feed:\n    " + connector +
                    "\n    format: {avro: {" + keys +
                    "}}\n    schema: id BIGINT\nsinks:\n  out: {from: feed, console: {}}\n",
                kEnvironment);
}

std::string SinkErrors(const std::string& format, const std::string& schema = "id BIGINT",
                       const std::string& connector = "kafka: {bootstrap_servers: a, topic: t}") {
  return Errors(
      "name: p\nstate: s\nsources:\n  feed:\n    http: {url: \"http://a/\", every: 1 s}\n"
      "    schema: " +
          schema + "\nsinks:\n  out:\n    from: feed\n    " + connector +
          "\n    format: " + format + "\n",
      kEnvironment);
}

constexpr char kRegistry[] = "registry: \"http://r:8081\"";

TEST(CheckAvroTest, Registries) {
  const std::string registry = kRegistry;
  EXPECT_EQ(SourceErrors(registry), "ok");
  EXPECT_EQ(SourceErrors(registry + ", username: u, password: \"${SECRET}\", timeout: 1 s"), "ok");
  EXPECT_EQ(SourceErrors(registry + ", bearer_token: \"${SECRET}\""), "ok");
  EXPECT_THAT(SourceErrors(""), HasSubstr("registry"));
  EXPECT_THAT(SourceErrors("registry: r"), HasSubstr("'r' is no URL of http or https"));
  EXPECT_THAT(SourceErrors("registry: \"http://u:p@r\""),
              HasSubstr("a user or password must not stand in a URL"));
  EXPECT_THAT(SourceErrors("registry: \"http://r?a=b\""), HasSubstr("it has no query"));
  EXPECT_THAT(SourceErrors(registry + ", username: u"), HasSubstr("go together"));
  EXPECT_THAT(SourceErrors(registry + ", password: \"${SECRET}\""), HasSubstr("go together"));
  EXPECT_THAT(SourceErrors(registry + ", username: u, password: literal"), HasSubstr("password"));
  EXPECT_THAT(SourceErrors(registry + ", username: u, password: \"${SECRET}\", bearer_token: "
                                      "\"${SECRET}\""),
              HasSubstr("two ways to say who asks"));
  EXPECT_THAT(SourceErrors(registry, "file: {path: in}"),
              HasSubstr("only messages of Kafka are read as Avro"));
  EXPECT_THAT(SourceErrors(registry + ", auto_register: false"), HasSubstr("auto_register"));
}

TEST(CheckAvroTest, Sinks) {
  const std::string avro = std::string("{avro: {") + kRegistry + "}}";
  EXPECT_EQ(SinkErrors(avro), "ok");
  EXPECT_EQ(SinkErrors("json"), "ok");
  EXPECT_THAT(SinkErrors(avro, "id BIGINT", "console: {}"),
              HasSubstr("only the rows of a topic have a format"));
  EXPECT_THAT(SinkErrors(avro, "\"`a b` BIGINT\""),
              HasSubstr("the column name 'a b' cannot be used in Avro"));
  EXPECT_THAT(SinkErrors(avro, "m MAP<INT, INT>"), HasSubstr("which Avro doesn't have"));
  EXPECT_EQ(SinkErrors(std::string("{avro: {") + kRegistry + ", auto_register: false}}",
                       "\"`a b` BIGINT\""),
            "ok");
}

}  // namespace
}  // namespace headrace::pipeline
