#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "pipeline/check.h"
#include "pipeline/check_connectors.h"
#include "pipeline/check_kafka.h"
#include "pipeline/check_nexmark.h"
#include "pipeline/url.h"
#include "sql/analyzer.h"
#include "sql/names.h"

namespace headrace::pipeline {
namespace {

// SQL doesn't tell upper and lower case apart, so names mustn't either.
void CheckNamesAreUnique(Checking& checking) {
  std::map<std::string, std::string> seen;  // lower case, to the path of the first
  const auto check = [&](const std::string& name, const std::string& path) {
    const auto [first, is_new] = seen.emplace(sql::Lower(name), path);
    if (is_new) return;
    checking.Report(fmt::format("the name '{}' is taken by {}", name, first->second),
                    "sources and views share their names, in upper and lower case",
                    checking.places.KeyOf(path));
  };
  for (const Source& source : checking.pipeline.sources)
    check(source.name, "sources." + source.name);
  for (const View& view : checking.pipeline.views) check(view.name, "views." + view.name);
}

// A literal token in a header or URL is as secret as one in its own key.
void CheckHeaders(Checking& checking, const HttpSource& http, const std::string& path) {
  for (const auto& [name, value] : http.headers) {
    const bool secret = std::ranges::any_of(
        std::initializer_list<std::string_view>{"authorization", "token", "key", "cookie",
                                                "secret"},
        [&](std::string_view word) { return sql::Lower(name).find(word) != std::string::npos; });
    const std::string here = path + ".headers." + name;
    if (secret && !checking.places.HoldsReference(here)) {
      checking.Report(
          fmt::format("the header '{}' is a secret and must not stand in the file", name),
          fmt::format("take it from the environment, {}: ${{NAME}}", name),
          checking.places.Of(here));
    }
    const bool splits = (name + value).find_first_of("\r\n") != std::string::npos;
    if (splits || name.empty() || name.find_first_of(": ") != std::string::npos)
      checking.Report(fmt::format("'{}' is no header", name), "", checking.places.KeyOf(here));
  }
}

void CheckHttp(Checking& checking, const HttpSource& http, const std::string& path) {
  if (!http.url.empty()) CheckUrl(checking, http.url, path + ".url");
  CheckPointer(checking, http.records, path + ".records");
  CheckHeaders(checking, http, path);
  for (const char* way : {"next_url", "cursor"})
    CheckPointer(checking, http.pagination.pointer,
                 fmt::format("{}.pagination.{}.pointer", path, way));
}

void CheckKey(Checking& checking, const Source& source, const std::string& path) {
  for (size_t i = 0; i < source.key.size(); ++i) {
    const Span place = checking.places.Of(fmt::format("{}.key[{}]", path, i));
    const auto column = checking.FindColumn(source.name, source.key[i], place);
    if (column != nullptr && !IsKeyType(*column->type())) {
      checking.Report(fmt::format("'{}' is {} and cannot be part of a key", source.key[i],
                                  sql::TypeName(*column->type())),
                      "a key is made of texts, whole numbers, dates and times", place);
    }
  }
}

void CheckOrder(Checking& checking, const Source& source, const std::string& path) {
  if (source.order_by.empty()) return;
  const Span place = checking.places.Of(path + ".order_by");
  if (source.key.empty() && !checking.places.Has(path + ".key")) {
    checking.Report("'order_by' orders the records of one key, and there is no key",
                    "add  key: [...], or leave 'order_by' out", place);
  }
  auto column = checking.FindColumn(source.name, source.order_by[0], place);
  std::string name = source.order_by[0];
  for (size_t i = 1; i < source.order_by.size() && column != nullptr; ++i) {
    const std::string& part = source.order_by[i];
    std::vector<std::string> fields;
    for (const auto& field : column->type()->fields()) fields.push_back(field->name());
    const auto found = std::ranges::find(fields, part);
    if (column->type()->id() != arrow::Type::STRUCT || found == fields.end()) {
      const bool is_struct = column->type()->id() == arrow::Type::STRUCT;
      checking.Report(fmt::format("'{}' has no field '{}'", name, part),
                      is_struct ? HintOfNames(fmt::format("fields of '{}'", name), part, fields)
                                : fmt::format("'{}' is {}", name, sql::TypeName(*column->type())),
                      place);
      return;
    }
    column = column->type()->field(static_cast<int>(found - fields.begin()));
    name += "." + part;
  }
  if (column != nullptr && !IsOrderedType(*column->type())) {
    checking.Report(fmt::format("'{}' is {} and has no order of versions", name,
                                sql::TypeName(*column->type())),
                    "order by a number, a text or a time", place);
  }
}

}  // namespace

void CheckGeneral(Checking& checking) {
  const Pipeline& pipeline = checking.pipeline;
  const bool good_name = std::ranges::all_of(
      pipeline.name, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
  if (!good_name || pipeline.name.size() > 64) {
    checking.Report(fmt::format("'{}' cannot be the name of a pipeline", pipeline.name),
                    "it has letters, digits, '_' and '-', at most 64", checking.places.Of("name"));
  }
  if (pipeline.metrics_listen && !IsListenAddress(*pipeline.metrics_listen)) {
    checking.Report(fmt::format("'{}' is no address to listen on", *pipeline.metrics_listen),
                    "write HOST:PORT such as '127.0.0.1:9464', or 'off'",
                    checking.places.Of("metrics.listen"));
  }
  if (pipeline.log.kafka) CheckKafkaLog(checking, *pipeline.log.kafka);
  CheckNamesAreUnique(checking);
}

void CheckSources(Checking& checking) {
  for (Source& source : checking.pipeline.sources) {
    const std::string path = "sources." + source.name;
    checking.names.push_back(source.name);
    if (const auto* http = std::get_if<HttpSource>(&source.connector);
        http != nullptr && checking.places.Has(path + ".http"))
      CheckHttp(checking, *http, path + ".http");
    CheckConnector(checking, source, path);
    CheckFormat(checking, source, path);
    const auto& log = checking.pipeline.log.kafka;
    const bool may_have_several = std::holds_alternative<HttpSource>(source.connector) ||
                                  std::holds_alternative<HudiSource>(source.connector);
    if (log && may_have_several && !checking.places.Has(path + ".partitions"))
      source.partitions = log->partitions;
    if (std::holds_alternative<KafkaSource>(source.connector)) CheckKafka(checking, source, path);
    if (std::holds_alternative<NexmarkSource>(source.connector))
      CheckNexmark(checking, source, path);
    if (source.schema == nullptr) continue;
    checking.schemas[source.name] = source.schema;
    checking.traits[source.name] = TraitsOf(source);
    CheckKey(checking, source, path);
    CheckOrder(checking, source, path);
  }
}

}  // namespace headrace::pipeline
