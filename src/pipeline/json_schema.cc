#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "pipeline/pipeline.h"
#include "pipeline/tables.h"

namespace headrace::pipeline {
namespace {

using Json = nlohmann::ordered_json;

// Each value may come from the environment instead.
constexpr const char* kReference = R"(\$\{)";

Json TextWithReferences(const char* pattern) {
  return {{"type", "string"}, {"pattern", std::string(pattern) + "|" + kReference}};
}

Json NumberOrReference(const Field& field) {
  Json number = {{"type", "integer"}, {"minimum", field.minimum}};
  if (field.maximum != INT64_MAX) number["maximum"] = field.maximum;
  return {{"anyOf", {number, TextWithReferences("^-?[0-9]+$")}}};
}

Json ChoiceOrReference(Json choice) {
  return {{"anyOf", {std::move(choice), {{"type", "string"}, {"pattern", kReference}}}}};
}

Json ReferenceTo(const Table& table) { return {{"$ref", "#/$defs/" + table.name}}; }

Json ScalarTypes() { return Json::array({"string", "number", "boolean"}); }

Json SecretFile() {
  return {{"type", "object"},
          {"properties", {{"file", {{"type", "string"}}}}},
          {"required", {"file"}},
          {"additionalProperties", false}};
}

// Names to what `value` describes.
Json MapOf(Json value) {
  return {{"type", Json{"object", "null"}}, {"additionalProperties", std::move(value)}};
}

Json RowsOf(Json row) { return {{"type", Json{"array", "null"}}, {"items", std::move(row)}}; }

Json ClosedObject(Json properties) {
  return {
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

Json TestsSchema() {
  const Json row = {{"type", "object"}};
  const Json changes = ClosedObject({{"added", RowsOf(row)}, {"removed", RowsOf(row)}});
  const Json step = ClosedObject({{"rows", MapOf(RowsOf(row))},
                                  {"delete", MapOf(RowsOf(row))},
                                  {"now", {{"type", "string"}}},
                                  {"changes", MapOf(changes)}});
  const Json test = ClosedObject(
      {{"steps", {{"type", "array"}, {"items", step}}}, {"expect", MapOf(RowsOf(row))}});
  return MapOf(test);
}

Json TypeOf(const Field& field) {
  constexpr const char* kDuration =
      "^[0-9.]+ *(us|microseconds?|ms|milliseconds?|s|seconds?|m|min|minutes?|h|hours?|d|days?|"
      "weeks?)$";
  constexpr const char* kSize = "^[0-9.]+ *(B|KiB|MiB|GiB|KB|kB|MB|GB)?$";
  switch (field.type) {
    case ValueType::kText:
      return {{"type", ScalarTypes()}};
    case ValueType::kStatement:
    case ValueType::kSchema:
    case ValueType::kPath:
      return {{"type", "string"}};
    case ValueType::kBoolean:
      return ChoiceOrReference({{"type", "boolean"}});
    case ValueType::kInteger:
      return NumberOrReference(field);
    case ValueType::kDuration:
      return TextWithReferences(kDuration);
    case ValueType::kSize:
      return {{"anyOf", {{{"type", "integer"}, {"minimum", 0}}, TextWithReferences(kSize)}}};
    case ValueType::kChoice:
      return ChoiceOrReference({{"enum", field.choices}});
    case ValueType::kNames:
      return {{"anyOf",
               {{{"type", "array"},
                 {"items", {{"type", ScalarTypes()}}},
                 {"minItems", 1},
                 {"uniqueItems", true}},
                {{"type", "string"}}}}};
    case ValueType::kTexts:
      return {{"type", "object"},
              {"additionalProperties", {{"anyOf", {{{"type", ScalarTypes()}}, SecretFile()}}}}};
    case ValueType::kSecret:
      return {
          {"anyOf",
           {{{"type", "string"}, {"pattern", R"(^\$\{[A-Za-z_][A-Za-z0-9_]*\}$)"}}, SecretFile()}}};
    case ValueType::kTests:
      return TestsSchema();
    case ValueType::kTable:
      return ReferenceTo(*field.table);
    case ValueType::kTables:
      break;
  }
  Json tables = {{"type", field.required ? Json("object") : Json{"object", "null"}},
                 {"propertyNames", {{"pattern", "^[A-Za-z_][A-Za-z0-9_]{0,63}$"}}},
                 {"additionalProperties", ReferenceTo(*field.table)}};
  if (field.required) tables["minProperties"] = 1;
  return tables;
}

Json SchemaOf(const Field& field) {
  Json schema = {{"description", field.description}};
  schema.update(TypeOf(field));
  if (!field.default_text.empty()) schema["default"] = field.default_text;
  // Of lists and mappings the example is YAML, not a value.
  if (!field.example.empty() && !field.example.starts_with('[') && !field.example.starts_with('{'))
    schema["examples"] = {field.example};
  return schema;
}

// Exactly one member of each group; a required key, or what takes its place.
Json GroupsOf(const Table& table) {
  std::map<std::string, Json> groups;
  for (const Field& field : table.fields) {
    if (!field.group.empty())
      groups[field.group].push_back({{"required", Json::array({field.key})}});
  }
  Json all = Json::array();
  for (const auto& [name, members] : groups) all.push_back({{"oneOf", members}});
  for (const Field& field : table.fields) {
    if (field.unless.empty()) continue;
    all.push_back({{"anyOf",
                    {{{"required", Json::array({field.key})}},
                     {{"required", Json::array({field.unless})}}}}});
  }
  return all;
}

Json SchemaOf(const Table& table) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Field& field : table.fields) {
    properties[field.key] = SchemaOf(field);
    if (field.required && field.unless.empty()) required.push_back(field.key);
  }
  Json groups = GroupsOf(table);
  const bool may_be_empty = required.empty() && groups.empty();
  Json schema = {{"type", may_be_empty ? Json{"object", "null"} : Json("object")},
                 {"properties", std::move(properties)},
                 {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  if (!groups.empty()) schema["allOf"] = std::move(groups);
  if (table.by_name) {
    Json names = Json::array();
    for (const Field& field : table.fields) {
      if (!field.group.empty()) names.push_back(field.key);
    }
    schema = {{"anyOf", {{{"enum", std::move(names)}}, std::move(schema)}}};
  }
  Json described = {{"description", table.description}};
  described.update(schema);
  return described;
}

void CollectDefinitions(const Table& table, Json& definitions) {
  for (const Field& field : table.fields) {
    if (field.table == nullptr) continue;
    definitions[field.table->name] = SchemaOf(*field.table);
    CollectDefinitions(*field.table, definitions);
  }
}

}  // namespace

std::string PipelineJsonSchema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "headrace pipeline"}};
  schema.update(SchemaOf(PipelineTable()));
  Json definitions = Json::object();
  CollectDefinitions(PipelineTable(), definitions);
  schema["$defs"] = std::move(definitions);
  return schema.dump(2) + "\n";
}

}  // namespace headrace::pipeline
