// Reads one YAML value as the type that its field names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/field.h"
#include "pipeline/places.h"
#include "pipeline/yaml.h"

namespace headrace::pipeline {

// "a duration such as '5 s'": what a field of this type expects, for messages.
std::string Expected(const Field& field);

// Whether `name` can be the name of a source, view or sink: a letter or '_', then letters, digits
// and '_', at most 64.
bool IsIdentifier(std::string_view name);

// Returns the value, its ${...} replaced, or none: then what is wrong is in `diagnostics`.
class ValueReader {
 public:
  ValueReader(std::string_view text, const Environment& environment, Places& places,
              std::vector<Diagnostic>& diagnostics)
      : text_(text), environment_(environment), places_(places), diagnostics_(diagnostics) {}

  // `path` is where the field stands: items of lists get places of their own.
  std::optional<Value> Read(const Field& field, const YamlNode& node, const std::string& path);

 private:
  std::optional<std::string> ReadText(const Field& field, const YamlNode& node);
  std::optional<Value> ReadNumber(const Field& field, const YamlNode& node,
                                  const std::string& text);
  std::optional<Value> ReadNames(const Field& field, const YamlNode& node, const std::string& path);
  std::optional<Value> ReadTexts(const Field& field, const YamlNode& node, const std::string& path);
  std::optional<Value> ReadSecret(const Field& field, const YamlNode& node);
  std::optional<Value> ReadSecretFile(const YamlNode& node);
  std::optional<Value> ReadSchema(const Field& field, const YamlNode& node);
  std::nullopt_t WrongType(const Field& field, const YamlNode& node);
  std::nullopt_t Report(std::string message, std::string hint, Span place);

  std::string_view text_;
  const Environment& environment_;
  Places& places_;
  std::vector<Diagnostic>& diagnostics_;
};

}  // namespace headrace::pipeline
