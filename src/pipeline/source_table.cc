#include "pipeline/tables.h"

namespace headrace::pipeline {

Table SourceTable() {
  return {
      .name = "source",
      .title = "sources.NAME",
      .description =
          "A source brings records in: it appends them to the log, under its own name, or is a "
          "log itself (`kafka`, `connect`, `nexmark`). It has exactly one connector.",
      .fields =
          {
              TableField<Source, HttpSource>("http", HttpSourceTable(),
                                             [](Source& source) -> HttpSource& {
                                               return source.connector.emplace<HttpSource>();
                                             })
                  .InGroup("connector"),
              TableField<Source, HudiSource>("hudi", HudiSourceTable(),
                                             [](Source& source) -> HudiSource& {
                                               return source.connector.emplace<HudiSource>();
                                             })
                  .InGroup("connector"),
              TableField<Source, KafkaSource>("kafka", KafkaSourceTable(),
                                              [](Source& source) -> KafkaSource& {
                                                return source.connector.emplace<KafkaSource>();
                                              })
                  .InGroup("connector"),
              TableField<Source, KafkaSource>("connect", ConnectSourceTable(),
                                              [](Source& source) -> KafkaSource& {
                                                auto& kafka =
                                                    source.connector.emplace<KafkaSource>();
                                                kafka.connector.emplace();
                                                return kafka;
                                              })
                  .InGroup("connector"),
              TableField<Source, FileSource>("file", FileSourceTable(),
                                             [](Source& source) -> FileSource& {
                                               return source.connector.emplace<FileSource>();
                                             })
                  .InGroup("connector"),
              TableField<Source, WebhookSource>("webhook", WebhookSourceTable(),
                                                [](Source& source) -> WebhookSource& {
                                                  return source.connector.emplace<WebhookSource>();
                                                })
                  .InGroup("connector"),
              TableField<Source, NexmarkSource>("nexmark", NexmarkSourceTable(),
                                                [](Source& source) -> NexmarkSource& {
                                                  return source.connector.emplace<NexmarkSource>();
                                                })
                  .InGroup("connector"),
              TableField<Source, Source>("format", FormatTable(),
                                         [](Source& source) -> Source& { return source; }),
              SchemaField(
                  "schema", &Source::schema,
                  "The columns, as Spark writes them (DDL). Fields of the records that aren't "
                  "named here are not read. A field that is missing is NULL; a record that "
                  "lacks a `NOT NULL` field, or doesn't fit, goes to the quarantine.",
                  "id STRING NOT NULL, mag DOUBLE")
                  .RequiredUnless("nexmark"),
              NamesField(
                  "key", &Source::key,
                  "The columns that identify a record: one with a known key replaces the "
                  "earlier one, and everything computed from that is corrected. Without it all "
                  "records stand beside each other.",
                  "[id]"),
              PathField("order_by", &Source::order_by,
                        "Which record of one key is the newer: the one with the larger value here. "
                        "Dots reach into structs. Without it: the one that arrived later.",
                        "properties.updated"),
              IntegerField("partitions", &Source::partitions,
                           "How many partitions the topic of the source has in the log. Fixed once "
                           "it is there.",
                           "4")
                  .Between(1, 1024),
              ChoiceField(
                  "on_error", &Source::fail_on_bad_record, {{"quarantine", false}, {"fail", true}},
                  "What becomes of a record that doesn't fit the schema: kept aside with its "
                  "reason and counted, or the end of the run.",
                  "fail"),
          },
      .planned = {"generator"}};
}

}  // namespace headrace::pipeline
