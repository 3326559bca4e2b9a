#include "pipeline/test_row.h"

#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "sql/type.h"

namespace headrace::pipeline {
namespace {

using Json = nlohmann::ordered_json;
using Kind = YamlNode::Kind;

class Converter {
 public:
  explicit Converter(std::vector<Diagnostic>& diagnostics) : diagnostics_(diagnostics) {}

  std::optional<Json> Object(const YamlNode& node, const arrow::FieldVector& fields) {
    if (node.kind != Kind::kMapping) return Report("a mapping of columns", node);
    Json object = Json::object();
    for (const YamlEntry& entry : node.entries) {
      const arrow::DataType* type = nullptr;
      std::vector<std::string> names;
      for (const auto& field : fields) {
        names.push_back(field->name());
        if (field->name() == entry.key) type = field->type().get();
      }
      if (type == nullptr) {
        diagnostics_.push_back({fmt::format("there is no column '{}'", entry.key),
                                HintOfNames("columns", entry.key, names), entry.key_span});
        return std::nullopt;
      }
      auto value = Value(*entry.value, *type);
      if (!value) return std::nullopt;
      object[entry.key] = *std::move(value);
    }
    return object;
  }

 private:
  std::optional<Json> Value(const YamlNode& node, const arrow::DataType& type) {
    if (node.kind == Kind::kNull) return Json(nullptr);
    switch (type.id()) {
      case arrow::Type::STRUCT:
        return Object(node, type.fields());
      case arrow::Type::LIST:
        return List(node, *type.field(0)->type());
      case arrow::Type::MAP:
        return Map(node, *static_cast<const arrow::MapType&>(type).item_type());
      default:
        break;
    }
    if (node.kind != Kind::kScalar) return Report(sql::TypeName(type), node);
    if (type.id() == arrow::Type::BOOL) {
      if (node.scalar != "true" && node.scalar != "false") return Report("true or false", node);
      return Json(node.scalar == "true");
    }
    if (arrow::is_integer(type.id()) || arrow::is_floating(type.id())) {
      Json number = Json::parse(node.scalar, nullptr, false);
      if (!number.is_number()) return Report(sql::TypeName(type), node);
      return number;
    }
    return Json(node.scalar);
  }

  std::optional<Json> List(const YamlNode& node, const arrow::DataType& type) {
    if (node.kind != Kind::kSequence) return Report("a list", node);
    Json list = Json::array();
    for (const YamlNodePtr& item : node.items) {
      auto value = Value(*item, type);
      if (!value) return std::nullopt;
      list.push_back(*std::move(value));
    }
    return list;
  }

  std::optional<Json> Map(const YamlNode& node, const arrow::DataType& type) {
    if (node.kind != Kind::kMapping) return Report("a mapping", node);
    Json map = Json::object();
    for (const YamlEntry& entry : node.entries) {
      auto value = Value(*entry.value, type);
      if (!value) return std::nullopt;
      map[entry.key] = *std::move(value);
    }
    return map;
  }

  std::nullopt_t Report(std::string_view expected, const YamlNode& node) {
    diagnostics_.push_back(
        {fmt::format("expected {}, found {}", expected, Describe(node)), "", node.span});
    return std::nullopt;
  }

  std::vector<Diagnostic>& diagnostics_;
};

}  // namespace

std::optional<std::string> TestRowJson(const YamlNode& node, const arrow::Schema& schema,
                                       std::vector<Diagnostic>& diagnostics) {
  const auto object = Converter(diagnostics).Object(node, schema.fields());
  if (!object) return std::nullopt;
  return object->dump();
}

}  // namespace headrace::pipeline
