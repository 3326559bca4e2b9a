#include "avro/schema.h"

#include <map>
#include <nlohmann/json.hpp>

namespace headrace::avro {
namespace {

using Json = nlohmann::json;
using Kind = Type::Kind;

constexpr int kDepthMax = 64;
constexpr int64_t kNodesMax = 100'000;

// Names may be used again and again, so the tree can be deeper than its text, and far larger.
Status Grow(const Type& child, Type* type) {
  type->depth = std::max(type->depth, child.depth + 1);
  type->nodes += child.nodes;
  if (type->depth > kDepthMax)
    return Status::Invalid("the Avro schema nests deeper than ", kDepthMax, " levels");
  if (type->nodes > kNodesMax)
    return Status::Invalid("the Avro schema has more than ", kNodesMax,
                           " types, each counted as often as its name is used");
  return Status::OK();
}

const std::map<std::string, Kind, std::less<>>& PrimitiveKinds() {
  static const std::map<std::string, Kind, std::less<>> kinds = {
      {"null", Kind::kNull},    {"boolean", Kind::kBoolean}, {"int", Kind::kInt},
      {"long", Kind::kLong},    {"float", Kind::kFloat},     {"double", Kind::kDouble},
      {"bytes", Kind::kBytes},  {"string", Kind::kString},   {"record", Kind::kRecord},
      {"error", Kind::kRecord}, {"enum", Kind::kEnum},       {"array", Kind::kArray},
      {"map", Kind::kMap},      {"fixed", Kind::kFixed},
  };
  return kinds;
}

std::string StringAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// The name of each kind, in its order.
constexpr const char* kKindNames[] = {"null",   "boolean", "int",    "long",   "float",
                                      "double", "bytes",   "string", "record", "enum",
                                      "array",  "map",     "union",  "fixed"};

int64_t IntegerAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

class Parser {
 public:
  Result<TypePtr> Parse(const Json& json, const std::string& space, int depth) {
    if (depth > kDepthMax) return Status::Invalid("the Avro schema nests too deep");
    if (json.is_string()) return ParseName(json.get<std::string>(), space);
    if (json.is_array()) return ParseUnion(json, space, depth);
    if (json.is_object()) return ParseObject(json, space, depth);
    return Status::Invalid("an Avro schema is a name, an array or an object");
  }

 private:
  Result<TypePtr> ParseName(const std::string& name, const std::string& space) {
    const auto kind = PrimitiveKinds().find(name);
    if (kind != PrimitiveKinds().end() && kind->second < Kind::kRecord) {
      auto type = std::make_shared<Type>();
      type->kind = kind->second;
      return type;
    }
    for (const std::string& full : {space.empty() ? name : space + "." + name, name}) {
      const auto found = named_.find(full);
      if (found != named_.end()) return found->second;
    }
    return Status::Invalid("unknown Avro type '", name, "'");
  }

  Result<TypePtr> ParseUnion(const Json& json, const std::string& space, int depth) {
    auto type = std::make_shared<Type>();
    type->kind = Kind::kUnion;
    for (const Json& branch : json) {
      ASSIGN_OR_RAISE(TypePtr parsed, Parse(branch, space, depth + 1));
      if (parsed->kind == Kind::kUnion) return Status::Invalid("an Avro union holds a union");
      RETURN_NOT_OK(Grow(*parsed, type.get()));
      type->branches.push_back(std::move(parsed));
    }
    return type;
  }

  Result<TypePtr> ParseObject(const Json& json, const std::string& space, int depth) {
    const auto inner = json.find("type");
    if (inner == json.end()) return Status::Invalid("an Avro schema object has no type");
    if (!inner->is_string()) return Parse(*inner, space, depth + 1);
    const auto kind = PrimitiveKinds().find(inner->get<std::string>());
    if (kind == PrimitiveKinds().end()) return ParseName(inner->get<std::string>(), space);
    auto type = std::make_shared<Type>();
    type->kind = kind->second;
    type->logical_type = StringAt(json, "logicalType");
    type->precision = static_cast<int>(IntegerAt(json, "precision"));
    type->scale = static_cast<int>(IntegerAt(json, "scale"));
    type->size = IntegerAt(json, "size");
    if (type->size < 0) return Status::Invalid("an Avro fixed has a negative size");
    std::string inner_space = space;
    const bool is_named =
        type->kind == Kind::kRecord || type->kind == Kind::kEnum || type->kind == Kind::kFixed;
    if (is_named) type->name = FullName(json, space, &inner_space);
    RETURN_NOT_OK(ParseParts(json, inner_space, depth, type.get()));
    if (is_named) named_[type->name] = type;
    return type;
  }

  static std::string FullName(const Json& json, const std::string& space,
                              std::string* inner_space) {
    const std::string name = StringAt(json, "name");
    const size_t dot = name.rfind('.');
    if (dot != std::string::npos) {
      *inner_space = name.substr(0, dot);
      return name;
    }
    *inner_space = json.contains("namespace") ? StringAt(json, "namespace") : space;
    return inner_space->empty() ? name : *inner_space + "." + name;
  }

