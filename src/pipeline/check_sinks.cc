#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "avro/arrow_schema.h"
#include "pipeline/check.h"
#include "pipeline/check_avro.h"
#include "pipeline/check_connect.h"
#include "pipeline/check_kafka.h"
#include "pipeline/url.h"
#include "sql/analyzer.h"
#include "storage/open_storage.h"

namespace headrace::pipeline {
namespace {

// The key of each connector in the file, in the order of Sink::connector.
constexpr std::array kConnectorKeys = {"hudi", "influxdb", "kafka", "console", "blackhole"};
static_assert(kConnectorKeys.size() == std::variant_size_v<decltype(Sink::connector)>);

std::string ConnectorKey(const Sink& sink) {
  const auto* kafka = std::get_if<KafkaSink>(&sink.connector);
  return kafka != nullptr && kafka->connector ? "connect" : kConnectorKeys[sink.connector.index()];
}

// Reports what `status` says, if it is an error, at `path` of the file.
void ReportError(Checking& checking, const Status& status, const std::string& path) {
  if (status.ok()) return;
  for (const Diagnostic& diagnostic : DiagnosticsOf(status))
    checking.Report(diagnostic.message, diagnostic.hint, checking.places.Of(path));
}

// One sink over a relation that is known to be right.
class SinkChecker {
 public:
  SinkChecker(Checking& checking, const Sink& sink, std::string path)
      : checking_(checking), sink_(sink), path_(std::move(path)) {}

  void Check(const HudiSink& hudi) {
    CheckColumns("key", hudi.key, IsKeyType, "a key is made of texts, whole numbers, dates, times");
    CheckColumns("partition_by", hudi.partition_by, IsKeyType,
                 "partitions are made of texts, whole numbers, dates, times");
    if (!hudi.order_by.empty())
      CheckColumn("order_by", hudi.order_by, IsOrderedType, "order by a number, a text or a time");
    CheckDeletes(hudi);
    CheckOverwrite(hudi);
    if (!hudi.key.empty() || Has("key")) return;
    NeedsKey("the table");
    for (const char* key : {"order_by", "buckets", "delete_when"}) {
      if (!Has(key)) continue;
      checking_.Report(fmt::format("'{}' means nothing without a key", key),
                       "add  key: [...], or leave it out", checking_.places.KeyOf(Path(key)));
    }
  }

  void Check(const InfluxSink& influx) {
    CheckColumns("tags", influx.tags, IsTag,
                 "a tag is a text, a whole number, a boolean or a date");
    if (!influx.time.empty()) {
      CheckColumn(
          "time", influx.time,
          [](const arrow::DataType& type) { return type.id() == arrow::Type::TIMESTAMP; },
          "it must be TIMESTAMP");
    }
    CheckFields(influx);
  }

  void Check(const KafkaSink& kafka) {
    CheckColumns("key", kafka.key, IsKeyType,
                 "a key is made of texts, whole numbers, dates, times");
    if (kafka.key.empty() && !Has("key")) NeedsKey("the topic");
    const auto* avro = std::get_if<AvroFormat>(&sink_.format);
    if (avro == nullptr || !avro->auto_register) return;
    const arrow::FieldVector& columns = checking_.schemas.at(sink_.from)->fields();
    ReportError(checking_, avro::CheckNames(columns), path_);
    ReportError(checking_, avro::ToAvroType(columns, "r", "", avro::DecimalForm::kBytes).status(),
                path_);
  }

  void Check(const ConsoleSink&) {}
  void Check(const BlackholeSink&) {}

 private:
  using Fits = bool (*)(const arrow::DataType& type);

  // Reports that there is no key where rows change.
  void NeedsKey(const std::string& target) {
    if (!checking_.traits.at(sink_.from).retracts) return;
    checking_.Report(
        fmt::format("rows of '{}' change after they were written, so {} needs a key", sink_.from,
                    target),
        fmt::format("add  key: [...], the columns that identify a row; the columns of '{}' are: {}",
                    sink_.from, fmt::join(checking_.schemas.at(sink_.from)->field_names(), ", ")),
        checking_.places.KeyOf(path_));
  }

