#include "pipeline/value_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "pipeline/environment.h"
#include "sql/analyzer.h"

namespace headrace::pipeline {
namespace {

using Kind = YamlNode::Kind;

constexpr size_t kSecretBytesMax = 64 << 10;

std::optional<int64_t> ParseInteger(std::string_view text) {
  int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string InUnit(const Field& field, int64_t value) {
  if (field.type == ValueType::kDuration) return FormatDuration(value);
  if (field.type == ValueType::kSize) return FormatSize(value);
  return std::to_string(value);
}

std::vector<std::string> SplitPath(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t dot = text.find('.');
    parts.emplace_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

std::string Expected(const Field& field) {
  switch (field.type) {
    case ValueType::kText:
      return "a text";
    case ValueType::kStatement:
      return "an SQL statement";
    case ValueType::kBoolean:
      return "true or false";
    case ValueType::kInteger:
      return "a whole number";
    case ValueType::kDuration:
      return "a duration such as '5 s'";
    case ValueType::kSize:
      return "a size such as '64 MiB'";
    case ValueType::kChoice:
      return fmt::format("{}", fmt::join(field.choices, " or "));
    case ValueType::kNames:
      return "a list of names such as [a, b]";
    case ValueType::kPath:
      return "a column, with dots into structs";
    case ValueType::kTexts:
      return "a mapping of words to texts";
    case ValueType::kSecret:
      return "${NAME} or {file: PATH}";
    case ValueType::kSchema:
      return "a schema such as 'id STRING NOT NULL, mag DOUBLE'";
    case ValueType::kTests:
      return "names to tests";
    case ValueType::kTable:
    case ValueType::kTables:
      break;
  }
  return "a mapping";
}

bool IsIdentifier(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && name.size() <= 64 && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || is_digit(c); });
}

std::optional<Value> ValueReader::Read(const Field& field, const YamlNode& node,
                                       const std::string& path) {
  switch (field.type) {
    case ValueType::kNames:
      return ReadNames(field, node, path);
    case ValueType::kTexts:
      return ReadTexts(field, node, path);
    case ValueType::kSecret:
      return ReadSecret(field, node);
    case ValueType::kSchema:
      return ReadSchema(field, node);
    case ValueType::kStatement:
      if (node.kind != Kind::kScalar) return WrongType(field, node);
      return node.scalar;
    case ValueType::kTests:
      if (node.kind != Kind::kMapping && node.kind != Kind::kNull) return WrongType(field, node);
      return std::string();
    default:
      break;
  }
  auto text = ReadText(field, node);
  if (!text) return std::nullopt;
  switch (field.type) {
    case ValueType::kBoolean:
      if (*text != "true" && *text != "false") return WrongType(field, node);
      return *text == "true";
    case ValueType::kChoice:
      if (std::find(field.choices.begin(), field.choices.end(), *text) != field.choices.end())
        return *text;
      return Report(fmt::format("'{}' cannot be '{}'", field.key, *text),
                    HintOfNames("choices", *text, field.choices), node.span);
    case ValueType::kPath:
      return SplitPath(*text);
    case ValueType::kText:
      return *text;
    default:
      return ReadNumber(field, node, *text);
  }
}

std::optional<std::string> ValueReader::ReadText(const Field& field, const YamlNode& node) {
  if (node.kind != Kind::kScalar) return WrongType(field, node);
  const auto substituted = Substitute(node.scalar, environment_);
  if (!substituted.ok()) {
    for (Diagnostic& diagnostic : DiagnosticsOf(substituted.status())) {
      if (diagnostic.span) diagnostic.span = PlaceInScalar(text_, node, *diagnostic.span);
      diagnostics_.push_back(std::move(diagnostic));
    }
    return std::nullopt;
  }
  if (substituted->empty())
    return Report(fmt::format("'{}' is empty", field.key), "expected " + Expected(field),
                  node.span);
  return *substituted;
}

std::optional<Value> ValueReader::ReadNumber(const Field& field, const YamlNode& node,
                                             const std::string& text) {
  std::optional<int64_t> number;
  if (field.type == ValueType::kInteger) {
    number = ParseInteger(text);
  } else {
    const auto parsed = field.type == ValueType::kDuration ? ParseDuration(text) : ParseSize(text);
    if (parsed.ok()) number = *parsed;
  }
  if (!number) {
    const bool lacks_unit = field.type == ValueType::kDuration && ParseInteger(text).has_value();
    return Report(fmt::format("'{}' is {}, found '{}'", field.key, Expected(field), text),
                  lacks_unit ? fmt::format("a unit is part of the value: '{} s'", text) : "",
                  node.span);
  }
  if (*number < field.minimum || *number > field.maximum) {
    const bool small = *number < field.minimum;
    return Report(fmt::format("'{}' is too {}", text, small ? "small" : "large"),
                  fmt::format("'{}' is at {} {}", field.key, small ? "least" : "most",
                              InUnit(field, small ? field.minimum : field.maximum)),
                  node.span);
  }
  return *number;
}

std::optional<Value> ValueReader::ReadNames(const Field& field, const YamlNode& node,
                                            const std::string& path) {
  const auto single = std::make_shared<const YamlNode>(node);
  const std::vector<YamlNodePtr> items =
      node.kind == Kind::kScalar ? std::vector<YamlNodePtr>{single} : node.items;
  if (node.kind != Kind::kScalar && node.kind != Kind::kSequence) return WrongType(field, node);
  if (items.empty())
    return Report(fmt::format("'{}' is empty", field.key),
                  "leave the key out, or name at least one column", node.span);
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (size_t i = 0; i < items.size(); ++i) {
    const auto name = ReadText(field, *items[i]);
    if (!name) return std::nullopt;
    if (!seen.insert(*name).second)
      return Report(fmt::format("'{}' comes twice in '{}'", *name, field.key), "", items[i]->span);
    places_.Add(fmt::format("{}[{}]", path, i), items[i]->span, items[i]);
    names.push_back(*name);
  }
  return names;
}

std::optional<Value> ValueReader::ReadTexts(const Field& field, const YamlNode& node,
                                            const std::string& path) {
  if (node.kind != Kind::kMapping) return WrongType(field, node);
  std::map<std::string, std::string> texts;
  for (const YamlEntry& entry : node.entries) {
    if (entry.value->kind == Kind::kMapping) {
      const auto secret = ReadSecretFile(*entry.value);
      if (!secret) return std::nullopt;
      texts[entry.key] = std::get<Secret>(*secret).value;
    } else {
      const auto text = ReadText(field, *entry.value);
      if (!text) return std::nullopt;
      texts[entry.key] = *text;
    }
    places_.Add(path + "." + entry.key, entry.key_span, entry.value);
  }
  return texts;
}

std::optional<Value> ValueReader::ReadSecret(const Field& field, const YamlNode& node) {
  if (node.kind == Kind::kMapping) return ReadSecretFile(node);
  if (node.kind != Kind::kScalar) return WrongType(field, node);
  if (!IsReference(node.scalar)) {
    return Report(fmt::format("'{}' is a secret and must not stand in the file", field.key),
                  fmt::format("take it from the environment, {0}: ${{NAME}}, or from a file, {0}: "
                              "{{file: PATH}}",
                              field.key),
                  node.span);
  }
  const auto text = ReadText(field, node);
  if (!text) return std::nullopt;
  return Secret{*text};
}

std::optional<Value> ValueReader::ReadSecretFile(const YamlNode& node) {
  const YamlEntry* file = node.Find("file");
  if (file == nullptr || node.entries.size() != 1)
    return Report("a secret is ${NAME} or {file: PATH}", "", node.span);
  Field field;
  field.key = "file";
  const auto path = ReadText(field, *file->value);
  if (!path) return std::nullopt;
  // Only a regular file: a pipe or a device could block for ever.
  std::error_code error;
  if (!std::filesystem::is_regular_file(*path, error))
    return Report(fmt::format("there is no file '{}'", *path), "it must hold the secret",
                  file->value->span);
  std::ifstream stream(*path, std::ios::binary);
  std::string secret(kSecretBytesMax + 1, '\0');
  stream.read(secret.data(), static_cast<std::streamsize>(secret.size()));
  secret.resize(static_cast<size_t>(stream.gcount()));
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  if (stream.bad() || secret.empty() || secret.size() > kSecretBytesMax)
    return Report(fmt::format("'{}' holds no secret", *path),
                  "it must be readable, with 1 byte to 64 KiB in it", file->value->span);
  return Secret{std::move(secret)};
}

std::optional<Value> ValueReader::ReadSchema(const Field& field, const YamlNode& node) {
  if (node.kind != Kind::kScalar) return WrongType(field, node);
  auto schema = sql::ParseSchema(node.scalar);
  if (schema.ok()) return *std::move(schema);
  for (Diagnostic& diagnostic : DiagnosticsOf(schema.status())) {
    diagnostic.span = diagnostic.span ? PlaceInScalar(text_, node, *diagnostic.span) : node.span;
    diagnostics_.push_back(std::move(diagnostic));
  }
  return std::nullopt;
}

std::nullopt_t ValueReader::WrongType(const Field& field, const YamlNode& node) {
  return Report(fmt::format("'{}' is {}, found {}", field.key, Expected(field), Describe(node)), "",
                node.span);
}

std::nullopt_t ValueReader::Report(std::string message, std::string hint, Span place) {
  diagnostics_.push_back({std::move(message), std::move(hint), place});
  return std::nullopt;
}

}  // namespace headrace::pipeline
