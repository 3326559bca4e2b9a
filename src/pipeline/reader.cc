#include "pipeline/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "pipeline/value_reader.h"

namespace headrace::pipeline {
namespace {

using Kind = YamlNode::Kind;

std::string Named(const std::string& path) { return path.empty() ? "the pipeline" : path; }

std::string Join(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

const Field* FindField(const Table& table, const std::string& key) {
  for (const Field& field : table.fields) {
    if (field.key == key) return &field;
  }
  return nullptr;
}

std::vector<std::string> KeysOf(const Table& table) {
  std::vector<std::string> keys;
  for (const Field& field : table.fields) keys.push_back(field.key);
  return keys;
}

// "name" stands for {name: {}}.
YamlNodePtr AsMapping(const YamlNode& name) {
  auto empty = std::make_shared<YamlNode>();
  empty->kind = Kind::kMapping;
  empty->span = name.span;
  auto mapping = std::make_shared<YamlNode>();
  mapping->kind = Kind::kMapping;
  mapping->span = name.span;
  mapping->entries.push_back({name.scalar, name.span, empty});
  return mapping;
}

}  // namespace

void Reader::ReadTable(const Table& table, const YamlNode& node, Span place,
                       const std::string& path, void* object) {
  if (node.kind == Kind::kScalar && table.by_name) {
    const YamlNodePtr mapping = AsMapping(node);
    ReadTable(table, *mapping, node.span, path, object);
    return;
  }
  if (node.kind != Kind::kMapping && node.kind != Kind::kNull) {
    Report(fmt::format("{} is a mapping of keys, found {}", Named(path), Describe(node)), "",
           node.span);
    return;
  }
  for (const YamlEntry& entry : node.entries) ReadEntry(table, entry, path, object);
  CheckPresence(table, node, place, path);
  CheckGroups(table, node, place, path);
}

void Reader::ReadEntry(const Table& table, const YamlEntry& entry, const std::string& path,
                       void* object) {
  const Field* field = FindField(table, entry.key);
  if (field == nullptr) {
    ReportUnknown(table, entry.key, entry.key_span, path);
    return;
  }
  const std::string here = Join(path, entry.key);
  if (field->type == ValueType::kTable) {
    places_.Add(here, entry.key_span, entry.value);
    ReadTable(*field->table, *entry.value, entry.key_span, here, field->child(object, ""));
    return;
  }
  if (field->type == ValueType::kTables) {
    ReadNamed(*field, *entry.value, here, object);
    return;
  }
  ValueReader reader(text_, environment_, places_, diagnostics_);
  if (auto value = reader.Read(*field, *entry.value, here)) {
    places_.Add(here, entry.key_span, entry.value);
    field->store(object, *value);
  }
}

void Reader::ReadNamed(const Field& field, const YamlNode& node, const std::string& path,
                       void* object) {
  if (node.kind == Kind::kNull && !field.required) return;
  if (node.kind != Kind::kMapping || (field.required && node.entries.empty())) {
    Report(fmt::format("'{}' is a mapping of names, found {}", field.key,
                       node.kind == Kind::kMapping ? "an empty one" : Describe(node)),
           fmt::format("write each below '{}:' under a name of its own", field.key), node.span);
    return;
  }
  for (const YamlEntry& entry : node.entries) {
    if (!IsIdentifier(entry.key)) {
      Report(fmt::format("'{}' cannot be a name in '{}'", entry.key, field.key),
             "a name is a letter or '_', then letters, digits and '_', at most 64", entry.key_span);
      continue;
    }
    const std::string here = Join(path, entry.key);
    places_.Add(here, entry.key_span, entry.value);
    ReadTable(*field.table, *entry.value, entry.key_span, here, field.child(object, entry.key));
  }
}

void Reader::CheckPresence(const Table& table, const YamlNode& node, Span place,
                           const std::string& path) {
  // A misspelt key is reported already.
  const std::vector<std::string> keys = KeysOf(table);
  std::set<std::string_view> meant;
  for (const YamlEntry& entry : node.entries) meant.insert(Nearest(entry.key, keys));
  for (const Field& field : table.fields) {
    if (!field.required || meant.contains(field.key) || meant.contains(field.unless)) continue;
    Report(fmt::format("{} lacks the key '{}'", Named(path), field.key),
           field.example.empty() ? field.description
                                 : fmt::format("for example  {}: {}", field.key, field.example),
           place);
  }
}

void Reader::CheckGroups(const Table& table, const YamlNode& node, Span place,
                         const std::string& path) {
  std::set<std::string> done;
  for (const Field& field : table.fields) {
    if (field.group.empty() || !done.insert(field.group).second) continue;
    std::vector<std::string> members;
    std::vector<const YamlEntry*> present;
    for (const Field& member : table.fields) {
      if (member.group == field.group) members.push_back(member.key);
    }
    for (const YamlEntry& entry : node.entries) {
      if (std::count(members.begin(), members.end(), entry.key) != 0) present.push_back(&entry);
    }
    const bool something_else =
        std::any_of(node.entries.begin(), node.entries.end(),
                    [&](const YamlEntry& entry) { return FindField(table, entry.key) == nullptr; });
    const std::string choice = fmt::format("give exactly one of: {}", fmt::join(members, ", "));
    // An unknown key is reported already, and most likely is what was meant here.
    if (present.empty() && !something_else)
      Report(fmt::format("{} lacks its {}", Named(path), field.group), choice, place);
    for (size_t i = 1; i < present.size(); ++i) {
      Report(fmt::format("'{}' and '{}' exclude each other in {}", present[0]->key, present[i]->key,
                         Named(path)),
             choice, present[i]->key_span);
    }
  }
}

void Reader::ReportUnknown(const Table& table, const std::string& key, Span place,
                           const std::string& path) {
  const std::vector<std::string> keys = KeysOf(table);
  const bool planned =
      std::find(table.planned.begin(), table.planned.end(), key) != table.planned.end();
  if (planned) {
    Report(fmt::format("'{}' is not supported yet in {}", key, Named(path)),
           fmt::format("the keys are: {}", fmt::join(keys, ", ")), place);
  } else {
    Report(fmt::format("unknown key '{}' in {}", key, Named(path)),
           keys.empty() ? "it has no keys" : HintOfNames("keys", key, keys), place);
  }
}

void Reader::Report(std::string message, std::string hint, Span place) {
  diagnostics_.push_back({std::move(message), std::move(hint), place});
}

}  // namespace headrace::pipeline