  static bool IsTag(const arrow::DataType& type) {
    return IsKeyType(type) && !arrow::is_binary(type.id());
  }

  std::string Path(const std::string& key) const { return path_ + "." + key; }
  bool Has(const std::string& key) const { return checking_.places.Has(Path(key)); }

  void CheckDeletes(const HudiSink& hudi) {
    if (hudi.delete_when.empty()) return;
    CheckColumn(
        "delete_when", hudi.delete_when,
        [](const arrow::DataType& type) { return type.id() == arrow::Type::BOOL; },
        "it must be BOOLEAN: compare the column with a value in a view");
    for (const auto* columns : {&hudi.key, &hudi.partition_by}) {
      if (std::ranges::find(*columns, hudi.delete_when) == columns->end()) continue;
      checking_.Report(
          fmt::format("'{}' says which rows are deleted, and the table doesn't have it",
                      hudi.delete_when),
          "take it out of 'key' and 'partition_by'", checking_.places.Of(Path("delete_when")));
    }
  }

  // What is replaced as a whole cannot be corrected row by row.
  void CheckOverwrite(const HudiSink& hudi) {
    if (hudi.mode != HudiSink::Mode::kOverwritePartitions) return;
    const Span place = checking_.places.Of(Path("mode"));
    if (hudi.partition_by.empty())
      checking_.Report("there are no partitions that could be overwritten",
                       "add  partition_by: [...]", place);
    if (!hudi.delete_when.empty())
      checking_.Report("'delete_when' means nothing where partitions are overwritten",
                       "leave it out, and filter deleted rows in a view",
                       checking_.places.KeyOf(Path("delete_when")));
    if (checking_.traits.at(sink_.from).retracts)
      checking_.Report(fmt::format("rows of '{}' change after they were written, one by one, so "
                                   "partitions cannot be overwritten by them",
                                   sink_.from),
                       "give each row once (emit: final), or leave 'mode' out", place);
  }

  void CheckColumns(const std::string& key, const std::vector<std::string>& columns, Fits fits,
                    const std::string& hint) {
    for (size_t i = 0; i < columns.size(); ++i)
      CheckColumnAt(Path(fmt::format("{}[{}]", key, i)), key, columns[i], fits, hint);
  }

  void CheckColumn(const std::string& key, const std::string& column, Fits fits,
                   const std::string& hint) {
    CheckColumnAt(Path(key), key, column, fits, hint);
  }

  void CheckColumnAt(const std::string& path, const std::string& key, const std::string& name,
                     Fits fits, const std::string& hint) {
    const Span place = checking_.places.Of(path);
    const auto column = checking_.FindColumn(sink_.from, name, place);
    if (column != nullptr && !fits(*column->type())) {
      checking_.Report(
          fmt::format("'{}' is {} and doesn't fit '{}'", name, sql::TypeName(*column->type()), key),
          hint, place);
    }
  }

  // Columns that are neither tag nor time are fields of the point, and there must be one.
  void CheckFields(const InfluxSink& influx) {
    bool has_field = false;
    for (const auto& column : checking_.schemas.at(sink_.from)->fields()) {
      if (column->name() == influx.time ||
          std::ranges::find(influx.tags, column->name()) != influx.tags.end())
        continue;
      has_field = true;
      if (!IsNestedType(*column->type())) continue;
      checking_.Report(fmt::format("the column '{}' of '{}' is {} and cannot be a field of a point",
                                   column->name(), sink_.from, sql::TypeName(*column->type())),
                       "select what is in it in a view of its own", checking_.places.KeyOf(path_));
    }
    if (!has_field) {
      checking_.Report("the points have no fields",
                       fmt::format("all columns of '{}' are tag or time", sink_.from),
                       checking_.places.KeyOf(path_));
    }
  }

