// A Pipeline is a pipeline file that has been read and checked: every name resolved, every
// statement analyzed, every value in its unit. Nothing downstream looks at YAML again.
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/environment.h"
#include "base/status.h"
#include "kafka/cluster.h"
#include "sql/plan.h"

namespace headrace::pipeline {

// A value that must not be printed or logged: a token, a password.
struct Secret {
  std::string value;
};

// The log as topics of a Kafka cluster.
struct KafkaLog {
  kafka::Cluster cluster;
  std::string topic_prefix;  // of all its topics; empty: the name of the pipeline and a dot
  int32_t partitions = 1;    // of the topic of a source that doesn't say
  int32_t replication = 0;   // 0: as the cluster has it
  int64_t retention_us = 0;  // 0: for ever
};

struct LogConfig {
  int64_t retention_us = 0;       // 0: for ever
  int64_t retention_bytes = 0;    // a partition; 0: no limit
  std::optional<KafkaLog> kafka;  // none: the local log, which the two above are for
};

// How the pages of one poll are found.
struct Pagination {
  enum class Kind { kNone, kLinkHeader, kNextUrl, kPage, kCursor };
  Kind kind = Kind::kNone;
  std::string pointer;    // kNextUrl: JSON Pointer to the next URL; kCursor: to the next cursor
  std::string parameter;  // kPage, kCursor: the query parameter that carries it
  int64_t first_page = 1;
  int64_t pages_max = 1000;
};

struct HttpSource {
  std::string url;
  int64_t every_us = 0;
  std::string records;  // JSON Pointer to the array of records; "" is the whole document
  std::map<std::string, std::string> headers;
  std::optional<Secret> bearer_token;
  Pagination pagination;
  int64_t connect_timeout_us = 10'000'000;
  int64_t timeout_us = 60'000'000;
  int64_t response_bytes_max = 64 << 20;
  int redirects_max = 5;
  int retries_max = 5;                 // attempts after the first, within one poll
  int64_t retry_backoff_us = 500'000;  // doubles with each attempt, with jitter, up to a minute
  bool fail_on_error = false;          // on_error: fail
};

struct HudiSource {
  std::string path;
  int64_t every_us = 10'000'000;
  std::string start = "earliest";  // or "latest", or a time as the table writes it
  bool snapshot_on_gap = false;    // on_gap: snapshot
};

// Names of columns that hold what a Kafka message has beside its value; empty: not wanted.
struct KafkaColumns {
  std::string key, headers, timestamp, topic, partition, offset;
};

// A connector of Kafka Connect that headrace keeps running beside a source or a sink.
struct KafkaConnector {
  std::string url;                            // of a worker's REST API
  std::map<std::string, std::string> config;  // may hold secrets: never printed
  std::string name;                           // default: headrace.PIPELINE.NAME
  std::string username;                       // of the REST API
  std::optional<Secret> password;
  std::string ca_file;
  int64_t start_timeout_us = 120'000'000;
  int restarts_max = 10;  // of failed tasks, in a row
};

// Topics that are there already; the engine reads them as they are.
struct KafkaSource {
  kafka::Cluster cluster;
  std::vector<std::string> topics;  // one of topics and topic_pattern
  std::string topic_pattern;        // a regular expression over the whole name
  std::string start = "earliest";   // or "latest", or a time: as written
  int64_t start_us = 0;             // where it is a time: microseconds since 1970 UTC
  KafkaColumns columns;
  std::optional<KafkaConnector> connector;  // that fills the topics
  int32_t partitions = 1;                   // with a connector: of topics that aren't there yet
};

struct FileSource {
  std::string path;  // a file, a folder or a pattern
  int64_t every_us = 1'000'000;
  int64_t complete_after_us = 0;  // of a last line without an end; 0: never
};

struct WebhookSource {
  std::string listen;
  std::string path = "/";
  std::string records;  // JSON Pointer to the array of records; "" is the whole body
  std::optional<Secret> bearer_token;
  std::optional<Secret> hmac_secret;
  std::string signature_header = "X-Hub-Signature-256";
  std::string id_header;             // empty: requests have no identity
  int64_t ids_remembered = 100'000;  // records back
  int64_t body_bytes_max = 1 << 20;
  int64_t pending_bytes_max = 64 << 20;
};

// Events of the Nexmark benchmark, made as they are read.
struct NexmarkSource {
  static constexpr int64_t kEventsMax = 100'000'000'000;
  int64_t events = 0;  // 0: without an end
  int64_t seed = 1;
  int64_t rate = 0;                           // events a second; 0: no limit
  std::string start = "2026-01-01T00:00:00";  // event time of the first, as written
  int64_t start_us = 0;                       // microseconds since 1970 UTC
  int64_t events_per_second = 10'000;         // of event time
};

// How the bytes of a record are read.
struct JsonFormat {};

struct CsvFormat {
  std::string delimiter = ",";  // one character, and so is `quote`
  std::string quote = "\"";
  bool header = true;
  std::string null_text = {};
  bool multiline = false;
};

// Change events: upserts and deletes of the rows of a database's table.
struct DebeziumFormat {
  std::map<std::string, std::string> columns = {};  // a column, and its path in the envelope
};

// Avro as Confluent's serializers write it: the byte 0, the number of the schema in a registry as
// four bytes, and the value. The registry is asked by Confluent's API.
struct AvroFormat {
  std::string registry;  // its URL
  std::string username;  // empty: no basic authentication
  std::optional<Secret> password;
  std::optional<Secret> bearer_token;
  std::string ca_file;  // PEM; empty: the authorities of the system
  int64_t timeout_us = 10'000'000;
  bool auto_register = true;  // of a sink
};

using Format = std::variant<JsonFormat, CsvFormat, DebeziumFormat, AvroFormat>;

// How rows become the bytes of messages.
using SinkFormat = std::variant<JsonFormat, AvroFormat>;

struct Source {
  std::string name;
  std::variant<HttpSource, HudiSource, KafkaSource, FileSource, WebhookSource, NexmarkSource>
      connector;
  Format format;
  int32_t partitions = 1;
  std::vector<std::string> key;  // empty: append-only
  std::vector<std::string>
      order_by;  // path of the column that orders versions of one key; empty: arrival
  std::shared_ptr<arrow::Schema> schema;  // as declared
  std::shared_ptr<arrow::Schema>
      read_schema;                  // only what some view or sink reads, and key and order_by
  bool fail_on_bad_record = false;  // on_error: fail; otherwise to the quarantine topic

