#include "pipeline/tables.h"

namespace headrace::pipeline {
namespace {

Table ConsoleSinkTable() {
  return {.name = "console",
          .title = "sinks.NAME.console",
          .description =
              "Prints each change as a line of JSON on stdout: to look at a pipeline "
              "while it is made. It has no keys.",
          .fields = {}};
}

Table BlackholeSinkTable() {
  return {.name = "blackhole",
          .title = "sinks.NAME.blackhole",
          .description =
              "Counts rows and keeps none: to measure a pipeline without its sink. It has no keys.",
          .fields = {}};
}

}  // namespace

Table HudiSinkTable() {
  return {
      .name = "hudi",
      .title = "sinks.NAME.hudi",
      .description =
          "An Apache Hudi table. With a key: rows are inserted, replaced and deleted as the "
          "relation changes. Without: rows are only added.",
      .fields = {
          TextField("path", &HudiSink::path, "Where the table is: a folder, or `s3://bucket/path`.",
                    "lake/quakes")
              .Required(),
          ChoiceField("type", &HudiSink::type,
                      {{"merge_on_read", HudiSink::Type::kMergeOnRead},
                       {"copy_on_write", HudiSink::Type::kCopyOnWrite}},
                      "`merge_on_read`: a commit writes its changes, and readers merge them. "
                      "`copy_on_write`: a commit rewrites the file groups that it changes; faster "
                      "to read, slower to write. Without it: merge_on_read with a key, "
                      "copy_on_write without.",
                      "copy_on_write"),
          NamesField("key", &HudiSink::key,
                     "The columns that identify a row. Needed where the relation changes rows "
                     "that it gave before.",
                     "[id]"),
          TextField("order_by", &HudiSink::order_by,
                    "Which row of one key is the newer: the one with the larger value here. "
                    "Without it: the one that was written later.",
                    "updated"),
          NamesField("partition_by", &HudiSink::partition_by,
                     "The columns whose values name the folders of the table.", "[day]"),
          BooleanField("hive_style_partitions", &HudiSink::hive_style_partitions,
                       "Whether folders name the column, too: `day=2026-11-22`.", "true"),
          TextField("delete_when", &HudiSink::delete_when,
                    "A BOOLEAN column: a row in which it is true deletes the row of its key. The "
                    "table doesn't have the column.",
                    "is_deleted"),
          ChoiceField("mode", &HudiSink::mode,
                      {{"changes", HudiSink::Mode::kChanges},
                       {"overwrite_partitions", HudiSink::Mode::kOverwritePartitions}},
                      "`changes`: the table follows the relation. `overwrite_partitions`: the rows "
                      "of an epoch replace all that was in the partitions that they go to; for "
                      "views whose partitions come whole, such as one with `emit: final` by day.",
                      "overwrite_partitions"),
          IntegerField("buckets", &HudiSink::buckets,
                       "How many file groups a partition of the table has; the hash of the key "
                       "picks one. Fixed once the table is there. A good size is 1-2 GiB a bucket.",
                       "16")
              .Between(1, 10'000),
          TextField("table_name", &HudiSink::table_name,
                    "The name of the table in its own metadata. Without it: the name of the sink.",
                    "quakes"),
          IntegerField("table_version", &HudiSink::table_version,
                       "Hudi's table version. 8 has the widest readers.", "9")
              .Between(8, 9),
          BooleanField("services", &HudiSink::services,
                       "Whether headrace compacts, cleans and archives the table while it writes "
                       "to it. Say false where another engine does, or `headrace table`.",
                       "false"),
          IntegerField("compact_after", &HudiSink::compact_after,
                       "A file group is compacted when it has so many log files, or as many bytes "
                       "in them as in its base file.",
                       "4")
              .Between(1, 1'000),
          DurationField("freshness", &HudiSink::freshness_us,
                        "How old the rows of Hudi's read-optimized view may become: file groups "
                        "are compacted in time.",
                        "1 min"),
          SizeField("file_size", &HudiSink::file_size_bytes,
                    "In a table without a key, files of less than half of this are joined to files "
                    "of about this size.",
                    "256 MB"),
          IntegerField("keep_commits", &HudiSink::keep_commits,
                       "Readers find the table as of each of the last so many commits; older files "
                       "are deleted.",
                       "10")
              .Between(1, 100'000),
          DurationField("keep_for", &HudiSink::keep_for_us, "And as of each commit of so long ago.",
                        "1 h"),
          IntegerField("services_cpu", &HudiSink::services_cpu,
                       "What the services may take of one core, in percent.", "50")
              .Between(1, 100),
          SizeField("services_memory", &HudiSink::services_memory_bytes,
                    "What the services may hold in memory, at least 128 MiB. A file group whose "
                    "log files hold more is compacted in several passes.",
                    "128 MiB")
              .Between(int64_t{128} << 20, int64_t{1} << 40),
      }};
}

Table InfluxSinkTable() {
  return {
      .name = "influxdb",
      .title = "sinks.NAME.influxdb",
      .description =
          "A time series, as points of line protocol: to InfluxDB v1 (`database`) or v2 "
          "(`org`, `bucket`, `token`), or to a file. Columns that are neither tag nor "
          "time are the fields of the point.",
      .fields = {
          TextField("url", &InfluxSink::url, "The server.", "http://127.0.0.1:8086")
              .InGroup("target"),
          TextField("path", &InfluxSink::path, "A file of lines instead of a server.",
                    "series/activity.lp")
              .InGroup("target"),
          TextField("measurement", &InfluxSink::measurement, "The measurement of the points.",
                    "activity")
              .Required(),
          TextField("time", &InfluxSink::time, "The column of the time, a TIMESTAMP.", "time")
              .Required(),
          NamesField("tags", &InfluxSink::tags,
                     "The columns that tell series apart. A point is identified by measurement, "
                     "tags and time.",
                     "[magnitude]"),
          TextField("database", &InfluxSink::database, "v1: the database.", "quakes"),
          TextField("retention_policy", &InfluxSink::retention_policy,
                    "v1: the retention policy. Without it: the default of the database.",
                    "autogen"),
          TextField("username", &InfluxSink::username, "v1: the user.", "headrace"),
          SecretField("password", &InfluxSink::password, "v1: the password.", "${INFLUX_PASSWORD}"),
          TextField("org", &InfluxSink::org, "v2: the organization.", "acme"),
          TextField("bucket", &InfluxSink::bucket, "v2: the bucket.", "quakes"),
          SecretField("token", &InfluxSink::token, "v2: the token.", "{file: /run/secrets/influx}"),
          BooleanField("gzip", &InfluxSink::gzip, "Whether requests are compressed.", "false"),
          IntegerField("batch_points", &InfluxSink::batch_points,
                       "How many points a request carries at most.", "1000")
              .Between(1, 100'000),
          DurationField("timeout", &InfluxSink::timeout_us, "How long an answer may take.", "10 s")
              .Between(1'000, 86'400'000'000),
      }};
}

Table SinkTable() {
  return {
      .name = "sink",
      .title = "sinks.NAME",
      .description = "A sink keeps one relation somewhere. It has exactly one connector.",
      .fields =
          {
              TextField("from", &Sink::from, "The source or view whose rows it keeps.", "activity")
                  .Required(),
              TableField<Sink, HudiSink>(
                  "hudi", HudiSinkTable(),
                  [](Sink& sink) -> HudiSink& { return sink.connector.emplace<HudiSink>(); })
                  .InGroup("connector"),
              TableField<Sink, InfluxSink>(
                  "influxdb", InfluxSinkTable(),
                  [](Sink& sink) -> InfluxSink& { return sink.connector.emplace<InfluxSink>(); })
                  .InGroup("connector"),
              TableField<Sink, KafkaSink>(
                  "kafka", KafkaSinkTable(),
                  [](Sink& sink) -> KafkaSink& { return sink.connector.emplace<KafkaSink>(); })
                  .InGroup("connector"),
              TableField<Sink, KafkaSink>("connect", ConnectSinkTable(),
                                          [](Sink& sink) -> KafkaSink& {
                                            auto& kafka = sink.connector.emplace<KafkaSink>();
                                            kafka.connector.emplace();
                                            return kafka;
                                          })
                  .InGroup("connector"),
              TableField<Sink, ConsoleSink>(
                  "console", ConsoleSinkTable(),
                  [](Sink& sink) -> ConsoleSink& { return sink.connector.emplace<ConsoleSink>(); })
                  .InGroup("connector"),
              TableField<Sink, BlackholeSink>("blackhole", BlackholeSinkTable(),
                                              [](Sink& sink) -> BlackholeSink& {
                                                return sink.connector.emplace<BlackholeSink>();
                                              })
                  .InGroup("connector"),
              TableField<Sink, Sink>("format", SinkFormatTable(),
                                     [](Sink& sink) -> Sink& { return sink; }),
          },
      .planned = {"files"}};
}

}  // namespace headrace::pipeline
