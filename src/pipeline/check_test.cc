// Do the parts of a file fit each other? The texts are what a user sees.
#include "pipeline/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/pipeline_test_support.h"

namespace headrace::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Changed(const std::string& old, const std::string& now) {
  return Errors(Replace(kGoodPipeline, old, now));
}

TEST(Check, TheGoodPipelineIsGood) { EXPECT_EQ(Errors(kGoodPipeline), "ok"); }

TEST(Check, NamesAreUniqueOverSourcesAndViews) {
  EXPECT_THAT(Changed("  activity:\n    sql", "  Feed:\n    sql"),
              HasSubstr("f.yaml:18:3: error: the name 'Feed' is taken by sources.feed\n"
                        "   18 |   Feed:\n"
                        "      |   ^~~~\n"
                        "   sources and views share their names, in upper and lower case\n"));
}

TEST(Check, SourceKeyAndOrderAreColumns) {
  EXPECT_EQ(Changed("    key: [id]\n", "    key: [idd]\n"),
            "f.yaml:6:11: error: 'feed' has no column 'idd'\n"
            "    6 |     key: [idd]\n"
            "      |           ^~~\n"
            "   the columns of 'feed' are: id, properties, geometry; did you mean 'id'?\n");
  EXPECT_THAT(Changed("    key: [id]\n", "    key: [properties]\n"),
              HasSubstr("'properties' is STRUCT<"));
  EXPECT_EQ(
      Changed("order_by: properties.updated", "order_by: properties.update"),
      "f.yaml:7:15: error: 'properties' has no field 'update'\n"
      "    7 |     order_by: properties.update\n"
      "      |               ^~~~~~~~~~~~~~~~~\n"
      "   the fields of 'properties' are: mag, time, updated, type; did you mean 'updated'?\n");
  EXPECT_THAT(Changed("order_by: properties.updated", "order_by: geometry.coordinates"),
              HasSubstr("'geometry.coordinates' is ARRAY<DOUBLE> and has no order of versions"));
  EXPECT_THAT(Changed("    key: [id]\n", ""), HasSubstr("there is no key"));
}

TEST(Check, Urls) {
  EXPECT_THAT(Changed("http://127.0.0.1:8900/feed", "ftp://host/"),
              HasSubstr("is no URL of http or https"));
  EXPECT_THAT(Changed("http://127.0.0.1:8900/feed", "http:///feed"),
              HasSubstr("the host is missing"));
  EXPECT_THAT(Changed("http://127.0.0.1:8900/feed", "http://a/b c"), HasSubstr("it holds a space"));
  EXPECT_THAT(Changed("records: /features", "records: features"),
              HasSubstr("it begins with a slash: '/features'"));
}

TEST(Check, SqlErrorsStandInTheFile) {
  const std::string errors = Changed("floor(mag) AS magnitude", "floor(magn) AS magnitude");
  EXPECT_THAT(errors, HasSubstr("f.yaml:20:42: error: "));
  EXPECT_THAT(errors, HasSubstr("'magn'"));
  EXPECT_THAT(Changed("FROM feed WHERE", "FORM feed WHERE"), HasSubstr("f.yaml:16:"));
}

TEST(Check, RelationsOfStatementsAreThere) {
  EXPECT_EQ(Changed("FROM feed", "FROM fed"),
            "f.yaml:16:12: error: there is no source or view 'fed'\n"
            "   16 |       FROM fed WHERE properties.type = 'earthquake'\n"
            "      |            ^~~\n"
            "   the sources and views are: feed, quakes, activity; did you mean 'feed'?\n");
}

TEST(Check, UpperAndLowerCaseAreTheSameInStatements) {
  EXPECT_EQ(Changed("FROM feed", "FROM Feed"), "ok");
}

TEST(Check, ViewsAreSorted) {
  const std::string text =
      Replace(kGoodPipeline, "views:\n",
              "views:\n  strong:\n    sql: SELECT * FROM quakes WHERE mag > 5\n");
  const auto parsed = ParsePipeline(text, "f.yaml", {});
  ASSERT_TRUE(parsed.ok()) << Errors(text);
  std::vector<std::string> names;
  for (const View& view : parsed->views) names.push_back(view.name);
  EXPECT_THAT(names, ElementsAre("quakes", "strong", "activity"));
}

