#include "hudi/table_schema.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace headrace::hudi {
namespace {

using Json = nlohmann::ordered_json;
using Kind = AvroType::Kind;
using TypePtr = std::shared_ptr<arrow::DataType>;

bool IsAvroName(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && is_letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
  });
}

Status CheckColumnName(const std::string& name) {
  if (IsAvroName(name)) return Status::OK();
  return UserError(
      "the column name '" + name + "' cannot be used in a Hudi table",
      "letters, digits and _ can, not beginning with a digit; give it another with AS");
}

Result<TypePtr> ToTableType(const TypePtr& type, const std::string& column);

Result<std::shared_ptr<arrow::Field>> ToTableField(const arrow::Field& field,
                                                   const std::string& name,
                                                   const std::string& column) {
  ASSIGN_OR_RAISE(TypePtr type, ToTableType(field.type(), column));
  return arrow::field(name, std::move(type), field.nullable());
}

Result<TypePtr> ToTableType(const TypePtr& type, const std::string& column) {
  switch (type->id()) {
    case arrow::Type::BOOL:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::DATE32:
    case arrow::Type::DECIMAL128:
      return type;
    case arrow::Type::INT8:
    case arrow::Type::INT16:
      return arrow::int32();
    case arrow::Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(*type);
      return timestamp.timezone().empty() ? arrow::timestamp(arrow::TimeUnit::MICRO)
                                          : arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    }
    case arrow::Type::LIST: {
      ASSIGN_OR_RAISE(auto item, ToTableField(*type->field(0), "element", column));
      return arrow::list(std::move(item));
    }
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      if (map.key_type()->id() != arrow::Type::STRING)
        return UserError("the map '" + column + "' cannot be kept in a Hudi table",
                         "its keys must be strings");
      ASSIGN_OR_RAISE(auto item, ToTableField(*map.item_field(), "value", column));
      return std::make_shared<arrow::MapType>(arrow::field("key", arrow::utf8(), false),
                                              std::move(item));
    }
    case arrow::Type::STRUCT: {
      arrow::FieldVector fields;
      for (const auto& field : type->fields()) {
        RETURN_NOT_OK(CheckColumnName(field->name()));
        ASSIGN_OR_RAISE(auto converted,
                        ToTableField(*field, field->name(), column + "." + field->name()));
        fields.push_back(std::move(converted));
      }
      return arrow::struct_(std::move(fields));
    }
    default:
      return UserError("the column '" + column + "' has the type " + type->ToString() +
                           ", which a Hudi table cannot hold",
                       "CAST it to another in the view");
  }
}

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

Result<std::shared_ptr<arrow::Field>> FromAvroField(const std::string& name, const AvroType& type) {
  ASSIGN_OR_RAISE(TypePtr converted, FromAvroType(type));
  return arrow::field(name, std::move(converted), type.nullable());
}

Result<TypePtr> FromAvroBytes(const AvroType& type) {
  if (type.logical_type != "decimal") return arrow::binary();
  return arrow::Decimal128Type::Make(type.precision, type.scale);
}

}  // namespace

const std::vector<std::string>& MetaColumnNames() {
  static const std::vector<std::string> names = {"_hoodie_commit_time", "_hoodie_commit_seqno",
                                                 "_hoodie_record_key", "_hoodie_partition_path",
                                                 "_hoodie_file_name"};
  return names;
}

Result<std::shared_ptr<arrow::Schema>> ToTableSchema(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) {
    RETURN_NOT_OK(CheckColumnName(field->name()));
    const auto& meta = MetaColumnNames();
    if (std::find(meta.begin(), meta.end(), field->name()) != meta.end())
      return UserError("the column name '" + field->name() + "' belongs to Hudi itself",
                       "leave the column out or give it another name with AS");
    ASSIGN_OR_RAISE(auto converted, ToTableField(*field, field->name(), field->name()));
    fields.push_back(std::move(converted));
  }
  return arrow::schema(std::move(fields));
}

std::shared_ptr<arrow::Schema> WithMetaColumns(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const std::string& name : MetaColumnNames())
    fields.push_back(arrow::field(name, arrow::utf8()));
  fields.insert(fields.end(), schema.fields().begin(), schema.fields().end());
  return arrow::schema(std::move(fields));
}

std::string ToAvroSchemaJson(const arrow::Schema& table_schema, const std::string& table_name) {
  std::string name = table_name;
  for (char& c : name)
    if (!IsAvroName(std::string("_") + c)) c = '_';
  if (!IsAvroName(name)) name = "_" + name;
  return ToAvroRecord(table_schema.fields(), name + "_record", "hoodie." + name).dump();
}

Result<TypePtr> FromAvroType(const AvroType& nullable_type) {
  const AvroType& type = nullable_type.NotNull();
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
      return FromAvroBytes(type);
    case Kind::kArray: {
      ASSIGN_OR_RAISE(auto item, FromAvroField("element", *type.items));
      return arrow::list(std::move(item));
    }
    case Kind::kMap: {
      ASSIGN_OR_RAISE(auto item, FromAvroField("value", *type.items));
      return std::make_shared<arrow::MapType>(arrow::field("key", arrow::utf8(), false),
                                              std::move(item));
    }
    case Kind::kRecord: {
      arrow::FieldVector fields;
      for (const auto& [name, field_type] : type.fields) {
        ASSIGN_OR_RAISE(auto field, FromAvroField(name, *field_type));
        fields.push_back(std::move(field));
      }
      return arrow::struct_(std::move(fields));
    }
    default:
      return Status::Invalid("the Avro schema has a type that headrace doesn't read: a bare null ",
                             "or a union of several types");
  }
}

Result<std::shared_ptr<arrow::Schema>> FromAvroSchema(const AvroType& record) {
  if (record.kind != Kind::kRecord) return Status::Invalid("the table's schema is no record");
  const auto& meta = MetaColumnNames();
  arrow::FieldVector fields;
  for (const auto& [name, type] : record.fields) {
    if (std::find(meta.begin(), meta.end(), name) != meta.end()) continue;
    ASSIGN_OR_RAISE(auto field, FromAvroField(name, *type));
    fields.push_back(std::move(field));
  }
  return arrow::schema(std::move(fields));
}

}  // namespace headrace::hudi
