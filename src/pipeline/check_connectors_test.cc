#include "pipeline/check_connectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/pipeline_test_support.h"

namespace headrace::pipeline {
namespace {

using testing::HasSubstr;

// What a user sees of the errors of a source; `environment` has TOKEN.
std::string SourceErrors(const std::string& source, const std::string& schema = "id BIGINT") {
  return Errors("name: p\nstate: s\nsources:\n  feed:\n    " + source + "\n    schema: " + schema +
                    "\nsinks:\n  out: {from: feed, console: {}}\n",
                {{"TOKEN", "t"}});
}

TEST(CheckConnectors, WhatIsRightIsGood) {
  for (const char* source : {
           "file: {path: in}",
           "file: {path: in}\n    format: csv",
           "file: {path: in}\n    format: {csv: {delimiter: \"\\t\", quote: \"'\"}}",
           "webhook: {listen: \"127.0.0.1:0\"}",
           "webhook: {listen: \"0.0.0.0:80\", bearer_token: \"${TOKEN}\", id_header: X-Id}",
           "webhook: {listen: \"0.0.0.0:80\", path: /a/b, hmac_secret: \"${TOKEN}\"}",
           "kafka: {bootstrap_servers: a, topics: [b]}\n    format: csv",
       })
    EXPECT_EQ(SourceErrors(source), "ok") << source;
}

TEST(CheckConnectors, WhoListensToAllKnowsWhoSends) {
  EXPECT_THAT(
      SourceErrors("webhook: {listen: \"0.0.0.0:80\"}"),
      HasSubstr("f.yaml:5:23: error: everyone who reaches this address could send records"));
  EXPECT_THAT(SourceErrors("webhook: {listen: \"0.0.0.0:80\", bearer_token: abc}"),
              HasSubstr("bearer_token"));
}

TEST(CheckConnectors, Webhooks) {
  const auto errors = [](const std::string& keys) {
    return SourceErrors("webhook: {listen: \"127.0.0.1:0\", " + keys + "}");
  };
  EXPECT_THAT(SourceErrors("webhook: {listen: \"localhost\"}"),
              HasSubstr("'localhost' is no address to listen on"));
  EXPECT_THAT(errors("path: orders"), HasSubstr("'orders' is no path"));
  EXPECT_THAT(errors("id_header: \"X Id\""), HasSubstr("'X Id' is no name of a header"));
  EXPECT_THAT(errors("records: events"), HasSubstr("'events' is no JSON Pointer"));
  EXPECT_THAT(errors("pending_size_max: 1 KiB"),
              HasSubstr("not even one body of 1 MiB could wait"));
}

TEST(CheckConnectors, FilesAndWebhooksHaveOnePartition) {
  EXPECT_THAT(SourceErrors("file: {path: in}\n    partitions: 2"),
              HasSubstr("the records of this source stand in one partition"));
}

TEST(CheckConnectors, TheFormatFitsTheConnectorAndTheColumns) {
  EXPECT_THAT(SourceErrors("http: {url: \"http://a/\", every: 1 s}\n    format: csv"),
              HasSubstr("the records of this source are JSON"));
  EXPECT_THAT(SourceErrors("file: {path: in}\n    format: csv", "id BIGINT, a ARRAY<INT>"),
              HasSubstr("the column 'a' is ARRAY<INT>, which CSV cannot hold"));
  EXPECT_THAT(SourceErrors("file: {path: in}\n    format: {csv: {delimiter: \"::\"}}"),
              HasSubstr("'::' is more or less than one ASCII character"));
  EXPECT_THAT(SourceErrors("file: {path: in}\n    format: {csv: {delimiter: \"'\", quote: \"'\"}}"),
              HasSubstr("delimiter and quote are the same character"));
}

TEST(CheckConnectors, Debezium) {
  const std::string kafka = "kafka: {bootstrap_servers: a, topics: [b]}\n    ";
  EXPECT_EQ(SourceErrors(kafka + "key: [id]\n    format: debezium"), "ok");
  EXPECT_EQ(SourceErrors("webhook: {listen: \"127.0.0.1:0\"}\n    key: [id]\n    format: debezium"),
            "ok");
  EXPECT_THAT(SourceErrors(kafka + "format: debezium"),
              HasSubstr("updates and deletes need to know whose they are"));
  const auto columns = [&](const std::string& text) {
    return SourceErrors(kafka + "key: [id]\n    format: {debezium: {columns: {" + text + "}}}",
                        "id BIGINT, lsn BIGINT");
  };
  EXPECT_EQ(columns("lsn: source.lsn"), "ok");
  EXPECT_THAT(columns("at: ts_ms"), HasSubstr("'schema' has no column 'at'"));
  EXPECT_THAT(columns("lsn: source..lsn"), HasSubstr("'source..lsn' is no path"));
  EXPECT_THAT(columns("id: source.id"), HasSubstr("'id' is part of the key, which the row has"));
}

}  // namespace
}  // namespace headrace::pipeline
