#include "pipeline/check_kafka.h"

#include <arrow/util/value_parsing.h>
#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "pipeline/check_connect.h"
#include "sql/analyzer.h"
#include "sql/names.h"

namespace headrace::pipeline {
namespace {

// Names of the topics of a log are longer by that of a source or view.
constexpr size_t kPrefixMax = 128;

bool HasTopicCharacters(const std::string& name) {
  return std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  });
}

void CheckTopics(Checking& checking, const KafkaSource& kafka, const std::string& path) {
  const auto is_name = [](const std::string& name) {
    return name.size() <= 249 && HasTopicCharacters(name);
  };
  for (size_t i = 0; i < kafka.topics.size(); ++i) {
    if (is_name(kafka.topics[i])) continue;
    checking.Report(fmt::format("'{}' is no name of a Kafka topic", kafka.topics[i]),
                    "letters, digits, '.', '_' and '-'; a pattern goes into 'topic_pattern'",
                    checking.places.Of(fmt::format("{}.topics[{}]", path, i)));
  }
  try {
    const std::regex pattern(kafka.topic_pattern);
  } catch (const std::regex_error& error) {
    checking.Report(fmt::format("'{}' is no regular expression", kafka.topic_pattern), error.what(),
                    checking.places.Of(path + ".topic_pattern"));
  }
}

void CheckStart(Checking& checking, KafkaSource& kafka, const std::string& path) {
  if (kafka.start == "earliest" || kafka.start == "latest") return;
  bool zone = false;
  if (arrow::TimestampParser::MakeISO8601()->operator()(
          kafka.start.data(), kafka.start.size(), arrow::TimeUnit::MICRO, &kafka.start_us, &zone)) {
    return;
  }
  checking.Report(fmt::format("'{}' is no place to start at", kafka.start),
                  "'earliest', 'latest', or a time such as '2026-11-22T08:00:00Z'",
                  checking.places.Of(path + ".start"));
}

void AddColumns(Checking& checking, Source& source, const KafkaColumns& columns,
                const std::string& path) {
  const std::pair<const char*, const std::string&> all[] = {
      {"key", columns.key},     {"headers", columns.headers},     {"timestamp", columns.timestamp},
      {"topic", columns.topic}, {"partition", columns.partition}, {"offset", columns.offset}};
  const std::map<std::string, std::string> types = {
      {"key", "STRING"},          {"headers", "MAP<STRING, STRING>"},
      {"timestamp", "TIMESTAMP"}, {"topic", "STRING"},
      {"partition", "INT"},       {"offset", "BIGINT"}};
  for (const auto& [key, column] : all) {
    if (column.empty()) continue;
    const Span place = checking.places.Of(path + ".columns." + key);
    const auto taken = std::ranges::any_of(source.schema->field_names(), [&](const auto& name) {
      return sql::Lower(name) == sql::Lower(column);
    });
    if (taken) {
      checking.Report(fmt::format("the column '{}' is there twice", column),
                      "what the message has needs a name that 'schema' hasn't", place);
      continue;
    }
    const auto parsed = sql::ParseSchema("`" + column + "` " + types.at(key));
    if (!parsed.ok()) {
      checking.Report(fmt::format("'{}' is no name of a column", column), "", place);
      continue;
    }
    auto fields = source.schema->fields();
    fields.push_back((*parsed)->field(0));
    source.schema = arrow::schema(std::move(fields));
  }
}

}  // namespace

void CheckCluster(Checking& checking, const kafka::Cluster& cluster, const std::string& path) {
  for (const auto& [name, value] : cluster.properties) {
    const std::string here = path + ".properties." + name;
    if (const auto error = kafka::PropertyError(name, value)) {
      checking.Report(*error, "the names are in CONFIGURATION.md of librdkafka",
                      checking.places.KeyOf(here));
    } else if (kafka::IsSecretProperty(name) && !checking.places.HoldsReference(here)) {
      checking.Report(fmt::format("'{}' is a secret and must not stand in the file", name),
                      fmt::format("take it from the environment, {0}: ${{NAME}}, or from a file, "
                                  "{0}: {{file: PATH}}",
                                  name),
                      checking.places.Of(here));
    }
  }
}

void CheckKafkaLog(Checking& checking, const KafkaLog& log) {
  const std::string path = "log.kafka";
  CheckCluster(checking, log.cluster, path);
  if (log.topic_prefix.size() > kPrefixMax || !HasTopicCharacters(log.topic_prefix)) {
    checking.Report(fmt::format("names of Kafka topics can't begin with '{}'", log.topic_prefix),
                    fmt::format("at most {} letters, digits, '.', '_' and '-'", kPrefixMax),
                    checking.places.Of(path + ".topic_prefix"));
  }
}

void CheckKafka(Checking& checking, Source& source, const std::string& path) {
  auto& kafka = std::get<KafkaSource>(source.connector);
  const std::string here = path + (kafka.connector ? ".connect" : ".kafka");
  if (kafka.connector) CheckConnectSource(checking, source, here);
  CheckCluster(checking, kafka.cluster, here);
  CheckTopics(checking, kafka, here);
  CheckStart(checking, kafka, here);
  if (source.schema != nullptr) AddColumns(checking, source, kafka.columns, here);
  if (checking.places.Has(path + ".partitions")) {
    checking.Report("'partitions' is for a source whose records go to the log",
                    "the topics of Kafka have theirs; leave it out",
                    checking.places.KeyOf(path + ".partitions"));
  }
}

}  // namespace headrace::pipeline