  // Whether the source is a log itself, which the engine reads as it is; the records of any other
  // are appended to the log.
  bool is_log() const {
    return std::holds_alternative<KafkaSource>(connector) ||
           std::holds_alternative<NexmarkSource>(connector);
  }
};

struct Watermark {
  std::string column;
  int64_t delay_us = 0;
  int64_t idle_after_us = 60'000'000;
};

struct View {
  enum class Emit { kChanges, kFinal };
  std::string name;
  std::string sql;
  sql::PlanPtr plan;  // against read_schema of sources and the schemas of other views
  std::optional<Watermark> watermark;
  Emit emit = Emit::kChanges;
  bool keep_late = false;  // late: keep; late rows go to the topic <view>.late
};

struct HudiSink {
  enum class Type { kMergeOnRead, kCopyOnWrite };
  enum class Mode { kChanges, kOverwritePartitions };
  std::string path;
  std::optional<Type> type;
  std::vector<std::string> key;
  std::vector<std::string> partition_by;
  bool hive_style_partitions = false;
  std::string order_by;     // empty: the later commit wins
  std::string delete_when;  // empty: no column says that a row is deleted
  Mode mode = Mode::kChanges;
  int buckets = 4;
  int table_version = 8;
  std::string table_name;  // default: the sink's name
  bool services = true;
  int64_t compact_after = 10;                    // log files
  int64_t freshness_us = 300'000'000;            // of the read-optimized view
  int64_t file_size_bytes = int64_t{128} << 20;  // of tables without a key
  int64_t keep_commits = 30;
  int64_t keep_for_us = 600'000'000;
  int services_cpu = 25;  // percent of one core
  int64_t services_memory_bytes = int64_t{256} << 20;

  // With a key merge-on-read, without one copy-on-write, unless it is said.
  Type TypeOrDefault() const {
    return type.value_or(key.empty() ? Type::kCopyOnWrite : Type::kMergeOnRead);
  }
};

struct InfluxSink {
  std::string url;               // one of url and path
  std::string path;              // a file of lines
  std::string database;          // v1
  std::string retention_policy;  // v1, optional
  std::string org, bucket;       // v2
  std::optional<Secret> token;   // v2
  std::string username;          // v1, optional
  std::optional<Secret> password;
  std::string measurement;
  std::vector<std::string> tags;
  std::string time;  // the timestamp column
  bool gzip = true;
  int64_t batch_points = 5000;
  int64_t timeout_us = 30'000'000;
};

struct KafkaSink {
  kafka::Cluster cluster;
  std::string topic;
  std::vector<std::string> key;             // empty: rows are only added
  int32_t partitions = 1;                   // of a topic that isn't there yet
  std::optional<KafkaConnector> connector;  // that reads the topic
};

// Prints each change as a JSON line on stdout: to look at a pipeline while it is made.
struct ConsoleSink {};

// Counts rows and keeps none: to measure a pipeline without its sink.
struct BlackholeSink {};

struct Sink {
  std::string name;
  std::string from;  // a source or a view
  std::variant<HudiSink, InfluxSink, KafkaSink, ConsoleSink, BlackholeSink> connector;
  SinkFormat format;  // of KafkaSink
};

// How places in S3 are reached. What is empty is looked up as the tools of AWS do it
// (storage/s3_options.h).
struct S3Config {
  std::string endpoint;
  std::string region;
  std::optional<bool> path_style;
  std::string ca_file;
  std::string profile;
  std::optional<Secret> access_key;
  std::optional<Secret> secret_key;
  std::optional<Secret> session_token;
};

struct Pipeline {
  std::string name;
  std::string file_name;
  std::string state;  // folder: local log, checkpoints
  LogConfig log;
  S3Config s3;
  int threads = 0;  // that the engine reads and decodes with; 0: as many as there are processors
  int64_t commit_every_us = 1'000'000;
  std::optional<std::string> metrics_listen = "127.0.0.1:9464";  // none: off
  std::vector<Source> sources;
  std::vector<View> views;  // each after those it reads
  std::vector<Sink> sinks;

  // The columns that `relation` (a source or a view) offers. It must be there.
  std::shared_ptr<arrow::Schema> SchemaOf(std::string_view relation) const;
};

// Reads and checks a pipeline file; ${NAME} in it is looked up in `environment`.
//
// Errors: one user error with every diagnostic of the file; the spans are in `text`, so that
// Render(diagnostic, file_name, text) shows the place.
Result<Pipeline> ParsePipeline(std::string_view text, const std::string& file_name,
                               const Environment& environment);

// The JSON Schema (draft 2020-12) of a pipeline file, made from the tables that ParsePipeline
// checks by.
std::string PipelineJsonSchema();

// The key reference of docs/PIPELINE_FILE.md, in Markdown, from the same tables.
std::string PipelineKeyReference();

}  // namespace headrace::pipeline
