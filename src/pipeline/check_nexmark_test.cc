#include "pipeline/check_nexmark.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/pipeline_test_support.h"

namespace headrace::pipeline {
namespace {

using testing::HasSubstr;

std::string File(const std::string& source) {
  return "name: p\nstate: s\nsources:\n  events:\n    " + source +
         "\nsinks:\n  out: {from: events, console: {}}\n";
}

TEST(CheckNexmark, TheColumnsAreGiven) {
  const auto pipeline = ParsePipeline(
      File("nexmark: {events: 10, start: '2026-01-01T00:00:01'}\n    partitions: 2"), "f.yaml", {});
  ASSERT_TRUE(pipeline.ok()) << pipeline.status().message();
  const Source& source = pipeline->sources[0];
  EXPECT_EQ(source.schema->ToString(), pipeline->SchemaOf("events")->ToString());
  EXPECT_EQ(source.schema->field_names(),
            (std::vector<std::string>{"event_type", "person", "auction", "bid"}));
  EXPECT_EQ(std::get<NexmarkSource>(source.connector).start_us, 1'767'225'601'000'000);
  EXPECT_EQ(source.partitions, 2);
}

TEST(CheckNexmark, WhatTheEventsHaveIsNotDeclared) {
  EXPECT_THAT(Errors(File("nexmark: {}\n    schema: id BIGINT")),
              HasSubstr("f.yaml:6:5: error: the events of a nexmark source have columns of their "
                        "own, and no key"));
  EXPECT_THAT(Errors(File("nexmark: {}\n    key: [event_type]")), HasSubstr("leave 'key' out"));
  EXPECT_THAT(Errors(File("nexmark: {}\n    format: csv")), HasSubstr("leave 'format' out"));
}

TEST(CheckNexmark, TheFirstEventHasATime) {
  EXPECT_THAT(Errors(File("nexmark: {start: noon}")),
              HasSubstr("f.yaml:5:22: error: 'noon' is no time to start at"));
  EXPECT_THAT(Errors(File("nexmark: {start: '1969-12-31T00:00:00'}")), HasSubstr("from 1970"));
}

TEST(CheckNexmark, OtherSourcesStillNeedASchema) {
  EXPECT_THAT(Errors(File("file: {path: in}")), HasSubstr("lacks the key 'schema'"));
}

}  // namespace
}  // namespace headrace::pipeline
