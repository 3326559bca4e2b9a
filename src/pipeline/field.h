// What a mapping of the pipeline file may hold: one Table a mapping, one Field a key. These tables
// are the only place that knows the keys; the reader checks files by them, and the JSON Schema and
// the key reference of docs/PIPELINE_FILE.md are printed from them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/units.h"
#include "pipeline/pipeline.h"

namespace headrace::pipeline {

// A value that has been read, on its way into a struct.
using Value =
    std::variant<std::string, bool, int64_t, std::vector<std::string>,
                 std::map<std::string, std::string>, Secret, std::shared_ptr<arrow::Schema>>;

enum class ValueType {
  kText,       // std::string
  kStatement,  // std::string, taken as it stands: nothing is substituted
  kBoolean,
  kInteger,   // int64_t
  kDuration,  // int64_t, microseconds
  kSize,      // int64_t, bytes
  kChoice,    // std::string, one of `choices`
  kNames,     // a list of words
  kPath,      // a word with dots between its parts, as a list
  kTexts,     // words to texts
  kSecret,
  kSchema,  // a Spark DDL schema
  kTable,   // a mapping with the keys of `table`
  kTables,  // names to mappings with the keys of `table`
  kTests,   // pipeline/tests.h reads them
};

struct Table;

struct Field {
  std::string key;
  ValueType type = ValueType::kText;
  std::string description = "";  // Markdown, full sentences
  std::string example = "";      // a YAML value
  bool required = false;
  std::string unless = "";        // a key that, where it stands, takes the place of a required one
  std::string default_text = "";  // as it would be written; empty: none
  std::string group = "";         // of the fields of one group exactly one is there
  std::vector<std::string> choices = {};
  int64_t minimum = 0;  // kInteger, kDuration, kSize
  int64_t maximum = INT64_MAX;
  std::shared_ptr<const Table> table = nullptr;

  // Puts the value into the struct that the table describes.
  std::function<void(void* object, const Value& value)> store = nullptr;
  // kTable, kTables: returns the struct to fill; `name` is the key of kTables.
  std::function<void*(void* object, const std::string& name)> child = nullptr;