  Status ParseParts(const Json& json, const std::string& space, int depth, Type* type) {
    if (type->kind == Kind::kArray || type->kind == Kind::kMap) {
      const auto items = json.find(type->kind == Kind::kArray ? "items" : "values");
      if (items == json.end()) return Status::Invalid("an Avro array or map has no item type");
      ASSIGN_OR_RAISE(type->items, Parse(*items, space, depth + 1));
      RETURN_NOT_OK(Grow(*type->items, type));
    } else if (type->kind == Kind::kRecord) {
      const auto fields = json.find("fields");
      if (fields == json.end() || !fields->is_array())
        return Status::Invalid("an Avro record has no fields");
      for (const Json& field : *fields) {
        if (!field.is_object() || !field.contains("type"))
          return Status::Invalid("a field of an Avro record has no type");
        ASSIGN_OR_RAISE(TypePtr parsed, Parse(field.at("type"), space, depth + 1));
        RETURN_NOT_OK(Grow(*parsed, type));
        type->fields.emplace_back(StringAt(field, "name"), std::move(parsed));
      }
    } else if (type->kind == Kind::kEnum) {
      const auto symbols = json.find("symbols");
      if (symbols == json.end() || !symbols->is_array())
        return Status::Invalid("an Avro enum has no symbols");
      for (const Json& symbol : *symbols)
        type->symbols.push_back(symbol.is_string() ? symbol.get<std::string>() : "");
    }
    return Status::OK();
  }

  std::map<std::string, TypePtr> named_;
};

}  // namespace

bool Type::nullable() const {
  if (kind != Kind::kUnion) return kind == Kind::kNull;
  for (const TypePtr& branch : branches)
    if (branch->kind == Kind::kNull) return true;
  return false;
}

const Type& Type::NotNull() const {
  if (kind != Kind::kUnion || branches.size() != 2) return *this;
  if (branches[0]->kind == Kind::kNull) return *branches[1];
  if (branches[1]->kind == Kind::kNull) return *branches[0];
  return *this;
}

std::string Describe(const Type& type) {
  std::string text = std::string("an Avro ") + kKindNames[static_cast<int>(type.kind)];
  if (!type.logical_type.empty()) text += " (" + type.logical_type + ")";
  return text;
}

namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson Render(const Type& type);

OrderedJson RenderFields(const Type& record) {
  OrderedJson fields = OrderedJson::array();
  for (const auto& [name, type] : record.fields) {
    OrderedJson field = {{"name", name}, {"type", Render(*type)}};
    if (type->kind == Kind::kUnion && type->branches[0]->kind == Kind::kNull)
      field["default"] = nullptr;
    fields.push_back(std::move(field));
  }
  return fields;
}

OrderedJson Render(const Type& type) {
  if (type.kind == Kind::kUnion) {
    OrderedJson branches = OrderedJson::array();
    for (const TypePtr& branch : type.branches) branches.push_back(Render(*branch));
    return branches;
  }
  const char* kind = kKindNames[static_cast<int>(type.kind)];
  OrderedJson json = {{"type", kind}};
  if (!type.name.empty()) {
    const size_t dot = type.name.rfind('.');
    json["name"] = type.name.substr(dot + 1);  // npos + 1 is 0
    if (dot != std::string::npos) json["namespace"] = type.name.substr(0, dot);
  }
  if (type.kind == Kind::kRecord) json["fields"] = RenderFields(type);
  if (type.kind == Kind::kArray) json["items"] = Render(*type.items);
  if (type.kind == Kind::kMap) json["values"] = Render(*type.items);
  if (type.kind == Kind::kEnum) json["symbols"] = type.symbols;
  if (type.kind == Kind::kFixed) json["size"] = type.size;
  if (!type.logical_type.empty()) json["logicalType"] = type.logical_type;
  if (type.logical_type == "decimal") {
    json["precision"] = type.precision;
    json["scale"] = type.scale;
  }
  return json.size() == 1 ? OrderedJson(kind) : json;
}

}  // namespace

std::string ToJson(const Type& type) { return Render(type).dump(); }

Result<TypePtr> ParseSchema(std::string_view json) { return ParseSchemas({std::string(json)}); }

Result<TypePtr> ParseSchemas(const std::vector<std::string>& jsons) {
  Parser parser;
  Result<TypePtr> type = Status::Invalid("there is no Avro schema");
  for (const std::string& json : jsons) {
    const Json parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
    if (parsed.is_discarded()) return Status::Invalid("an Avro schema is not JSON");
    type = parser.Parse(parsed, "", 0);
    RETURN_NOT_OK(type.status());
  }
  return type;
}

}  // namespace headrace::avro
