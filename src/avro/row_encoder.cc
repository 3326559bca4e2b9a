#include "avro/row_encoder.h"

#include <arrow/array.h>
#include <arrow/util/decimal.h>

#include <algorithm>
#include <array>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "avro/binary.h"

namespace headrace::avro {

// A column and how its values become those of a field.
struct RowEncoder::Column {
  explicit Column(const arrow::Array* array) : array(array) {}
  virtual ~Column() = default;
  virtual Status EncodeValue(int64_t row, Writer* writer) const = 0;

  Status Encode(int64_t row, Writer* writer) const {
    if (array != nullptr && array->IsValid(row)) {
      if (branch >= 0) writer->Long(branch);
      return EncodeValue(row, writer);
    }
    if (null_branch < 0)
      return Status::Invalid("the value is NULL, and the schema has no null for it");
    writer->Long(null_branch);
    return Status::OK();
  }

  const arrow::Array* const array;  // none: always null
  int branch = -1;                  // of a union, that it is; none: the field is no union
  int null_branch = -1;
};

namespace {

using Id = arrow::Type;
using Kind = Type::Kind;
using Column = RowEncoder::Column;
using ColumnPtr = std::unique_ptr<Column>;

Result<ColumnPtr> MakeColumn(const Type& type, const arrow::Array& array);

// A column of a class of Arrow arrays, written by a function of array, row and writer.
template <typename ArrayType, typename Write>
struct ValueColumn : Column {
  ValueColumn(const arrow::Array& array, Write write) : Column(&array), write(std::move(write)) {}
  Status EncodeValue(int64_t row, Writer* writer) const override {
    return write(static_cast<const ArrayType&>(*array), row, writer);
  }
  const Write write;
};

template <typename ArrayType, typename Write>
ColumnPtr Make(const arrow::Array& array, Write write) {
  return std::make_unique<ValueColumn<ArrayType, Write>>(array, std::move(write));
}

// Numbers: as Avro's int or long, or as a real that holds them all.
template <typename ArrayType>
ColumnPtr MakeNumber(Kind kind, const arrow::Array& array) {
  constexpr bool kIsReal = std::is_floating_point_v<typename ArrayType::value_type>;
  constexpr size_t kSize = sizeof(typename ArrayType::value_type);
  if (!kIsReal && (kind == Kind::kLong || (kind == Kind::kInt && kSize <= 4))) {
    return Make<ArrayType>(array, [](const ArrayType& values, int64_t row, Writer* writer) {
      writer->Long(static_cast<int64_t>(values.Value(row)));
      return Status::OK();
    });
  }
  if (kind == Kind::kFloat && (kIsReal ? kSize == 4 : kSize <= 2)) {
    return Make<ArrayType>(array, [](const ArrayType& values, int64_t row, Writer* writer) {
      writer->Float(static_cast<float>(values.Value(row)));
      return Status::OK();
    });
  }
  if (kind == Kind::kDouble && (kIsReal || kSize <= 4)) {
    return Make<ArrayType>(array, [](const ArrayType& values, int64_t row, Writer* writer) {
      writer->Double(static_cast<double>(values.Value(row)));
      return Status::OK();
    });
  }
  return nullptr;
}

ColumnPtr MakeTimestamp(const Type& type, const arrow::Array& array) {
  const bool millis = type.logical_type.ends_with("timestamp-millis");
  if (type.kind != Kind::kLong || (!millis && !type.logical_type.ends_with("timestamp-micros")))
    return nullptr;
  const int64_t divide = millis ? 1000 : 1;
  return Make<arrow::TimestampArray>(
      array, [divide](const arrow::TimestampArray& values, int64_t row, Writer* writer) {
        const int64_t value = values.Value(row);
        writer->Long(value / divide - (value % divide < 0 ? 1 : 0));
        return Status::OK();
      });
}

ColumnPtr MakeEnum(const Type& type, const arrow::Array& array) {
  std::unordered_map<std::string_view, int64_t> symbols;
  for (size_t i = 0; i < type.symbols.size(); ++i)
    symbols.emplace(type.symbols[i], static_cast<int64_t>(i));
  return Make<arrow::StringArray>(
      array,
      [symbols = std::move(symbols)](const arrow::StringArray& values, int64_t row,
                                     Writer* writer) -> Status {
        const auto symbol = symbols.find(values.GetView(row));
        if (symbol == symbols.end())
          return Status::Invalid("the enum of the schema has no symbol '", values.GetView(row),
                                 "'");
        writer->Long(symbol->second);
        return Status::OK();
      });
}

ColumnPtr MakeBytes(const Type& type, const arrow::Array& array) {
  if (type.kind == Kind::kFixed && array.type_id() == Id::BINARY) {
    return Make<arrow::BinaryArray>(array,
                                    [size = type.size](const arrow::BinaryArray& values,
                                                       int64_t row, Writer* writer) -> Status {
                                      const std::string_view value = values.GetView(row);
                                      if (std::ssize(value) != size)
                                        return Status::Invalid("a fixed of ", size,
                                                               " bytes cannot hold ", value.size());
                                      writer->Fixed(value);
                                      return Status::OK();
                                    });
  }
  const bool is_text = array.type_id() == Id::STRING;
  if (is_text && type.kind == Kind::kEnum) return MakeEnum(type, array);
  if (type.kind != Kind::kBytes && !(is_text && type.kind == Kind::kString)) return nullptr;
  if (type.logical_type == "decimal") return nullptr;
  return Make<arrow::BinaryArray>(
      array, [](const arrow::BinaryArray& values, int64_t row, Writer* writer) {
        writer->String(values.GetView(row));
        return Status::OK();
      });
}

// Big-endian two's complement; as bytes the shortest.
Status WriteDecimal(__int128 value, int64_t fixed_size, Writer* writer) {
  std::array<char, 16> bytes;
  for (size_t i = bytes.size(); i-- > 0; value >>= 8) bytes[i] = static_cast<char>(value & 0xFF);
  const char sign = (bytes[0] & 0x80) != 0 ? '\xff' : '\0';
  size_t cut = 0;  // bytes that only repeat the sign
  while (cut + 1 < bytes.size() && bytes[cut] == sign && ((bytes[cut + 1] ^ sign) & 0x80) == 0)
    ++cut;
  const std::string_view shortest(bytes.data() + cut, bytes.size() - cut);
  if (fixed_size < 0) {
    writer->String(shortest);
    return Status::OK();
  }
  if (std::ssize(shortest) > fixed_size)
    return Status::Invalid("the decimal doesn't fit into ", fixed_size, " bytes");
  writer->Fixed(std::string(static_cast<size_t>(fixed_size) - shortest.size(), sign));
  writer->Fixed(shortest);
  return Status::OK();
}

ColumnPtr MakeDecimal(const Type& type, const arrow::Array& array) {
  const auto& decimal = static_cast<const arrow::DecimalType&>(*array.type());
  const int scale_up = type.scale - decimal.scale();
  if (type.logical_type != "decimal" || scale_up < 0 || type.precision > 38 ||
      type.precision - type.scale < decimal.precision() - decimal.scale())
    return nullptr;
  __int128 factor = 1;
  for (int i = 0; i < scale_up; ++i) factor *= 10;
  const int64_t fixed_size = type.kind == Kind::kFixed ? type.size : -1;
  return Make<arrow::Decimal128Array>(
      array,
      [factor, fixed_size](const arrow::Decimal128Array& values, int64_t row, Writer* writer) {
        const arrow::Decimal128 value(values.GetValue(row));
        const auto number = static_cast<__int128>(value.high_bits()) << 64 |
                            static_cast<__int128>(value.low_bits());
        return WriteDecimal(number * factor, fixed_size, writer);
      });
}

// The children are sliced as the parent is, so that their rows count from its values' start.
struct RecordColumn : Column {
  using Column::Column;
  Status EncodeValue(int64_t row, Writer* writer) const override { return EncodeRow(row, writer); }
  Status EncodeRow(int64_t row, Writer* writer) const {
    for (const auto& [name, field] : fields) {
      const Status status = field->Encode(row, writer);
      if (!status.ok()) return WithContext("'" + name + "'", status);
    }
    return Status::OK();
  }
  std::vector<std::pair<std::string, ColumnPtr>> fields;
};

struct NullColumn : Column {
  explicit NullColumn(int branch) : Column(nullptr) { null_branch = branch; }
  Status EncodeValue(int64_t, Writer*) const override { return Status::OK(); }
};

// `column_at` returns the array of a column.
template <typename ColumnAt>
Status AddFields(const Type& type, const arrow::FieldVector& columns, ColumnAt column_at,
                 RecordColumn* record) {
  std::vector<bool> is_written(columns.size());
  for (const auto& [name, field_type] : type.fields) {
    const auto found = std::ranges::find(columns, name, &arrow::Field::name);
    if (found == columns.end()) {
      const auto null = std::ranges::find(field_type->branches, Kind::kNull, &Type::kind);
      if (null == field_type->branches.end())
        return Status::Invalid("the schema needs a field '", name, "'");
      record->fields.emplace_back(name, std::make_unique<NullColumn>(
                                            static_cast<int>(null - field_type->branches.begin())));
      continue;
    }
    const auto index = static_cast<int>(found - columns.begin());
    is_written[index] = true;
    auto column = MakeColumn(*field_type, column_at(index));
    if (!column.ok()) return WithContext("'" + name + "'", column.status());
    record->fields.emplace_back(name, *std::move(column));
  }
  for (size_t i = 0; i < columns.size(); ++i)
    if (!is_written[i])
      return Status::Invalid("the schema has no field '", columns[i]->name(), "'");
  return Status::OK();
}

// Lists and, with keys, maps.
struct ListColumn : Column {
  using Column::Column;
  Status EncodeValue(int64_t row, Writer* writer) const override {
    const auto& list = static_cast<const arrow::ListArray&>(*array);
    const int64_t length = list.value_length(row);
    if (length > 0) writer->Long(length);
    for (int64_t i = list.value_offset(row); i < list.value_offset(row) + length; ++i) {
      if (map_keys != nullptr)
        writer->String(static_cast<const arrow::StringArray&>(*map_keys).GetView(i));
      RETURN_NOT_OK(items->Encode(i, writer));
    }
    writer->Long(0);
    return Status::OK();
  }
  std::shared_ptr<arrow::Array> map_keys, values;
  ColumnPtr items;
};

Result<ColumnPtr> MakeNested(const Type& type, const arrow::Array& array) {
  if (type.kind == Kind::kRecord && array.type_id() == Id::STRUCT) {
    auto record = std::make_unique<RecordColumn>(&array);
    const auto& values = static_cast<const arrow::StructArray&>(array);
    RETURN_NOT_OK(AddFields(
        type, array.type()->fields(),
        [&](int i) -> const arrow::Array& { return *values.field(i); }, record.get()));
    return record;
  }
  auto list = std::make_unique<ListColumn>(&array);
  if (type.kind == Kind::kMap && array.type_id() == Id::MAP) {
    const auto& map = static_cast<const arrow::MapArray&>(array);
    if (map.keys()->type_id() != Id::STRING) return nullptr;
    list->map_keys = map.keys();
    list->values = map.items();
  } else if (type.kind == Kind::kArray && array.type_id() == Id::LIST) {
    list->values = static_cast<const arrow::ListArray&>(array).values();
  } else {
    return nullptr;
  }
  ASSIGN_OR_RAISE(list->items, MakeColumn(*type.items, *list->values));
  return list;
}

// Null where the column doesn't fit.
Result<ColumnPtr> MakeNotNull(const Type& type, const arrow::Array& array) {
  switch (array.type_id()) {
    case Id::BOOL:
      if (type.kind != Kind::kBoolean) return nullptr;
      return Make<arrow::BooleanArray>(
          array, [](const arrow::BooleanArray& values, int64_t row, Writer* writer) {
            writer->Bool(values.Value(row));
            return Status::OK();
          });
    case Id::INT8:
      return MakeNumber<arrow::Int8Array>(type.kind, array);
    case Id::INT16:
      return MakeNumber<arrow::Int16Array>(type.kind, array);
    case Id::INT32:
      return MakeNumber<arrow::Int32Array>(type.kind, array);
    case Id::INT64:
      return MakeNumber<arrow::Int64Array>(type.kind, array);
    case Id::FLOAT:
      return MakeNumber<arrow::FloatArray>(type.kind, array);
    case Id::DOUBLE:
      return MakeNumber<arrow::DoubleArray>(type.kind, array);
    case Id::DATE32:
      if (type.logical_type != "date") return nullptr;
      return MakeNumber<arrow::Date32Array>(type.kind, array);
    case Id::TIMESTAMP:
      return MakeTimestamp(type, array);
    case Id::STRING:
    case Id::BINARY:
      return MakeBytes(type, array);
    case Id::DECIMAL128:
      return MakeDecimal(type, array);
    default:
      return MakeNested(type, array);
  }
}

Result<ColumnPtr> MakeColumn(const Type& type, const arrow::Array& array) {
  if (type.kind != Kind::kUnion) {
    ASSIGN_OR_RAISE(ColumnPtr column, MakeNotNull(type, array));
    if (column != nullptr) return column;
    return Status::Invalid("the column is ", array.type()->ToString(), ", and its field ",
                           Describe(type));
  }
  ColumnPtr column;
  Status why;
  int null_branch = -1;
  for (size_t i = 0; i < type.branches.size(); ++i) {
    if (type.branches[i]->kind == Kind::kNull) {
      null_branch = static_cast<int>(i);
    } else if (column == nullptr) {
      auto made = MakeColumn(*type.branches[i], array);
      if (!made.ok()) {
        why = made.status();
        continue;
      }
      column = *std::move(made);
      column->branch = static_cast<int>(i);
    }
  }
  if (column == nullptr)
    return why.ok() ? Status::Invalid("the field takes nothing but null") : why;
  column->null_branch = null_branch;
  return column;
}

}  // namespace

RowEncoder::RowEncoder(std::unique_ptr<Column> record) : record_(std::move(record)) {}
RowEncoder::~RowEncoder() = default;

Result<std::unique_ptr<RowEncoder>> RowEncoder::Make(const Type& writer,
                                                     const arrow::RecordBatch& batch) {
  if (writer.kind != Kind::kRecord)
    return Status::Invalid("expected the schema of a record, found ", Describe(writer));
  auto record = std::make_unique<RecordColumn>(nullptr);
  RETURN_NOT_OK(AddFields(
      writer, batch.schema()->fields(),
      [&](int i) -> const arrow::Array& { return *batch.column(i); }, record.get()));
  return std::unique_ptr<RowEncoder>(new RowEncoder(std::move(record)));
}

Status RowEncoder::Encode(int64_t row, std::string* out) const {
  Writer writer(out);
  return record_->EncodeValue(row, &writer);
}

}  // namespace headrace::avro