TEST(Check, ACircleIsShown) {
  EXPECT_EQ(Changed("FROM feed WHERE properties.type = 'earthquake'", "FROM activity"),
            "f.yaml:21:12: error: views read each other in a circle\n"
            "   21 |       FROM quakes GROUP BY window(time, '1 hour'), floor(mag)\n"
            "      |            ^~~~~~\n"
            "   quakes -> activity -> quakes\n");
  EXPECT_THAT(Changed("FROM feed", "FROM quakes"),
              HasSubstr("error: the view 'quakes' reads itself"));
}

TEST(Check, OneMistakeIsOneError) {
  // `activity` and both sinks are built on the view whose column is unknown.
  const auto diagnostics = DiagnosticsOf(
      ParsePipeline(Replace(kGoodPipeline, "SELECT id,", "SELECT idd,"), "f.yaml", {}).status());
  EXPECT_EQ(diagnostics.size(), 1);
}

TEST(Check, WatermarkIsATimestamp) {
  EXPECT_EQ(Changed("{column: time, delay", "{column: mag, delay"),
            "f.yaml:17:25: error: the watermark column 'mag' is DOUBLE\n"
            "   17 |     watermark: {column: mag, delay: 1 hour}\n"
            "      |                         ^~~\n"
            "   it must be TIMESTAMP; see timestamp_millis, timestamp_seconds, to_timestamp\n");
  EXPECT_THAT(Changed("{column: time, delay", "{column: tim, delay"),
              HasSubstr("'quakes' has no column 'tim'"));
}

TEST(Check, FinalNeedsWindowsAndAWatermark) {
  const std::string watermark = "    watermark: {column: time, delay: 1 hour}\n";
  EXPECT_EQ(Changed("  activity:\n    sql", "  activity:\n    emit: final\n    sql"), "ok");
  EXPECT_EQ(Errors(Replace(Replace(kGoodPipeline, watermark, ""), "  activity:\n    sql",
                           "  activity:\n    emit: final\n    sql")),
            "f.yaml:18:11: error: 'emit: final' needs a watermark upstream of 'activity'\n"
            "   18 |     emit: final\n"
            "      |           ^~~~~\n"
            "   declare it in a view that it reads:  watermark: {column: time, delay: 1 hour}\n");
  EXPECT_THAT(Changed(watermark, watermark + "    emit: final\n"),
              HasSubstr("'emit: final' needs windows or a join, and 'quakes' has none"));
  EXPECT_THAT(Changed(watermark, watermark + "    late: keep\n"),
              HasSubstr("'late: keep' needs windows"));
}

TEST(Check, SinkColumnsAreThereAndFit) {
  EXPECT_EQ(Changed("path: lake/quakes, key: [id]", "path: lake/quakes, key: [mag]"),
            "f.yaml:25:37: error: 'mag' is DOUBLE and doesn't fit 'key'\n"
            "   25 |     hudi: {path: lake/quakes, key: [mag], order_by: time}\n"
            "      |                                     ^~~\n"
            "   a key is made of texts, whole numbers, dates, times\n");
  EXPECT_THAT(Changed("key: [id], order_by: time", "key: [id], order_by: tim"),
              HasSubstr("'quakes' has no column 'tim'"));
  EXPECT_THAT(Changed("key: [id], order_by: time", "key: [id], partition_by: [mag]"),
              HasSubstr("'mag' is DOUBLE and doesn't fit 'partition_by'"));
  EXPECT_THAT(Changed("tags: [magnitude]", "tags: [magnitud]"),
              HasSubstr("did you mean 'magnitude'?"));
  EXPECT_THAT(Changed("tags: [magnitude], time: time", "tags: [magnitude], time: quakes"),
              HasSubstr("'quakes' is BIGINT and doesn't fit 'time'"));
  EXPECT_THAT(Changed("tags: [magnitude]", "tags: [magnitude, quakes]"),
              HasSubstr("the points have no fields"));
  EXPECT_THAT(Changed("from: quakes\n", "from: feed\n"), HasSubstr("'feed' has no column 'time'"));
}

