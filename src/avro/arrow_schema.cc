#include "avro/arrow_schema.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace headrace::avro {
namespace {

using Json = nlohmann::ordered_json;
using Kind = Type::Kind;
using ArrowTypePtr = std::shared_ptr<arrow::DataType>;

Json Logical(const char* type, const char* logical_type) {
  return {{"type", type}, {"logicalType", logical_type}};
}

Json ToAvro(const arrow::Field& field, const std::string& name, const std::string& space);

Json ToAvroRecord(const arrow::FieldVector& fields, const std::string& name,
                  const std::string& space) {
  Json record = {{"type", "record"}, {"name", name}, {"namespace", space}};
  Json members = Json::array();
  for (const auto& field : fields) {
    Json member = {{"name", field->name()},
                   {"type", ToAvro(*field, field->name(), space + "." + name)}};
    if (field->nullable()) member["default"] = nullptr;
    members.push_back(std::move(member));
  }
  record["fields"] = std::move(members);
  return record;
}

Json ToAvroNotNull(const arrow::DataType& type, const std::string& name, const std::string& space) {
  switch (type.id()) {
    case arrow::Type::BOOL:
      return "boolean";
    case arrow::Type::INT32:
      return "int";
    case arrow::Type::INT64:
      return "long";
    case arrow::Type::FLOAT:
      return "float";
    case arrow::Type::DOUBLE:
      return "double";
    case arrow::Type::STRING:
      return "string";
    case arrow::Type::BINARY:
      return "bytes";
    case arrow::Type::DATE32:
      return Logical("int", "date");
    case arrow::Type::TIMESTAMP:
      return Logical("long", static_cast<const arrow::TimestampType&>(type).timezone().empty()
                                 ? "local-timestamp-micros"
                                 : "timestamp-micros");
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(type);
      return {{"type", "fixed"},
              {"name", "fixed"},
              {"namespace", space + "." + name},
              {"size", arrow::DecimalType::DecimalSize(decimal.precision())},
              {"logicalType", "decimal"},
              {"precision", decimal.precision()},
              {"scale", decimal.scale()}};
    }
    case arrow::Type::LIST:
      return {{"type", "array"}, {"items", ToAvro(*type.field(0), name, space)}};
    case arrow::Type::MAP:
      return {
          {"type", "map"},
          {"values", ToAvro(*static_cast<const arrow::MapType&>(type).item_field(), name, space)}};
    default:
      return ToAvroRecord(type.fields(), name, space);
  }
}

Json ToAvro(const arrow::Field& field, const std::string& name, const std::string& space) {
  Json type = ToAvroNotNull(*field.type(), name, space);
  if (!field.nullable()) return type;
  Json type_or_null = Json::array({"null"});
  type_or_null.push_back(std::move(type));
  return type_or_null;
}

Result<ArrowTypePtr> ToArrowBytes(const Type& type) {
  if (type.logical_type != "decimal") return arrow::binary();
  return arrow::Decimal128Type::Make(type.precision, type.scale);
}

}  // namespace

bool IsName(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && is_letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
  });
}

std::string RecordSchemaJson(const arrow::FieldVector& fields, const std::string& name,
                             const std::string& space) {
  return ToAvroRecord(fields, name, space).dump();
}

Result<std::shared_ptr<arrow::Field>> ToArrowField(const std::string& name, const Type& type) {
  ASSIGN_OR_RAISE(ArrowTypePtr converted, ToArrowType(type));
  return arrow::field(name, std::move(converted), type.nullable());
}

Result<ArrowTypePtr> ToArrowType(const Type& nullable_type) {
  const Type& type = nullable_type.NotNull();
  switch (type.kind) {
    case Kind::kBoolean:
      return arrow::boolean();
    case Kind::kInt:
      return type.logical_type == "date" ? arrow::date32() : arrow::int32();
    case Kind::kLong:
      if (type.logical_type == "timestamp-micros" || type.logical_type == "timestamp-millis")
        return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
      if (type.logical_type.starts_with("local-timestamp-"))
        return arrow::timestamp(arrow::TimeUnit::MICRO);
      return arrow::int64();
    case Kind::kFloat:
      return arrow::float32();
    case Kind::kDouble:
      return arrow::float64();
    case Kind::kString:
    case Kind::kEnum:
      return arrow::utf8();
    case Kind::kBytes:
    case Kind::kFixed:
      return ToArrowBytes(type);
    case Kind::kArray: {
      ASSIGN_OR_RAISE(auto item, ToArrowField("element", *type.items));
      return arrow::list(std::move(item));
    }
    case Kind::kMap: {
      ASSIGN_OR_RAISE(auto item, ToArrowField("value", *type.items));
      return std::make_shared<arrow::MapType>(arrow::field("key", arrow::utf8(), false),
                                              std::move(item));
    }
    case Kind::kRecord: {
      arrow::FieldVector fields;
      for (const auto& [name, field_type] : type.fields) {
        ASSIGN_OR_RAISE(auto field, ToArrowField(name, *field_type));
        fields.push_back(std::move(field));
      }
      return arrow::struct_(std::move(fields));
    }
    default:
      return Status::Invalid("the Avro schema has a type that headrace doesn't read: a bare null ",
                             "or a union of several types");
  }
}

}  // namespace headrace::avro
