#include "pipeline/tables.h"

namespace headrace::pipeline {
namespace {

Table LocalLogTable() {
  return {.name = "local_log",
          .title = "log.local",
          .description =
              "The log on RocksDB in the folder `state`. What was acknowledged survives a "
              "crash of the machine.",
          .fields = {
              DurationField("retention", &LogConfig::retention_us,
                            "How long records are kept at least. Without it: for ever.", "7 days"),
              SizeField("retention_size", &LogConfig::retention_bytes,
                        "How much a partition keeps at most. What a reader still needs is never "
                        "deleted. Without it: no limit.",
                        "10 GiB"),
          }};
}

Table LogTable() {
  return {.name = "log",
          .title = "log",
          .description =
              "Where records are kept between ingestion and processing. `log: local` is "
              "the default.",
          .fields = {TableField<Pipeline, LogConfig>(
                         "local", LocalLogTable(),
                         [](Pipeline& pipeline) -> LogConfig& { return pipeline.log; })
                         .InGroup("log"),
                     TableField<Pipeline, KafkaLog>("kafka", KafkaLogTable(),
                                                    [](Pipeline& pipeline) -> KafkaLog& {
                                                      return pipeline.log.kafka.emplace();
                                                    })
                         .InGroup("log")},
          .by_name = true};
}

Table NativeEngineTable() {
  Field threads = IntegerField("threads", &Pipeline::threads,
                               "How many threads read and decode records, while another computes "
                               "and one commits the epoch before. With 1 everything is done in "
                               "turn. Without the key: as many as there are processors. Results "
                               "do not depend on it.",
                               "4")
                      .Between(1, 256);
  threads.default_text.clear();
  return {.name = "native_engine",
          .title = "engine.native",
          .description = "The engine in this program.",
          .fields = {std::move(threads)}};
}

Table EngineTable() {
  return {.name = "engine",
          .title = "engine",
          .description = "What runs the views. `engine: native` is the default.",
          .fields = {TableField<Pipeline, Pipeline>(
                         "native", NativeEngineTable(),
                         [](Pipeline& pipeline) -> Pipeline& { return pipeline; })
                         .InGroup("engine")},
          .by_name = true,
          .planned = {"spark"}};
}

Table MetricsTable() {
  Field listen{.key = "listen",
               .type = ValueType::kText,
               .description =
                   "Address and port that `/metrics` and `/healthz` are served on while the "
                   "pipeline runs, or `off`.",
               .example = "127.0.0.1:9464",
               .default_text = *Pipeline{}.metrics_listen,
               .store = [](void* object, const Value& value) {
                 const auto& text = std::get<std::string>(value);
                 auto& target = static_cast<Pipeline*>(object)->metrics_listen;
                 if (text == "off") {
                   target.reset();
                 } else {
                   target = text;
                 }
               }};
  return {.name = "metrics",
          .title = "metrics",
          .description = "How the pipeline is watched.",
          .fields = {std::move(listen)}};
}

Table MakePipelineTable() {
  const auto itself = [](Pipeline& pipeline) -> Pipeline& { return pipeline; };
  return {
      .name = "pipeline",
      .title = "",
      .description = "One file describes the whole of a pipeline.",
      .fields = {
          TextField("name", &Pipeline::name,
                    "The name of the pipeline, in metrics and in the catalogue. Letters, digits, "
                    "`_` and `-`.",
                    "quakes")
              .Required(),
          TextField("state", &Pipeline::state,
                    "The folder of what the pipeline must not forget: local log, checkpoints, "
                    "state. One run at a time uses it.",
                    "var/quakes")
              .Required(),
          TableField<Pipeline, Pipeline>("log", LogTable(), itself),
          TableField<Pipeline, Pipeline>("storage", StorageTable(), itself),
          TableField<Pipeline, Pipeline>("engine", EngineTable(), itself),
          DurationField("commit_every", &Pipeline::commit_every_us,
                        "How often results become durable and visible (an epoch). Shorter is "
                        "fresher, longer makes fewer and larger files.",
                        "1 s")
              .Between(1'000, 3'600'000'000),
          TableField<Pipeline, Pipeline>("metrics", MetricsTable(), itself),
          TablesField("sources", SourceTable(), &Pipeline::sources,
                      "What comes in. Each source has a name that views and sinks read it by.")
              .Required(),
          TablesField("views", ViewTable(), &Pipeline::views,
                      "What is computed. A view reads sources and other views, in any order of "
                      "the file, but never itself."),
          TablesField("sinks", SinkTable(), &Pipeline::sinks, "What goes out, and where to.")
              .Required(),
          {.key = "tests",
           .type = ValueType::kTests,
           .description = "What `headrace test` runs: rows in, rows out. See [Tests](#tests).",
           .example = "{doubles: {steps: [{rows: {s: [{n: 1}]}}], expect: {v: [{twice: 2}]}}}",
           .store = [](void*, const Value&) {}},
      }};
}

}  // namespace

const Table& PipelineTable() {
  static const Table table = MakePipelineTable();
  return table;
}

}  // namespace headrace::pipeline