  Field Required() &&;
  Field RequiredUnless(std::string key) &&;
  Field Between(int64_t low, int64_t high) &&;
  Field InGroup(std::string name) &&;
};

struct Table {
  std::string name;         // "http": unique, names the definition in the JSON Schema
  std::string title;        // "sources.NAME.http": where it stands in the file
  std::string description;  // Markdown
  std::vector<Field> fields;
  bool by_name = false;  // "key" alone stands for {key: {}}
  // Keys that the design has and this version hasn't: named in the error.
  std::vector<std::string> planned = {};
};

namespace internal {
template <class Struct, class Member, class From = Member>
std::function<void(void*, const Value&)> StoreIn(Member Struct::*member) {
  return [member](void* object, const Value& value) {
    static_cast<Struct*>(object)->*member = static_cast<Member>(std::get<From>(value));
  };
}
}  // namespace internal

// Makers of fields. The default is what the member of a fresh struct holds.
template <class Struct, class Member>
Field TextField(std::string key, Member Struct::*member, std::string description,
                std::string example) {
  return {.key = std::move(key),
          .type = ValueType::kText,
          .description = std::move(description),
          .example = std::move(example),
          .store = internal::StoreIn<Struct, Member, std::string>(member)};
}

template <class Struct>
Field StatementField(std::string key, std::string Struct::*member, std::string description,
                     std::string example) {
  Field field = TextField(std::move(key), member, std::move(description), std::move(example));
  field.type = ValueType::kStatement;
  return field;
}

template <class Struct>
Field BooleanField(std::string key, bool Struct::*member, std::string description,
                   std::string example) {
  return {.key = std::move(key),
          .type = ValueType::kBoolean,
          .description = std::move(description),
          .example = std::move(example),
          .default_text = Struct{}.*member ? "true" : "false",
          .store = internal::StoreIn(member)};
}

template <class Struct, class Integer>
Field IntegerField(std::string key, Integer Struct::*member, std::string description,
                   std::string example) {
  return {.key = std::move(key),
          .type = ValueType::kInteger,
          .description = std::move(description),
          .example = std::move(example),
          .default_text = std::to_string(Struct{}.*member),
          .store = internal::StoreIn<Struct, Integer, int64_t>(member)};
}

// A default of 0 says that there is none.
template <class Struct>
Field DurationField(std::string key, int64_t Struct::*member, std::string description,
                    std::string example) {
  const int64_t initial = Struct{}.*member;
  return {.key = std::move(key),
          .type = ValueType::kDuration,
          .description = std::move(description),
          .example = std::move(example),
          .default_text = initial == 0 ? "" : FormatDuration(initial),
          .store = internal::StoreIn(member)};
}

template <class Struct>
Field SizeField(std::string key, int64_t Struct::*member, std::string description,
                std::string example) {
  const int64_t initial = Struct{}.*member;
  return {.key = std::move(key),
          .type = ValueType::kSize,
          .description = std::move(description),
          .example = std::move(example),
          .default_text = initial == 0 ? "" : FormatSize(initial),
          .store = internal::StoreIn(member)};
}

// One word of several, each with the value it stands for.
template <class Struct, class Member>
Field ChoiceField(std::string key, Member Struct::*member,
                  std::vector<std::pair<std::string, Member>> choices, std::string description,
                  std::string example) {
  Field field{.key = std::move(key),
              .type = ValueType::kChoice,
              .description = std::move(description),
              .example = std::move(example)};
  for (const auto& [word, value] : choices) {
    field.choices.push_back(word);
    if (value == Struct{}.*member) field.default_text = word;
  }
  field.store = [member, choices](void* object, const Value& value) {
    for (const auto& [word, meaning] : choices) {
      if (word == std::get<std::string>(value)) static_cast<Struct*>(object)->*member = meaning;
    }
  };
  return field;
}

template <class Struct>
Field NamesField(std::string key, std::vector<std::string> Struct::*member, std::string description,
                 std::string example) {
  return {.key = std::move(key),
          .type = ValueType::kNames,
          .description = std::move(description),
          .example = std::move(example),
          .store = internal::StoreIn(member)};
}

template <class Struct>
Field PathField(std::string key, std::vector<std::string> Struct::*member, std::string description,
                std::string example) {
  Field field = NamesField(std::move(key), member, std::move(description), std::move(example));
  field.type = ValueType::kPath;
  return field;
}

template <class Struct>
Field TextsField(std::string key, std::map<std::string, std::string> Struct::*member,
                 std::string description, std::string example) {
  return {.key = std::move(key),
          .type = ValueType::kTexts,
          .description = std::move(description),
          .example = std::move(example),
          .store = internal::StoreIn(member)};
}

template <class Struct>
Field SecretField(std::string key, std::optional<Secret> Struct::*member, std::string description,
                  std::string example) {
  return {.key = std::move(key),
          .type = ValueType::kSecret,
          .description = std::move(description),
          .example = std::move(example),
          .store = internal::StoreIn<Struct, std::optional<Secret>, Secret>(member)};
}

template <class Struct>
Field SchemaField(std::string key, std::shared_ptr<arrow::Schema> Struct::*member,
                  std::string description, std::string example) {
  return {.key = std::move(key),
          .type = ValueType::kSchema,
          .description = std::move(description),
          .example = std::move(example),
          .store = internal::StoreIn(member)};
}

// A mapping below `key`; `child` returns the struct that `table` fills.
template <class Struct, class Child>
Field TableField(std::string key, Table table, Child& (*child)(Struct&)) {
  return {.key = std::move(key),
          .type = ValueType::kTable,
          .description = table.description,
          .table = std::make_shared<const Table>(std::move(table)),
          .child = [child](void* object, const std::string&) -> void* {
            return &child(*static_cast<Struct*>(object));
          }};
}

// Names with a mapping each: appends one struct a name to `member`, which has a member `name`.
template <class Struct, class Element>
Field TablesField(std::string key, Table table, std::vector<Element> Struct::*member,
                  std::string description) {
  return {.key = std::move(key),
          .type = ValueType::kTables,
          .description = std::move(description),
          .table = std::make_shared<const Table>(std::move(table)),
          .child = [member](void* object, const std::string& name) -> void* {
            auto& elements = static_cast<Struct*>(object)->*member;
            elements.emplace_back().name = name;
            return &elements.back();
          }};
}

inline Field Field::Required() && {
  required = true;
  default_text.clear();
  return std::move(*this);
}

inline Field Field::RequiredUnless(std::string key) && {
  unless = std::move(key);
  return std::move(*this).Required();
}

inline Field Field::Between(int64_t low, int64_t high) && {
  minimum = low;
  maximum = high;
  return std::move(*this);
}

inline Field Field::InGroup(std::string name) && {
  group = std::move(name);
  default_text.clear();
  return std::move(*this);
}

}  // namespace headrace::pipeline
