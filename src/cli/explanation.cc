#include "cli/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "base/units.h"
#include "cli/explain_lineage.h"
#include "cli/explain_operators.h"
#include "sql/analyzer.h"
#include "sql/lineage.h"

namespace headrace::cli {
namespace {

using pipeline::BlackholeSink;
using pipeline::ConsoleSink;
using pipeline::FileSource;
using pipeline::HttpSource;
using pipeline::HudiSink;
using pipeline::HudiSource;
using pipeline::InfluxSink;
using pipeline::KafkaSink;
using pipeline::KafkaSource;
using pipeline::NexmarkSource;
using pipeline::Pipeline;
using pipeline::Sink;
using pipeline::Source;
using pipeline::View;
using pipeline::WebhookSource;

std::string Join(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// Without the query, which may hold a key.
std::string ShortUrl(const std::string& url) {
  const size_t query = url.find('?');
  return query == std::string::npos ? url : url.substr(0, query) + "?...";
}

// ", filled by the connector 'headrace.shop.orders' (FileStreamSource) at http://127.0.0.1:8083"
std::string ConnectorText(const pipeline::KafkaConnector& connector, const char* doing) {
  return fmt::format(", {} by the connector '{}' ({}) at {}", doing, connector.name,
                     connector.config.at("connector.class"), ShortUrl(connector.url));
}

struct SourceExplainer {
  ExplainedSource& explained;

  void operator()(const HttpSource& http) const {
    explained.connector = "http";
    explained.what = fmt::format("{} every {}", ShortUrl(http.url), FormatDuration(http.every_us));
  }

  void operator()(const HudiSource& hudi) const {
    explained.connector = "hudi";
    explained.what = fmt::format("{} every {}", hudi.path, FormatDuration(hudi.every_us));
  }

  void operator()(const KafkaSource& kafka) const {
    explained.connector = kafka.connector ? "connect" : "kafka";
    explained.what = fmt::format(
        "{} at {}, from {}",
        kafka.topics.empty() ? "topics like " + kafka.topic_pattern : Join(kafka.topics),
        kafka.cluster.bootstrap_servers, kafka.start);
    if (kafka.connector) explained.what += ConnectorText(*kafka.connector, "filled");
  }

  void operator()(const FileSource& file) const {
    explained.connector = "file";
    explained.what = fmt::format("{} every {}", file.path, FormatDuration(file.every_us));
  }

  void operator()(const NexmarkSource& nexmark) const {
    explained.connector = "nexmark";
    explained.what =
        fmt::format("{} events, seed {}",
                    nexmark.events == 0 ? "endless" : std::to_string(nexmark.events), nexmark.seed);
  }

  void operator()(const WebhookSource& webhook) const {
    explained.connector = "webhook";
    explained.what = fmt::format("http://{}{}", webhook.listen, webhook.path);
  }
};

ExplainedSource ExplainSource(const Source& source, const pipeline::RelationTraits& traits) {
  ExplainedSource explained{.name = source.name,
                            .connector = "",
                            .what = "",
                            .key = source.key,
                            .order_by = fmt::format("{}", fmt::join(source.order_by, ".")),
                            .partitions = source.partitions,
                            .read = LeafPaths(*source.read_schema),
                            .not_read = {},
                            .traits = traits};
  std::visit(SourceExplainer{explained}, source.connector);
  for (const std::string& path : LeafPaths(*source.schema)) {
    if (std::ranges::find(explained.read, path) == explained.read.end())
      explained.not_read.push_back(path);
  }
  return explained;
}

ExplainedView ExplainView(const Pipeline& pipeline, const View& view,
                          const pipeline::TraitsByRelation& traits, SourceLineage& sources) {
  ExplainedView explained{.name = view.name,
                          .emit_final = view.emit == View::Emit::kFinal,
                          .watermark = std::nullopt,
                          .traits = traits.at(view.name),
                          .plan = ExplainOperators(pipeline, view, traits),
                          .columns = {},
                          .decided_by = {}};
  if (view.watermark)
    explained.watermark = {view.watermark->column, FormatDuration(view.watermark->delay_us)};
  const std::vector<sql::ColumnLineage> lineage = sql::Lineage(*view.plan);
  const std::vector<SourceColumns> columns = sources.Add(view, lineage);
  ColumnPaths decided_by;
  for (size_t i = 0; i < lineage.size(); ++i) {
    const arrow::Field& field = *view.plan->schema->field(static_cast<int>(i));
    explained.columns.push_back(
        {.name = field.name(),
         .type = sql::TypeName(*field.type()) + (field.nullable() ? "" : " NOT NULL"),
         .from = PathTexts(lineage[i].direct),
         .sources = PathTexts(columns[i].direct)});
    decided_by.insert(columns[i].indirect.begin(), columns[i].indirect.end());
  }
  explained.decided_by = PathTexts(decided_by);
  return explained;
}

struct SinkExplainer {
  ExplainedSink& explained;

  void operator()(const HudiSink& hudi) const {
    explained.connector = "hudi";
    explained.what = hudi.path;
    explained.details = {
        {"table",
         fmt::format(
             "version {}, {}, {}", hudi.table_version,
             hudi.TypeOrDefault() == HudiSink::Type::kMergeOnRead ? "merge-on-read"
                                                                  : "copy-on-write",
             hudi.key.empty() ? "rows are added" : fmt::format("{} buckets", hudi.buckets))}};
    if (hudi.mode == HudiSink::Mode::kOverwritePartitions)
      explained.details.emplace_back("mode", "partitions are overwritten");
    if (!hudi.delete_when.empty())
      explained.details.emplace_back("deletes",
                                     "the rows in which " + hudi.delete_when + " is true");
    if (!hudi.key.empty()) explained.details.emplace_back("key", Join(hudi.key));
    if (!hudi.order_by.empty())
      explained.details.emplace_back("newest", "the row that has the largest " + hudi.order_by);
    if (!hudi.partition_by.empty())
      explained.details.emplace_back("folders", "by " + Join(hudi.partition_by));
    explained.updates = !hudi.key.empty();
  }

  void operator()(const InfluxSink& influx) const {
    explained.connector = "influxdb";
    if (!influx.path.empty()) {
      explained.what = influx.path;
    } else if (!influx.database.empty()) {
      explained.what = fmt::format("{}, database {}", influx.url, influx.database);
    } else {
      explained.what = fmt::format("{}, org {}, bucket {}", influx.url, influx.org, influx.bucket);
    }
    explained.details = {{"measurement", influx.measurement}, {"time", influx.time}};
    if (!influx.tags.empty()) explained.details.emplace_back("tags", Join(influx.tags));
    explained.updates = true;
  }

  void operator()(const KafkaSink& kafka) const {
    explained.connector = kafka.connector ? "connect" : "kafka";
    explained.what = fmt::format("{} at {}", kafka.topic, kafka.cluster.bootstrap_servers);
    if (kafka.connector) explained.what += ConnectorText(*kafka.connector, "read");
    if (!kafka.key.empty()) explained.details.emplace_back("key", Join(kafka.key));
    explained.updates = !kafka.key.empty();
  }

  void operator()(const ConsoleSink&) const {
    explained.connector = "console";
    explained.what = "stdout, a line of JSON a change";
  }

  void operator()(const BlackholeSink&) const {
    explained.connector = "blackhole";
    explained.what = "counted, not kept";
  }
};

ExplainedSink ExplainSink(const Pipeline& pipeline, const Sink& sink) {
  ExplainedSink explained{sink.name, sink.from, "", "", {}, false};
  std::visit(SinkExplainer{explained}, sink.connector);
  if (const auto* influx = std::get_if<InfluxSink>(&sink.connector)) {
    std::vector<std::string> fields = pipeline.SchemaOf(sink.from)->field_names();
    std::erase_if(fields, [&](const std::string& name) {
      return name == influx->time || std::ranges::find(influx->tags, name) != influx->tags.end();
    });
    explained.details.emplace_back("fields", Join(fields));
  }
  return explained;
}

}  // namespace

Explanation Explain(const Pipeline& pipeline) {
  Explanation explanation{.name = pipeline.name,
                          .state = pipeline.state,
                          .commit_every = FormatDuration(pipeline.commit_every_us),
                          .metrics = pipeline.metrics_listen.value_or("off"),
                          .sources = {},
                          .views = {},
                          .sinks = {}};
  const pipeline::TraitsByRelation traits = TraitsOfAll(pipeline);
  SourceLineage lineage;
  for (const Source& source : pipeline.sources)
    explanation.sources.push_back(ExplainSource(source, traits.at(source.name)));
  for (const View& view : pipeline.views)
    explanation.views.push_back(ExplainView(pipeline, view, traits, lineage));
  for (const Sink& sink : pipeline.sinks) explanation.sinks.push_back(ExplainSink(pipeline, sink));
  return explanation;
}

}  // namespace headrace::cli