  Checking& checking_;
  const Sink& sink_;
  std::string path_;  // of the connector
};

// What can be said of an InfluxDB sink without knowing its relation.
void CheckServer(Checking& checking, const InfluxSink& influx, const std::string& path) {
  const bool v1 = !influx.database.empty();
  const bool v2 = !influx.org.empty() || !influx.bucket.empty() || influx.token.has_value();
  const auto report = [&](std::string message, std::string hint) {
    checking.Report(std::move(message), std::move(hint), checking.places.KeyOf(path));
  };
  if (!influx.url.empty()) CheckUrl(checking, influx.url, path + ".url");
  if (v1 && v2) {
    report("InfluxDB v1 and v2 are mixed", "v1 has 'database', v2 has 'org', 'bucket' and 'token'");
  } else if (v2 && (influx.org.empty() || influx.bucket.empty())) {
    report("InfluxDB v2 needs 'org' and 'bucket'", "");
  } else if (!influx.url.empty() && !v1 && !v2) {
    report("a server needs to know where the points go",
           "give 'database' (InfluxDB v1), or 'org' and 'bucket' (v2)");
  }
  if (influx.password && influx.username.empty()) report("'password' needs 'username'", "");
}

void CheckStorage(Checking& checking) {
  const S3Config& s3 = checking.pipeline.s3;
  if (!s3.endpoint.empty())
    ReportError(checking, storage::FindS3Endpoint({.endpoint = s3.endpoint}, {}).status(),
                "storage.s3.endpoint");
  if (s3.access_key.has_value() != s3.secret_key.has_value())
    checking.Report("'access_key' and 'secret_key' go together", "give both or neither",
                    checking.places.KeyOf("storage.s3"));
}

void CheckSinkFormat(Checking& checking, const Sink& sink, const std::string& path) {
  if (!checking.places.Has(path)) return;
  if (!std::holds_alternative<KafkaSink>(sink.connector))
    checking.Report("only the rows of a topic have a format", "leave 'format' out",
                    checking.places.KeyOf(path));
  if (const auto* avro = std::get_if<AvroFormat>(&sink.format))
    CheckAvro(checking, *avro, path + ".avro");
}

// The folder, file or topic that the sink alone may write.
std::string TargetOf(const Sink& sink) {
  if (const auto* hudi = std::get_if<HudiSink>(&sink.connector)) return hudi->path;
  if (const auto* influx = std::get_if<InfluxSink>(&sink.connector)) return influx->path;
  if (const auto* kafka = std::get_if<KafkaSink>(&sink.connector))
    return kafka->cluster.bootstrap_servers + "/" + kafka->topic;
  return "";
}

}  // namespace

void CheckSinks(Checking& checking) {
  CheckStorage(checking);
  std::map<std::string, std::string> targets;  // to the sink that writes there
  for (Sink& sink : checking.pipeline.sinks) {
    const std::string path = "sinks." + sink.name;
    if (!sink.from.empty() &&
        std::ranges::find(checking.names, sink.from) == checking.names.end()) {
      checking.Report(fmt::format("there is no source or view '{}'", sink.from),
                      HintOfNames("sources and views", sink.from, checking.names),
                      checking.places.Of(path + ".from"));
    }
    const std::string connector = path + "." + ConnectorKey(sink);
    if (!checking.places.Has(connector)) continue;  // there is none, which is reported
    if (const auto* influx = std::get_if<InfluxSink>(&sink.connector))
      CheckServer(checking, *influx, connector);
    if (const auto* hudi = std::get_if<HudiSink>(&sink.connector))
      ReportError(checking, storage::CheckPlace(hudi->path), connector + ".path");
    const auto* kafka = std::get_if<KafkaSink>(&sink.connector);
    if (kafka != nullptr && kafka->connector) CheckConnectSink(checking, sink, connector);
    if (kafka != nullptr) CheckCluster(checking, kafka->cluster, connector);
    CheckSinkFormat(checking, sink, path + ".format");
    if (const std::string target = TargetOf(sink); !target.empty()) {
      const auto [first, is_new] = targets.emplace(target, sink.name);
      if (!is_new)
        checking.Report(fmt::format("the sink '{}' writes to '{}' already", first->second, target),
                        "give each sink a target of its own",
                        checking.places.Of(connector + (kafka != nullptr ? ".topic" : ".path")));
    }
    if (!checking.schemas.contains(sink.from)) continue;
    SinkChecker checker(checking, sink, connector);
    std::visit([&](const auto& configuration) { checker.Check(configuration); }, sink.connector);
  }
}

}  // namespace headrace::pipeline