TEST(Check, AnUpdatingRelationNeedsAKey) {
  EXPECT_EQ(
      Changed("key: [id], order_by: time", "table_name: x"),
      "f.yaml:25:5: error: rows of 'quakes' change after they were written, so the table needs "
      "a key\n"
      "   25 |     hudi: {path: lake/quakes, table_name: x}\n"
      "      |     ^~~~\n"
      "   add  key: [...], the columns that identify a row; the columns of 'quakes' are: id, "
      "time, mag\n");
  // Without a key of the source nothing changes.
  std::string append =
      Replace(kGoodPipeline, "    key: [id]\n    order_by: properties.updated\n", "");
  EXPECT_EQ(Errors(Replace(append, "key: [id], order_by: time", "table_name: x")), "ok");
  // A group changes with each row, unless it is given once.
  const std::string table = "hudi: {path: lake/activity}\n";
  const std::string series =
      "influxdb: {path: series.lp, measurement: activity, tags: [magnitude], time: time}\n";
  append = Replace(append, series, table);
  EXPECT_THAT(Errors(append), HasSubstr("rows of 'activity' change"));
  EXPECT_EQ(
      Errors(Replace(append, "  activity:\n    sql", "  activity:\n    emit: final\n    sql")),
      "ok");
}

TEST(Check, AColumnMaySayThatARowIsDeleted) {
  const std::string sink = "key: [id], order_by: time";
  EXPECT_THAT(Changed(sink, "key: [id], delete_when: mag"),
              HasSubstr("'mag' is DOUBLE and doesn't fit 'delete_when'"));
  EXPECT_THAT(Changed(sink, "key: [id], delete_when: gone"), HasSubstr("has no column 'gone'"));
  const std::string flagged = Replace(kGoodPipeline, "properties.mag AS mag",
                                      "properties.mag AS mag, properties.mag < 0 AS gone");
  ASSERT_NE(flagged, kGoodPipeline);
  EXPECT_EQ(Errors(Replace(flagged, sink, "key: [id], delete_when: gone")), "ok");
  EXPECT_THAT(Errors(Replace(flagged, sink, "key: [id], delete_when: gone, partition_by: [gone]")),
              HasSubstr("take it out of 'key' and 'partition_by'"));
}

TEST(Check, PartitionsAreOverwrittenByRowsThatComeOnce) {
  EXPECT_THAT(Changed("key: [id], order_by: time", "key: [id], mode: overwrite_partitions"),
              HasSubstr("there are no partitions that could be overwritten"));
  EXPECT_THAT(Changed("key: [id], order_by: time",
                      "key: [id], partition_by: [id], mode: overwrite_partitions"),
              HasSubstr("partitions cannot be overwritten by them"));
  const std::string append =
      Replace(kGoodPipeline, "    key: [id]\n    order_by: properties.updated\n", "");
  EXPECT_EQ(Errors(Replace(append, "key: [id], order_by: time",
                           "partition_by: [id], mode: overwrite_partitions")),
            "ok");
}

TEST(Check, InfluxServers) {
  EXPECT_THAT(Changed("path: series.lp", "url: \"http://h:8086\""),
              HasSubstr("give 'database' (InfluxDB v1), or 'org' and 'bucket' (v2)"));
  EXPECT_EQ(Changed("path: series.lp", "url: \"http://h:8086\", database: d"), "ok");
  EXPECT_EQ(Changed("path: series.lp", "url: \"http://h:8086\", org: o, bucket: b"), "ok");
  EXPECT_THAT(Changed("path: series.lp", "url: \"http://h:8086\", database: d, org: o"),
              HasSubstr("InfluxDB v1 and v2 are mixed"));
  EXPECT_THAT(Changed("path: series.lp", "url: \"http://h:8086\", org: o"),
              HasSubstr("InfluxDB v2 needs 'org' and 'bucket'"));
}

TEST(Check, TwoSinksDoNotShareAPath) {
  EXPECT_THAT(Changed("path: series.lp", "path: lake/quakes"),
              HasSubstr("the sink 'table' writes to 'lake/quakes' already"));
}

