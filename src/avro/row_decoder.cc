#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/builder.h>
#include <arrow/util/decimal.h>

#include "avro/binary.h"
#include "avro/rows.h"

namespace headrace::avro {

using Kind = Type::Kind;

// Reads one field of the writer into a builder of the target, or skips it where there is none.
struct RowDecoder::Field {
  const Type* type = nullptr;
  arrow::ArrayBuilder* builder = nullptr;
  int64_t scale_up = 1;                          // timestamps in milliseconds: 1000
  std::vector<std::unique_ptr<Field>> children;  // branches, fields or the items
  std::vector<arrow::ArrayBuilder*> unwritten;   // record: columns the writer doesn't have

  Status Read(Reader* reader) const;

 private:
  Status ReadLong(int64_t value) const;
  Status ReadBytes(std::string_view bytes, Reader* reader) const;
  Status ReadItems(Reader* reader) const;
  Status ReadRecord(Reader* reader) const;
};

namespace {

using Field = RowDecoder::Field;
using FieldPtr = std::unique_ptr<Field>;

Result<FieldPtr> MakeField(const Type& type, arrow::ArrayBuilder* builder);

template <typename Builder>
Status AppendNumber(arrow::ArrayBuilder* builder, auto value) {
  return static_cast<Builder*>(builder)->Append(static_cast<typename Builder::value_type>(value));
}

Status AppendNull(arrow::ArrayBuilder* builder) {
  return builder == nullptr ? Status::OK() : builder->AppendNull();
}

bool CanBecome(const Type& type, const arrow::DataType& target) {
  using arrow::Type;
  switch (type.kind) {
    case Kind::kNull:
      return true;
    case Kind::kBoolean:
      return target.id() == Type::BOOL;
    case Kind::kInt:
      if (target.id() == Type::DATE32 || target.id() == Type::INT32) return true;
      [[fallthrough]];
    case Kind::kLong:
      return target.id() == Type::INT64 || target.id() == Type::TIMESTAMP ||
             target.id() == Type::FLOAT || target.id() == Type::DOUBLE;
    case Kind::kFloat:
      return target.id() == Type::FLOAT || target.id() == Type::DOUBLE;
    case Kind::kDouble:
      return target.id() == Type::DOUBLE;
    case Kind::kString:
    case Kind::kEnum:
      return target.id() == Type::STRING;
    case Kind::kBytes:
    case Kind::kFixed:
      if (type.logical_type != "decimal") return target.id() == Type::BINARY;
      return target.id() == Type::DECIMAL128 &&
             static_cast<const arrow::DecimalType&>(target).scale() == type.scale;
    case Kind::kArray:
      return target.id() == Type::LIST;
    case Kind::kMap:
      return target.id() == Type::MAP;
    case Kind::kRecord:
      return target.id() == Type::STRUCT;
    case Kind::kUnion:
      return true;  // each branch is asked
  }
  return false;
}

Status MakeRecordFields(const Type& type, arrow::StructBuilder* builder, Field* field) {
  std::vector<bool> is_written(builder == nullptr ? 0 : builder->num_fields());
  for (const auto& [name, child_type] : type.fields) {
    const int index =
        builder == nullptr
            ? -1
            : static_cast<const arrow::StructType&>(*builder->type()).GetFieldIndex(name);
    if (index >= 0) {
      if (is_written[index]) return Status::Invalid("an Avro record has two fields '", name, "'");
      is_written[index] = true;
    }
    ASSIGN_OR_RAISE(FieldPtr child,
                    MakeField(*child_type, index < 0 ? nullptr : builder->field_builder(index)));
    field->children.push_back(std::move(child));
  }
  for (size_t i = 0; i < is_written.size(); ++i)
    if (!is_written[i]) field->unwritten.push_back(builder->field_builder(static_cast<int>(i)));
  return Status::OK();
}

Result<FieldPtr> MakeField(const Type& type, arrow::ArrayBuilder* builder) {
  if (builder != nullptr && !CanBecome(type, *builder->type()))
    return Status::Invalid("an Avro value cannot be read as ", builder->type()->ToString());
  auto field = std::make_unique<Field>();
  field->type = &type;
  field->builder = builder;
  if (type.logical_type.ends_with("timestamp-millis")) field->scale_up = 1000;
  if (type.kind == Kind::kUnion) {
    for (const TypePtr& branch : type.branches) {
      ASSIGN_OR_RAISE(FieldPtr child, MakeField(*branch, builder));
      field->children.push_back(std::move(child));
    }
  } else if (type.kind == Kind::kRecord) {
    RETURN_NOT_OK(MakeRecordFields(type, static_cast<arrow::StructBuilder*>(builder), field.get()));
  } else if (type.kind == Kind::kArray || type.kind == Kind::kMap) {
    arrow::ArrayBuilder* items = nullptr;
    if (builder != nullptr)
      items = type.kind == Kind::kArray ? static_cast<arrow::ListBuilder*>(builder)->value_builder()
                                        : static_cast<arrow::MapBuilder*>(builder)->item_builder();
    ASSIGN_OR_RAISE(FieldPtr child, MakeField(*type.items, items));
    field->children.push_back(std::move(child));
  }
  return field;
}

}  // namespace

Status Field::ReadLong(int64_t value) const {
  if (builder == nullptr) return Status::OK();
  switch (builder->type()->id()) {
    case arrow::Type::INT32:
      return AppendNumber<arrow::Int32Builder>(builder, value);
    case arrow::Type::DATE32:
      return AppendNumber<arrow::Date32Builder>(builder, value);
    case arrow::Type::TIMESTAMP: {
      int64_t micros = 0;
      if (__builtin_mul_overflow(value, scale_up, &micros))
        return Status::Invalid("a timestamp is out of range");
      return AppendNumber<arrow::TimestampBuilder>(builder, micros);
    }
    case arrow::Type::FLOAT:
      return AppendNumber<arrow::FloatBuilder>(builder, value);
    case arrow::Type::DOUBLE:
      return AppendNumber<arrow::DoubleBuilder>(builder, value);
    default:
      return AppendNumber<arrow::Int64Builder>(builder, value);
  }
}

Status Field::ReadBytes(std::string_view bytes, Reader* reader) const {
  if (builder == nullptr || reader->failed()) return Status::OK();
  if (builder->type()->id() != arrow::Type::DECIMAL128)
    return static_cast<arrow::BinaryBuilder*>(builder)->Append(bytes);
  ASSIGN_OR_RAISE(const arrow::Decimal128 value,
                  arrow::Decimal128::FromBigEndian(reinterpret_cast<const uint8_t*>(bytes.data()),
                                                   static_cast<int32_t>(bytes.size())));
  return static_cast<arrow::Decimal128Builder*>(builder)->Append(value);
}

Status Field::ReadItems(Reader* reader) const {
  const bool is_map = type->kind == Kind::kMap;
  auto* map = is_map ? static_cast<arrow::MapBuilder*>(builder) : nullptr;
  if (builder != nullptr)
    RETURN_NOT_OK(is_map ? map->Append() : static_cast<arrow::ListBuilder*>(builder)->Append());
  for (int64_t count = reader->Block(); count > 0; count = reader->Block()) {
    for (; count > 0 && !reader->failed(); --count) {
      if (is_map) {
        const std::string_view key = reader->String();
        if (map != nullptr)
          RETURN_NOT_OK(static_cast<arrow::StringBuilder*>(map->key_builder())->Append(key));
      }
      RETURN_NOT_OK(children[0]->Read(reader));
    }
  }
  return Status::OK();
}

Status Field::ReadRecord(Reader* reader) const {
  if (builder != nullptr) RETURN_NOT_OK(static_cast<arrow::StructBuilder*>(builder)->Append());
  for (const FieldPtr& child : children) RETURN_NOT_OK(child->Read(reader));
  for (arrow::ArrayBuilder* column : unwritten) RETURN_NOT_OK(column->AppendNull());
  return Status::OK();
}

Status Field::Read(Reader* reader) const {
  if (!reader->Count()) return Status::Invalid("an Avro row is cut or broken");
  switch (type->kind) {
    case Kind::kNull:
      return AppendNull(builder);
    case Kind::kBoolean: {
      const bool value = reader->Bool();
      return builder == nullptr ? Status::OK()
                                : static_cast<arrow::BooleanBuilder*>(builder)->Append(value);
    }
    case Kind::kInt:
    case Kind::kLong:
      return ReadLong(reader->Long());
    case Kind::kFloat:
    case Kind::kDouble: {
      const double value = type->kind == Kind::kFloat ? reader->Float() : reader->Double();
      if (builder == nullptr) return Status::OK();
      return builder->type()->id() == arrow::Type::FLOAT
                 ? AppendNumber<arrow::FloatBuilder>(builder, value)
                 : AppendNumber<arrow::DoubleBuilder>(builder, value);
    }
    case Kind::kString:
    case Kind::kBytes:
      return ReadBytes(reader->String(), reader);
    case Kind::kFixed:
      return ReadBytes(reader->Fixed(type->size), reader);
    case Kind::kEnum: {
      const uint64_t index = reader->Long();
      if (index >= type->symbols.size()) return Status::Invalid("no such symbol of an Avro enum");
      return ReadBytes(type->symbols[index], reader);
    }
    case Kind::kArray:
    case Kind::kMap:
      return ReadItems(reader);
    case Kind::kRecord:
      return ReadRecord(reader);
    case Kind::kUnion: {
      const uint64_t index = reader->Long();
      if (index >= children.size()) return Status::Invalid("no such branch of an Avro union");
      return children[index]->Read(reader);
    }
  }
  return Status::OK();
}

RowDecoder::RowDecoder() = default;
RowDecoder::~RowDecoder() = default;

Result<std::unique_ptr<RowDecoder>> RowDecoder::Make(TypePtr writer,
                                                     std::shared_ptr<arrow::Schema> target) {
  if (writer->kind != Kind::kRecord) return Status::Invalid("rows need the schema of a record");
  std::unique_ptr<RowDecoder> decoder(new RowDecoder());
  decoder->is_written_.resize(target->num_fields());
  for (const auto& field : target->fields()) {
    std::unique_ptr<arrow::ArrayBuilder> builder;
    RETURN_NOT_OK(arrow::MakeBuilder(arrow::default_memory_pool(), field->type(), &builder));
    decoder->builders_.push_back(std::move(builder));
  }
  for (const auto& [name, type] : writer->fields) {
    const int index = target->GetFieldIndex(name);
    if (index >= 0) {
      if (decoder->is_written_[index])
        return Status::Invalid("the Avro record has two fields '", name, "'");
      decoder->is_written_[index] = true;
    }
    auto field = MakeField(*type, index < 0 ? nullptr : decoder->builders_[index].get());
    if (!field.ok()) return WithContext("column '" + name + "'", field.status());
    decoder->fields_.push_back(std::move(*field));
  }
  decoder->writer_ = std::move(writer);
  decoder->target_ = std::move(target);
  return decoder;
}

Status RowDecoder::Append(std::string_view row) {
  Reader reader(row);
  for (const auto& field : fields_) RETURN_NOT_OK(field->Read(&reader));
  if (reader.failed() || reader.remaining() > 0)
    return Status::Invalid("an Avro row doesn't fit its schema");
  for (size_t i = 0; i < builders_.size(); ++i)
    if (!is_written_[i]) RETURN_NOT_OK(builders_[i]->AppendNull());
  ++rows_;
  return Status::OK();
}

Result<std::shared_ptr<arrow::RecordBatch>> RowDecoder::Finish() {
  arrow::ArrayVector columns;
  for (const auto& builder : builders_) {
    ASSIGN_OR_RAISE(auto column, builder->Finish());
    columns.push_back(std::move(column));
  }
  const int64_t rows = std::exchange(rows_, 0);
  return arrow::RecordBatch::Make(target_, rows, std::move(columns));
}

}  // namespace headrace::avro
