// Reads a YAML tree into structs, by the tables of its keys.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/field.h"
#include "pipeline/places.h"
#include "pipeline/yaml.h"

namespace headrace::pipeline {

// Adds what is wrong to `diagnostics` and goes on, so that one pass finds everything. What was read
// is in `places`; a value that is wrong leaves the default in its struct and no place.
class Reader {
 public:
  Reader(std::string_view text, const Environment& environment, Places& places,
         std::vector<Diagnostic>& diagnostics)
      : text_(text), environment_(environment), places_(places), diagnostics_(diagnostics) {}

  // Reads the mapping `node`, found at `path` behind the key at `place`, into `object`, which is of
  // the type that `table` describes.
  void ReadTable(const Table& table, const YamlNode& node, Span place, const std::string& path,
                 void* object);

 private:
  void ReadEntry(const Table& table, const YamlEntry& entry, const std::string& path, void* object);
  void ReadNamed(const Field& field, const YamlNode& node, const std::string& path, void* object);
  void CheckPresence(const Table& table, const YamlNode& node, Span place, const std::string& path);
  void CheckGroups(const Table& table, const YamlNode& node, Span place, const std::string& path);
  void ReportUnknown(const Table& table, const std::string& key, Span place,
                     const std::string& path);
  void Report(std::string message, std::string hint, Span place);

  std::string_view text_;
  const Environment& environment_;
  Places& places_;
  std::vector<Diagnostic>& diagnostics_;
};

}  // namespace headrace::pipeline
