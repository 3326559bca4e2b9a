// Reading: keys, types, presence, environment, secrets. The texts are what a user sees.
#include "pipeline/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "pipeline/pipeline_test_support.h"

namespace headrace::pipeline {
namespace {

using testing::HasSubstr;

std::string Changed(const std::string& old, const std::string& now) {
  return Errors(Replace(kGoodPipeline, old, now));
}

TEST(Reader, ReadsEveryKind) {
  const std::string text = Replace(
      Replace(
          kGoodPipeline, "state: var/quakes\n",
          "state: ${DIR:-var}/quakes\nlog: {local: {retention: 7 days, retention_size: 1 GiB}}\n"
          "engine: native\ncommit_every: 250 ms\nmetrics: {listen: off}\n"),
      "records: /features}",
      "records: /features, headers: {Accept: json, X-Api-Key: \"${KEY}\"}, "
      "bearer_token: \"${TOKEN}\", timeout: \"${T:-5 s}\", retries_max: 2, on_error: fail, "
      "pagination: {cursor: {pointer: /next, parameter: cursor}, pages_max: 7}}");
  const auto parsed =
      ParsePipeline(text, "f.yaml", {{"DIR", "/data"}, {"TOKEN", "secret"}, {"KEY", "k"}});
  ASSERT_TRUE(parsed.ok()) << Errors(text, {{"DIR", "/data"}, {"TOKEN", "s"}, {"KEY", "k"}});
  EXPECT_EQ(parsed->name, "quakes");
  EXPECT_EQ(parsed->file_name, "f.yaml");
  EXPECT_EQ(parsed->state, "/data/quakes");
  EXPECT_EQ(parsed->log.retention_us, 7 * 86'400'000'000);
  EXPECT_EQ(parsed->log.retention_bytes, 1 << 30);
  EXPECT_EQ(parsed->commit_every_us, 250'000);
  EXPECT_EQ(parsed->metrics_listen, std::nullopt);
  const Source& source = parsed->sources[0];
  EXPECT_THAT(source.key, testing::ElementsAre("id"));
  EXPECT_THAT(source.order_by, testing::ElementsAre("properties", "updated"));
  const auto& http = std::get<HttpSource>(source.connector);
  EXPECT_EQ(http.every_us, 5'000'000);
  EXPECT_EQ(http.headers.at("X-Api-Key"), "k");
  EXPECT_EQ(http.bearer_token->value, "secret");
  EXPECT_EQ(http.timeout_us, 5'000'000);
  EXPECT_EQ(http.retries_max, 2);
  EXPECT_TRUE(http.fail_on_error);
  EXPECT_EQ(http.pagination.kind, Pagination::Kind::kCursor);
  EXPECT_EQ(http.pagination.pointer, "/next");
  EXPECT_EQ(http.pagination.pages_max, 7);
  EXPECT_EQ(parsed->views[0].watermark->delay_us, 3'600'000'000);
  EXPECT_EQ(std::get<HudiSink>(parsed->sinks[0].connector).buckets, 4);
  EXPECT_THAT(std::get<InfluxSink>(parsed->sinks[1].connector).tags,
              testing::ElementsAre("magnitude"));
}

TEST(Reader, AConnectorMayBeNamedAlone) {
  EXPECT_EQ(Changed("state: var/quakes\n", "state: var/quakes\nlog: local\n"), "ok");
  EXPECT_EQ(Changed("records: /features}", "pagination: link_header}"), "ok");
  EXPECT_EQ(
      Changed("    influxdb: {path: series.lp, measurement: activity, tags: [magnitude], time: "
              "time}\n",
              "    console:\n"),
      "ok");
}

TEST(Reader, UnknownKeysSayWhatIsNear) {
  EXPECT_EQ(
      Changed("every: 5 s", "evry: 5 s"),
      "f.yaml:5:47: error: unknown key 'evry' in sources.feed.http\n"
      "    5 |     http: {url: \"http://127.0.0.1:8900/feed\", evry: 5 s, records: /features}\n"
      "      |                                               ^~~~\n"
      "   the keys are: url, every, records, headers, bearer_token, pagination, on_error, "
      "connect_timeout, timeout, response_size_max, redirects_max, retries_max, retry_backoff; "
      "did you mean 'every'?\n");
}

TEST(Reader, WhatIsPlannedSaysSo) {
  EXPECT_EQ(Changed("state: var/quakes\n", "state: var/quakes\nengine: {spark: {connect: c}}\n"),
            "f.yaml:3:10: error: 'spark' is not supported yet in engine\n"
            "    3 | engine: {spark: {connect: c}}\n"
            "      |          ^~~~~\n"
            "   the keys are: native\n");
  EXPECT_THAT(Changed("state: var/quakes\n", "state: var/quakes\nengine: spark\n"),
              HasSubstr("f.yaml:3:9: error: 'spark' is not supported yet in engine"));
}

TEST(Reader, MissingKeysStandWhereTheyBelong) {
  EXPECT_EQ(Changed("state: var/quakes\n", ""),
            "f.yaml:1:1: error: the pipeline lacks the key 'state'\n"
            "    1 | name: quakes\n"
            "      | ^\n"
            "   for example  state: var/quakes\n");
  EXPECT_EQ(Changed("    hudi: {path: lake/quakes, key: [id], order_by: time}\n", ""),
            "f.yaml:23:3: error: sinks.table lacks its connector\n"
            "   23 |   table:\n"
            "      |   ^~~~~\n"
            "   give exactly one of: hudi, influxdb, kafka, connect, console, blackhole\n");
  EXPECT_EQ(Changed("path: series.lp", "path: series.lp, url: \"http://h\", database: d"),
            "f.yaml:28:33: error: 'path' and 'url' exclude each other in sinks.series.influxdb\n"
            "   28 |     influxdb: {path: series.lp, url: \"http://h\", database: d, measurement: "
            "activity, tags: [magnitude], time: time}\n"
            "      |                                 ^~~\n"
            "   give exactly one of: url, path\n");
}

TEST(Reader, AMisspeltKeyIsNotMissedToo) {
  EXPECT_THAT(Errors("name: a\nstat: b\nsources: {}\n"),
              testing::AllOf(HasSubstr("did you mean 'state'?"),
                             testing::Not(HasSubstr("lacks the key 'state'")),
                             HasSubstr("the pipeline lacks the key 'sinks'")));
}

TEST(Reader, WrongTypesSayWhatWasExpected) {
  EXPECT_EQ(
      Changed("every: 5 s", "every: 5"),
      "f.yaml:5:54: error: 'every' is a duration such as '5 s', found '5'\n"
      "    5 |     http: {url: \"http://127.0.0.1:8900/feed\", every: 5, records: /features}\n"
      "      |                                                      ^\n"
      "   a unit is part of the value: '5 s'\n");
  EXPECT_THAT(Changed("every: 5 s", "every: [5 s]"),
              HasSubstr("'every' is a duration such as '5 s', found a list"));
  EXPECT_THAT(Changed("every: 5 s", "every:"), HasSubstr("found nothing"));
  EXPECT_THAT(Changed("every: 5 s", "every: 0 s"), HasSubstr("error: '0 s' is too small\n"));
  EXPECT_THAT(Changed("key: [id], order_by: time", "key: [id], buckets: many"),
              HasSubstr("f.yaml:25:51: error: 'buckets' is a whole number, found 'many'"));
  EXPECT_THAT(Changed("key: [id], order_by: time", "key: [id], buckets: 0"),
              HasSubstr("'buckets' is at least 1"));
  EXPECT_THAT(Changed("key: [id], order_by: time", "key: [id], services_memory: 64 MiB"),
              HasSubstr("'services_memory' is at least 128 MiB"));
  EXPECT_THAT(Changed("key: [id], order_by: time", "key: [id, id]"),
              HasSubstr("'id' comes twice in 'key'"));
  EXPECT_THAT(Changed("watermark: {column: time, delay: 1 hour}", "watermark: time"),
              HasSubstr("views.quakes.watermark is a mapping of keys, found 'time'"));
  EXPECT_THAT(Changed("watermark: {column: time, delay: 1 hour}", "emit: finale"),
              HasSubstr("the choices are: changes, final; did you mean 'final'?"));
  EXPECT_THAT(Changed("series.lp,", "series.lp, gzip: yes,"),
              HasSubstr("'gzip' is true or false, found 'yes'"));
  EXPECT_THAT(Errors("- a\n"), HasSubstr("the pipeline is a mapping of keys, found a list"));
  EXPECT_THAT(Errors("name: a\nstate: b\nsources: []\nsinks: {}\n"),
              HasSubstr("'sources' is a mapping of names, found a list"));
}

TEST(Reader, NamesAreIdentifiers) {
  EXPECT_THAT(Changed("  table:\n", "  my-table:\n"),
              HasSubstr("f.yaml:23:3: error: 'my-table' cannot be a name in 'sinks'"));
  EXPECT_THAT(Changed("  table:\n", "  " + std::string(65, 'x') + ":\n"), HasSubstr("at most 64"));
}

TEST(Reader, TheEnvironmentIsNamedAtItsPlace) {
  EXPECT_EQ(Changed("path: lake/quakes", "path: \"${LAKE}/quakes\""),
            "f.yaml:25:19: error: the environment variable LAKE is not set\n"
            "   25 |     hudi: {path: \"${LAKE}/quakes\", key: [id], order_by: time}\n"
            "      |                   ^~~~~~~\n"
            "   set it, or give a default: ${LAKE:-default}\n");
  EXPECT_EQ(Errors(Replace(kGoodPipeline, "every: 5 s", "every: \"${POLL}\""), {{"POLL", "often"}}),
            "f.yaml:5:54: error: 'every' is a duration such as '5 s', found 'often'\n"
            "    5 |     http: {url: \"http://127.0.0.1:8900/feed\", every: \"${POLL}\", records: "
            "/features}\n"
            "      |                                                      ^~~~~~~~~\n");
}

TEST(Reader, WhatAnAliasRepeatsIsWrongOnce) {
  std::string text = Replace(kGoodPipeline, "http: {url: \"http://127.0.0.1:8900/feed\"",
                             "http: &http {url: \"${FEED}\"");
  text = Replace(text, "views:\n", "  again: {http: *http, schema: id INT}\nviews:\n");
  EXPECT_EQ(DiagnosticsOf(ParsePipeline(text, "f.yaml", {}).status()).size(), 1);
}

TEST(Reader, ErrorsAreBounded) {
  std::string text = kGoodPipeline;
  for (int i = 0; i < 250; ++i) text += "unknown" + std::to_string(i) + ": 1\n";
  const auto diagnostics = DiagnosticsOf(ParsePipeline(text, "f.yaml", {}).status());
  ASSERT_EQ(diagnostics.size(), 101);
  EXPECT_EQ(diagnostics.back().message, "150 more errors");
}

TEST(Reader, SqlIsNeverSubstituted) {
  const std::string text = Replace(kGoodPipeline, "'earthquake'", "'${TYPE}'");
  const auto parsed = ParsePipeline(text, "f.yaml", {{"TYPE", "' OR true OR '"}});
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(parsed->views[0].sql, HasSubstr("'${TYPE}'"));
}

TEST(Reader, SecretsMustNotStandInTheFile) {
  EXPECT_EQ(
      Changed("records: /features", "bearer_token: abc"),
      "f.yaml:5:73: error: 'bearer_token' is a secret and must not stand in the file\n"
      "    5 |     http: {url: \"http://127.0.0.1:8900/feed\", every: 5 s, bearer_token: abc}\n"
      "      |                                                                         ^~~\n"
      "   take it from the environment, bearer_token: ${NAME}, or from a file, bearer_token: "
      "{file: PATH}\n");
  EXPECT_THAT(Changed("records: /features", "bearer_token: \"${TOKEN:-abc}\""),
              HasSubstr("must not stand in the file"));
  EXPECT_THAT(Changed("records: /features", "headers: {Authorization: Basic abc}"),
              HasSubstr("the header 'Authorization' is a secret"));
  EXPECT_THAT(Changed("http://127.0.0.1:8900/feed", "http://me:secret@host/"),
              testing::AllOf(HasSubstr("a user or password must not stand in a URL")));
}

TEST(Reader, SecretsComeFromFiles) {
  const std::string path = testing::TempDir() + "headrace_secret";
  std::ofstream(path) << "token of a file\n";
  const std::string text =
      Replace(kGoodPipeline, "records: /features", "bearer_token: {file: " + path + "}");
  const auto parsed = ParsePipeline(text, "f.yaml", {});
  ASSERT_TRUE(parsed.ok()) << Errors(text);
  EXPECT_EQ(std::get<HttpSource>(parsed->sources[0].connector).bearer_token->value,
            "token of a file");
  std::ofstream(path, std::ios::trunc);
  EXPECT_THAT(Errors(text), HasSubstr("holds no secret"));
  std::remove(path.c_str());
  EXPECT_THAT(Errors(text), HasSubstr("there is no file"));
  EXPECT_THAT(Changed("records: /features", "bearer_token: {fil: x}"),
              HasSubstr("a secret is ${NAME} or {file: PATH}"));
}

TEST(Reader, SchemaErrorsStandInTheSchema) {
  EXPECT_THAT(Changed("time: BIGINT", "time: BIGIN"), HasSubstr("f.yaml:10:44: error: "));
}

TEST(Reader, AllErrorsComeAtOnceInTheOrderOfTheFile) {
  std::string text = Replace(kGoodPipeline, "every: 5 s", "every: 5");
  text = Replace(text, "delay: 1 hour", "delay: soon");
  text = Replace(text, "path: lake/quakes", "pth: lake/quakes");
  text = Replace(text, "from: activity", "from: actvity");
  const auto diagnostics = DiagnosticsOf(ParsePipeline(text, "f.yaml", {}).status());
  std::vector<std::string> messages;
  for (const Diagnostic& diagnostic : diagnostics) messages.push_back(diagnostic.message);
  EXPECT_THAT(messages, testing::ElementsAre("'every' is a duration such as '5 s', found '5'",
                                             "'delay' is a duration such as '5 s', found 'soon'",
                                             "unknown key 'pth' in sinks.table.hudi",
                                             "there is no source or view 'actvity'"));
}

}  // namespace
}  // namespace headrace::pipeline