TEST(Check, PlacesOfTables) {
  EXPECT_EQ(Changed("path: lake/quakes", "path: \"s3://lake/quakes\""), "ok");
  EXPECT_EQ(
      Changed("path: lake/quakes", "path: \"s3://Lake/quakes\""),
      "f.yaml:25:18: error: 's3://Lake/quakes' is no place in S3: a bucket is named by 3 to 63 "
      "small letters, digits, dots and hyphens\n"
      "   25 |     hudi: {path: \"s3://Lake/quakes\", key: [id], order_by: time}\n"
      "      |                  ^~~~~~~~~~~~~~~~~~\n"
      "   write s3://bucket/path, as in s3://lake/quakes\n");
  EXPECT_THAT(Changed("path: lake/quakes", "path: \"gs://lake/quakes\""),
              HasSubstr("headrace has no storage 'gs'"));
}

TEST(Check, Storage) {
  const auto with = [](const std::string& s3) {
    return Errors(Replace(kGoodPipeline, "state: var/quakes\n",
                          "state: var/quakes\nstorage: {s3: {" + s3 + "}}\n"),
                  {{"KEY", "k"}});
  };
  EXPECT_EQ(with("endpoint: \"http://127.0.0.1:9000\", region: r, path_style: false, profile: p"),
            "ok");
  EXPECT_EQ(with("access_key: \"${KEY}\", secret_key: \"${KEY}\""), "ok");
  EXPECT_THAT(with("endpoint: \"127.0.0.1:9000\""), HasSubstr("is no endpoint of S3"));
  EXPECT_THAT(with("access_key: \"${KEY}\""), HasSubstr("go together"));
  EXPECT_THAT(with("access_key: \"${KEY}\", secret_key: open"), HasSubstr("secret"));
}

TEST(Check, MetricsAddress) {
  const std::string metrics = "state: var/quakes\nmetrics: {listen: ";
  EXPECT_EQ(Changed("state: var/quakes\n", metrics + "\"0.0.0.0:0\"}\n"), "ok");
  EXPECT_THAT(Changed("state: var/quakes\n", metrics + "9464}\n"),
              HasSubstr("'9464' is no address to listen on"));
}

TEST(PruneSources, ReadsOnlyWhatIsUsed) {
  const auto parsed = ParsePipeline(kGoodPipeline, "f.yaml", {});
  ASSERT_TRUE(parsed.ok());
  const auto& read = *parsed->sources[0].read_schema;
  EXPECT_THAT(read.field_names(), ElementsAre("id", "properties"));
  EXPECT_EQ(read.field(1)->type()->num_fields(), 4);  // updated: for order_by
  EXPECT_EQ(parsed->SchemaOf("feed"), parsed->sources[0].read_schema);
  EXPECT_THAT(parsed->SchemaOf("quakes")->field_names(), ElementsAre("id", "time", "mag"));
}

TEST(PruneSources, ASinkKeepsAllOfItsSource) {
  const std::string text = kGoodPipeline + "  raw:\n    from: feed\n    console:\n";
  const auto parsed = ParsePipeline(text, "f.yaml", {});
  ASSERT_TRUE(parsed.ok()) << Errors(text);
  EXPECT_TRUE(parsed->sources[0].read_schema->Equals(*parsed->sources[0].schema));
}

TEST(PruneSources, CountingReadsOneColumn) {
  const std::string text =
      "name: n\nstate: s\nsources:\n  feed:\n    http: {url: \"http://h\", every: 1 s}\n"
      "    schema: text STRING, number INT\nviews:\n  rows:\n    sql: SELECT count(*) AS n FROM "
      "feed\n"
      "sinks:\n  look:\n    from: rows\n    console:\n";
  const auto parsed = ParsePipeline(text, "f.yaml", {});
  ASSERT_TRUE(parsed.ok()) << Errors(text);
  EXPECT_THAT(parsed->sources[0].read_schema->field_names(), ElementsAre("number"));
}

}  // namespace
}  // namespace headrace::pipeline
