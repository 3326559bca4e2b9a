// The tables, and what is printed from them.
#include "pipeline/tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "pipeline/pipeline.h"

namespace headrace::pipeline {
namespace {

std::string ReadSource(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Calls `visit` with each table of the file.
void ForEachTable(const Table& table, const std::function<void(const Table&)>& visit) {
  visit(table);
  for (const Field& field : table.fields) {
    if (field.table != nullptr) ForEachTable(*field.table, visit);
  }
}

TEST(Tables, EveryKeyIsDocumentedAndNamesAreUnique) {
  std::set<std::string> names;
  ForEachTable(PipelineTable(), [&](const Table& table) {
    EXPECT_TRUE(names.insert(table.name).second) << table.name;
    EXPECT_TRUE(table.description.ends_with('.')) << table.name;
    std::set<std::string> keys;
    for (const Field& field : table.fields) {
      EXPECT_TRUE(keys.insert(field.key).second) << field.key;
      EXPECT_TRUE(field.description.ends_with('.')) << table.name << "." << field.key;
      EXPECT_NE(field.table == nullptr, field.example.empty()) << table.name << "." << field.key;
      EXPECT_NE(field.store == nullptr, field.child == nullptr) << table.name << "." << field.key;
    }
  });
}

TEST(Tables, TheJsonSchemaHasTheKeysOfTheTables) {
  const auto schema = nlohmann::json::parse(PipelineJsonSchema());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  size_t tables = 0;
  ForEachTable(PipelineTable(), [&](const Table& table) {
    ++tables;
    const auto& definition = table.name == "pipeline" ? schema : schema["$defs"][table.name];
    const auto& object = table.by_name ? definition["anyOf"][1] : definition;
    std::set<std::string> keys, required, expected_keys, expected_required;
    for (const auto& [key, value] : object["properties"].items()) keys.insert(key);
    if (object.contains("required")) required = object["required"].get<std::set<std::string>>();
    for (const Field& field : table.fields) {
      expected_keys.insert(field.key);
      if (field.required && field.unless.empty()) expected_required.insert(field.key);
    }
    EXPECT_EQ(keys, expected_keys) << table.name;
    EXPECT_EQ(required, expected_required) << table.name;
    EXPECT_EQ(object["additionalProperties"], false) << table.name;
  });
  EXPECT_EQ(schema["$defs"].size() + 1, tables);
}

TEST(Tables, TheJsonSchemaInTheTreeIsUpToDate) {
  EXPECT_TRUE(ReadSource("schema/pipeline.schema.json") == PipelineJsonSchema())
      << "run: headrace schema > schema/pipeline.schema.json";
}

TEST(Tables, TheKeyReferenceInTheTreeIsUpToDate) {
  const std::string document = ReadSource("docs/PIPELINE_FILE.md");
  EXPECT_TRUE(document.ends_with(PipelineKeyReference()))
      << "replace what follows the mark in docs/PIPELINE_FILE.md by: headrace schema --markdown";
}

TEST(Tables, TheExampleIsRight) {
  const auto parsed =
      ParsePipeline(ReadSource("examples/quakes/quakes.yaml"), "quakes.yaml", Environment{});
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(parsed->state, "var/quakes");
  EXPECT_EQ(parsed->views.size(), 2);
}

}  // namespace
}  // namespace headrace::pipeline
