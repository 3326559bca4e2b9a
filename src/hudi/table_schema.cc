#include "hudi/table_schema.h"

#include <algorithm>

#include "avro/arrow_schema.h"

namespace headrace::hudi {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;

Status CheckColumnName(const std::string& name) {
  if (avro::IsName(name)) return Status::OK();
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

avro::TypePtr ToAvroRecord(const arrow::Schema& table_schema, const std::string& table_name) {
  const std::string name = avro::ToName(table_name);
  return avro::ToAvroType(table_schema.fields(), name + "_record", "hoodie." + name,
                          avro::DecimalForm::kFixed)
      .ValueOrDie();
}

std::string ToAvroSchemaJson(const arrow::Schema& table_schema, const std::string& table_name) {
  return avro::ToJson(*ToAvroRecord(table_schema, table_name));
}

Result<std::shared_ptr<arrow::Schema>> FromAvroSchema(const avro::Type& record) {
  if (record.kind != avro::Type::Kind::kRecord)
    return Status::Invalid("the table's schema is no record");
  const auto& meta = MetaColumnNames();
  arrow::FieldVector fields;
  for (const auto& [name, type] : record.fields) {
    if (std::find(meta.begin(), meta.end(), name) != meta.end()) continue;
    ASSIGN_OR_RAISE(auto field, avro::ToArrowField(name, *type));
    fields.push_back(std::move(field));
  }
  return arrow::schema(std::move(fields));
}

}  // namespace headrace::hudi
