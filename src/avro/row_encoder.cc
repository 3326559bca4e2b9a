#include <arrow/array.h>
#include <arrow/util/decimal.h>

#include <algorithm>

#include "avro/binary.h"
#include "avro/rows.h"

namespace headrace::avro {

struct RowEncoder::Column {
  Column(const arrow::Array& array, bool nullable) : array(array), nullable(nullable) {}
  virtual ~Column() = default;
  virtual void EncodeValue(int64_t row, Writer* writer) const = 0;

  void Encode(int64_t row, Writer* writer) const {
    if (nullable) {
      const bool is_null = array.IsNull(row);
      writer->Long(is_null ? 0 : 1);
      if (is_null) return;
    }
    EncodeValue(row, writer);
  }

  const arrow::Array& array;
  const bool nullable;
};

namespace {

using Column = RowEncoder::Column;
using ColumnPtr = std::unique_ptr<Column>;

ColumnPtr MakeColumn(const arrow::Array& array, bool nullable);

// A column of a class of Arrow arrays, written by a function of value and writer.
template <typename ArrayType, typename Write>
struct ValueColumn : Column {
  ValueColumn(const arrow::Array& array, bool nullable, Write write)
      : Column(array, nullable), write(write) {}
  void EncodeValue(int64_t row, Writer* writer) const override {
    write(static_cast<const ArrayType&>(array), row, writer);
  }
  Write write;
};

template <typename ArrayType, typename Write>
ColumnPtr MakeValueColumn(const arrow::Array& array, bool nullable, Write write) {
  return std::make_unique<ValueColumn<ArrayType, Write>>(array, nullable, write);
}

template <typename ArrayType>
ColumnPtr MakeLongColumn(const arrow::Array& array, bool nullable) {
  return MakeValueColumn<ArrayType>(array, nullable,
                                    [](const ArrayType& values, int64_t row, Writer* writer) {
                                      writer->Long(values.Value(row));
                                    });
}

void WriteDecimal(const arrow::Decimal128Array& values, int64_t row, Writer* writer) {
  const auto& type = static_cast<const arrow::DecimalType&>(*values.type());
  const int32_t size = arrow::DecimalType::DecimalSize(type.precision());
  auto bytes = arrow::Decimal128(values.GetValue(row)).ToBytes();
  std::reverse(bytes.begin(), bytes.end());  // big-endian, the shortest that the precision needs
  writer->Fixed({reinterpret_cast<const char*>(bytes.data()) + bytes.size() - size,
                 static_cast<size_t>(size)});
}

// The children are sliced as the parent is, so that their rows count from its values' start.
struct StructColumn : Column {
  StructColumn(const arrow::Array& array, bool nullable) : Column(array, nullable) {
    const auto& values = static_cast<const arrow::StructArray&>(array);
    for (int i = 0; i < values.num_fields(); ++i)
      fields.push_back(MakeColumn(*values.field(i), array.type()->field(i)->nullable()));
  }
  void EncodeValue(int64_t row, Writer* writer) const override {
    for (const ColumnPtr& field : fields) field->Encode(row, writer);
  }
  std::vector<ColumnPtr> fields;
};

// Lists and, with keys, maps.
struct ListColumn : Column {
  ListColumn(const arrow::Array& array, bool nullable) : Column(array, nullable) {
    if (array.type_id() == arrow::Type::MAP) {
      const auto& map = static_cast<const arrow::MapArray&>(array);
      map_keys = map.keys();
      values = map.items();
      items = MakeColumn(
          *values, static_cast<const arrow::MapType&>(*array.type()).item_field()->nullable());
    } else {
      values = static_cast<const arrow::ListArray&>(array).values();
      items = MakeColumn(*values, array.type()->field(0)->nullable());
    }
  }
  void EncodeValue(int64_t row, Writer* writer) const override {
    const auto& list = static_cast<const arrow::ListArray&>(array);
    const int64_t length = list.value_length(row);
    if (length > 0) writer->Long(length);
    for (int64_t i = list.value_offset(row); i < list.value_offset(row) + length; ++i) {
      if (map_keys != nullptr)
        writer->String(static_cast<const arrow::StringArray&>(*map_keys).GetView(i));
      items->Encode(i, writer);
    }
    writer->Long(0);
  }
  std::shared_ptr<arrow::Array> map_keys, values;
  ColumnPtr items;
};

ColumnPtr MakeColumn(const arrow::Array& array, bool nullable) {
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      return MakeValueColumn<arrow::BooleanArray>(
          array, nullable,
          [](const auto& values, int64_t row, Writer* writer) { writer->Bool(values.Value(row)); });
    case arrow::Type::INT32:
      return MakeLongColumn<arrow::Int32Array>(array, nullable);
    case arrow::Type::INT64:
      return MakeLongColumn<arrow::Int64Array>(array, nullable);
    case arrow::Type::DATE32:
      return MakeLongColumn<arrow::Date32Array>(array, nullable);
    case arrow::Type::TIMESTAMP:
      return MakeLongColumn<arrow::TimestampArray>(array, nullable);
    case arrow::Type::FLOAT:
      return MakeValueColumn<arrow::FloatArray>(
          array, nullable, [](const auto& values, int64_t row, Writer* writer) {
            writer->Float(values.Value(row));
          });
    case arrow::Type::DOUBLE:
      return MakeValueColumn<arrow::DoubleArray>(
          array, nullable, [](const auto& values, int64_t row, Writer* writer) {
            writer->Double(values.Value(row));
          });
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return MakeValueColumn<arrow::BinaryArray>(
          array, nullable, [](const auto& values, int64_t row, Writer* writer) {
            writer->String(values.GetView(row));
          });
    case arrow::Type::DECIMAL128:
      return MakeValueColumn<arrow::Decimal128Array>(array, nullable, WriteDecimal);
    case arrow::Type::STRUCT:
      return std::make_unique<StructColumn>(array, nullable);
    default:  // a table schema has nothing else
      return std::make_unique<ListColumn>(array, nullable);
  }
}

}  // namespace

RowEncoder::RowEncoder(const arrow::RecordBatch& batch) {
  for (int i = 0; i < batch.num_columns(); ++i)
    columns_.push_back(MakeColumn(*batch.column(i), batch.schema()->field(i)->nullable()));
}

RowEncoder::~RowEncoder() = default;

void RowEncoder::Encode(int64_t row, std::string* out) const {
  Writer writer(out);
  for (const auto& column : columns_) column->Encode(row, &writer);
}

}  // namespace headrace::avro
