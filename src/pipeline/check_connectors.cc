#include "pipeline/check_connectors.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "pipeline/check_avro.h"
#include "pipeline/url.h"
#include "sql/analyzer.h"

namespace headrace::pipeline {
namespace {

bool IsLoopback(std::string_view address) {
  const std::string_view host = address.substr(0, address.rfind(':'));
  return host.starts_with("127.") || host == "localhost" || host == "::1" || host == "[::1]";
}

bool IsHeaderName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_';
  });
}

// `name`, the value at `path`, can be the name of a header.
void CheckHeaderName(Checking& checking, const std::string& name, const std::string& path) {
  if (!checking.places.Has(path) || IsHeaderName(name)) return;
  checking.Report(fmt::format("'{}' is no name of a header", name), "such as 'X-Request-Id'",
                  checking.places.Of(path));
}

void CheckWebhook(Checking& checking, const WebhookSource& webhook, const std::string& path) {
  const Places& places = checking.places;
  if (!webhook.listen.empty() && !IsListenAddress(webhook.listen))
    checking.Report(fmt::format("'{}' is no address to listen on", webhook.listen),
                    "write HOST:PORT such as '127.0.0.1:8080'", places.Of(path + ".listen"));
  if (!webhook.path.starts_with('/') ||
      webhook.path.find_first_of("?#() *+\\") != std::string::npos)
    checking.Report(fmt::format("'{}' is no path", webhook.path), "write it as '/orders'",
                    places.Of(path + ".path"));
  if (!webhook.bearer_token && !webhook.hmac_secret && !places.Has(path + ".bearer_token") &&
      !places.Has(path + ".hmac_secret") && !IsLoopback(webhook.listen))
    checking.Report("everyone who reaches this address could send records",
                    "add bearer_token or hmac_secret, or listen on 127.0.0.1",
                    places.Of(path + ".listen"));
  CheckHeaderName(checking, webhook.signature_header, path + ".signature_header");
  CheckHeaderName(checking, webhook.id_header, path + ".id_header");
  CheckPointer(checking, webhook.records, path + ".records");
  if (webhook.pending_bytes_max < webhook.body_bytes_max)
    checking.Report(
        fmt::format("not even one body of {} could wait", FormatSize(webhook.body_bytes_max)),
        "pending_size_max is at least body_size_max", places.Of(path + ".pending_size_max"));
}

// Where records have one order, so has their topic.
void CheckOnePartition(Checking& checking, const Source& source, const std::string& path) {
  if (source.partitions == 1) return;
  checking.Report("the records of this source stand in one partition", "leave 'partitions' out",
                  checking.places.Of(path + ".partitions"));
}

void CheckCharacters(Checking& checking, const CsvFormat& csv, const std::string& path) {
  const auto check = [&](const char* key, const std::string& text) {
    if (text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80 && text[0] != '\n' &&
        text[0] != '\r')
      return;
    checking.Report(fmt::format("'{}' is more or less than one ASCII character", text), "",
                    checking.places.Of(path + "." + key));
  };
  check("delimiter", csv.delimiter);
  check("quote", csv.quote);
  if (csv.delimiter == csv.quote)
    checking.Report("delimiter and quote are the same character", "",
                    checking.places.Of(path + ".quote"));
}

void CheckCsv(Checking& checking, const Source& source, const std::string& path) {
  CheckCharacters(checking, std::get<CsvFormat>(source.format), path + ".format.csv");
  if (source.schema == nullptr) return;
  for (const auto& field : source.schema->fields()) {
    if (!IsNestedType(*field->type())) continue;
    checking.Report(fmt::format("the column '{}' is {}, which CSV cannot hold", field->name(),
                                sql::TypeName(*field->type())),
                    "read it as STRING", checking.places.Of(path + ".schema"));
  }
}

void CheckDebezium(Checking& checking, const Source& source, const std::string& path) {
  if (source.key.empty() && !checking.places.Has(path + ".key"))
    checking.Report("updates and deletes need to know whose they are",
                    "add  key: [...], the primary key of the table",
                    checking.places.KeyOf(path + ".format"));
  for (const auto& [column, place] : std::get<DebeziumFormat>(source.format).columns) {
    const std::string here = path + ".format.debezium.columns." + column;
    if (source.schema != nullptr && source.schema->GetFieldByName(column) == nullptr)
      checking.Report(fmt::format("'schema' has no column '{}'", column),
                      "what is read of the envelope is declared there too",
                      checking.places.KeyOf(here));
    if (place.empty() || place.starts_with('.') || place.ends_with('.') ||
        place.find("..") != std::string::npos)
      checking.Report(fmt::format("'{}' is no path", place), "such as source.lsn",
                      checking.places.Of(here));
    if (std::ranges::find(source.key, column) != source.key.end())
      checking.Report(fmt::format("'{}' is part of the key, which the row has", column), "",
                      checking.places.KeyOf(here));
  }
}

}  // namespace

void CheckConnector(Checking& checking, const Source& source, const std::string& path) {
  if (const auto* webhook = std::get_if<WebhookSource>(&source.connector)) {
    CheckWebhook(checking, *webhook, path + ".webhook");
    CheckOnePartition(checking, source, path);
  } else if (std::holds_alternative<FileSource>(source.connector)) {
    CheckOnePartition(checking, source, path);
  }
}

void CheckFormat(Checking& checking, const Source& source, const std::string& path) {
  const bool is_kafka = std::holds_alternative<KafkaSource>(source.connector);
  const bool is_bytes = is_kafka || std::holds_alternative<FileSource>(source.connector);
  if (std::holds_alternative<JsonFormat>(source.format)) return;
  if (const auto* avro = std::get_if<AvroFormat>(&source.format)) {
    if (!is_kafka)
      checking.Report("only messages of Kafka are read as Avro", "leave 'format' out",
                      checking.places.KeyOf(path + ".format"));
    return CheckAvro(checking, *avro, path + ".format.avro");
  }
  const bool is_debezium = std::holds_alternative<DebeziumFormat>(source.format);
  if (!is_bytes && !(is_debezium && std::holds_alternative<WebhookSource>(source.connector)))
    checking.Report("the records of this source are JSON", "leave 'format' out",
                    checking.places.KeyOf(path + ".format"));
  if (std::holds_alternative<CsvFormat>(source.format)) CheckCsv(checking, source, path);
  if (is_debezium) CheckDebezium(checking, source, path);
}

}  // namespace headrace::pipeline
