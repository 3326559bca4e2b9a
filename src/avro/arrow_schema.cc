#include "avro/arrow_schema.h"

#include <algorithm>
#include <utility>

namespace headrace::avro {
namespace {

using Kind = Type::Kind;
using ArrowTypePtr = std::shared_ptr<arrow::DataType>;

std::shared_ptr<Type> Make(Kind kind, std::string logical_type = "") {
  auto type = std::make_shared<Type>();
  type->kind = kind;
  type->logical_type = std::move(logical_type);
  return type;
}

// Makes types whose names tell where in the record they are.
class Maker {
 public:
  explicit Maker(DecimalForm decimals) : decimals_(decimals) {}

  Result<TypePtr> Record(const arrow::FieldVector& fields, const std::string& name,
                         const std::string& space) const {
    auto record = Make(Kind::kRecord);
    record->name = space.empty() ? name : space + "." + name;
    for (const auto& field : fields) {
      ASSIGN_OR_RAISE(TypePtr type, Field(*field, field->name(), record->name));
      record->fields.emplace_back(field->name(), std::move(type));
    }
    return record;
  }

 private:
  Result<TypePtr> Field(const arrow::Field& field, const std::string& name,
                        const std::string& space) const {
    ASSIGN_OR_RAISE(TypePtr type, NotNull(*field.type(), name, space));
    if (!field.nullable()) return type;
    auto type_or_null = Make(Kind::kUnion);
    type_or_null->branches = {Make(Kind::kNull), std::move(type)};
    return type_or_null;
  }

  Result<TypePtr> NotNull(const arrow::DataType& type, const std::string& name,
                          const std::string& space) const {
    switch (type.id()) {
      case arrow::Type::BOOL:
        return Make(Kind::kBoolean);
      case arrow::Type::INT8:
      case arrow::Type::INT16:
      case arrow::Type::INT32:
        return Make(Kind::kInt);
      case arrow::Type::INT64:
        return Make(Kind::kLong);
      case arrow::Type::FLOAT:
        return Make(Kind::kFloat);
      case arrow::Type::DOUBLE:
        return Make(Kind::kDouble);
      case arrow::Type::STRING:
        return Make(Kind::kString);
      case arrow::Type::BINARY:
        return Make(Kind::kBytes);
      case arrow::Type::DATE32:
        return Make(Kind::kInt, "date");
      case arrow::Type::TIMESTAMP:
        return Make(Kind::kLong, static_cast<const arrow::TimestampType&>(type).timezone().empty()
                                     ? "local-timestamp-micros"
                                     : "timestamp-micros");
      case arrow::Type::DECIMAL128:
        return Decimal(static_cast<const arrow::DecimalType&>(type), name, space);
      case arrow::Type::LIST: {
        auto array = Make(Kind::kArray);
        ASSIGN_OR_RAISE(array->items, Field(*type.field(0), name, space));
        return array;
      }
      case arrow::Type::MAP: {
        const auto& map_type = static_cast<const arrow::MapType&>(type);
        if (map_type.key_type()->id() != arrow::Type::STRING) break;
        auto map = Make(Kind::kMap);
        ASSIGN_OR_RAISE(map->items, Field(*map_type.item_field(), name, space));
        return map;
      }
      case arrow::Type::STRUCT:
        return Record(type.fields(), name, space);
      default:
        break;
    }
    return UserError(
        "the column '" + name + "' has the type " + type.ToString() + ", which Avro doesn't have",
        "CAST it to another in the view");
  }

  TypePtr Decimal(const arrow::DecimalType& decimal, const std::string& name,
                  const std::string& space) const {
    auto type = Make(decimals_ == DecimalForm::kFixed ? Kind::kFixed : Kind::kBytes, "decimal");
    type->precision = decimal.precision();
    type->scale = decimal.scale();
    if (decimals_ == DecimalForm::kFixed) {
      type->name = space + "." + name + ".fixed";
      type->size = arrow::DecimalType::DecimalSize(decimal.precision());
    }
    return type;
  }

  const DecimalForm decimals_;
};

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

Status CheckNames(const arrow::FieldVector& fields) {
  for (const auto& field : fields) {
    if (!IsName(field->name()))
      return UserError("the column name '" + field->name() + "' cannot be used in Avro",
                       "letters, digits and _ can, not beginning with a digit; give it another "
                       "with AS");
    const arrow::DataType* type = field->type().get();
    while (type->id() == arrow::Type::LIST || type->id() == arrow::Type::MAP)
      type = type->id() == arrow::Type::LIST
                 ? type->field(0)->type().get()
                 : static_cast<const arrow::MapType*>(type)->item_type().get();
    if (type->id() == arrow::Type::STRUCT) RETURN_NOT_OK(CheckNames(type->fields()));
  }
  return Status::OK();
}

std::string ToName(std::string_view text) {
  std::string name(text);
  for (char& c : name)
    if (!IsName(std::string("_") + c)) c = '_';
  return IsName(name) ? name : "_" + name;
}

Result<TypePtr> ToAvroType(const arrow::FieldVector& fields, const std::string& name,
                           const std::string& space, DecimalForm decimals) {
  return Maker(decimals).Record(fields, name, space);
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
