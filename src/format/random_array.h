// Random types and arrays for property tests; the same seed gives the same.
#pragma once

#include <arrow/array.h>
#include <arrow/array/builder_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/builder.h>
#include <arrow/type.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace headrace::format {

// Ends the program where `status` is an error: in a test's or benchmark's own scaffolding.
inline void Require(const arrow::Status& status) {
  if (!status.ok()) status.Abort();
}

class RandomArrays {
 public:
  explicit RandomArrays(uint64_t seed) : random_(seed) {}

  int64_t Below(int64_t bound) {
    return std::uniform_int_distribution<int64_t>(0, bound - 1)(random_);
  }

  // A type nested at most `depth` deep.
  std::shared_ptr<arrow::DataType> Type(int depth) {
    switch (Below(depth > 0 ? 16 : 13)) {
      case 0:
        return arrow::boolean();
      case 1:
        return arrow::int8();
      case 2:
        return arrow::int16();
      case 3:
        return arrow::int32();
      case 4:
        return arrow::int64();
      case 5:
        return arrow::float32();
      case 6:
        return arrow::float64();
      case 7:
        return arrow::decimal128(static_cast<int32_t>(1 + Below(38)), 0);
      case 8:
        return arrow::utf8();
      case 9:
        return arrow::binary();
      case 10:
        return arrow::date32();
      case 11:
        return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
      case 12:
        return arrow::null();
      case 13: {
        arrow::FieldVector fields;
        for (int64_t i = 0, count = 1 + Below(4); i < count; ++i)
          fields.push_back(arrow::field("f" + std::to_string(i), Type(depth - 1)));
        return arrow::struct_(fields);
      }
      case 14:
        return arrow::list(Type(depth - 1));
      default:
        return arrow::map(arrow::utf8(), Type(depth - 1));
    }
  }

  std::shared_ptr<arrow::Array> Array(const std::shared_ptr<arrow::DataType>& type,
                                      int64_t length) {
    auto builder = arrow::MakeBuilder(type).ValueOrDie();
    for (int64_t i = 0; i < length; ++i) Append(builder.get(), *type, true);
    return builder->Finish().ValueOrDie();
  }

  // Integers of all magnitudes, the ends of their range among them.
  int64_t Integer(int bits) {
    switch (Below(8)) {
      case 0:
        return bits == 64 ? std::numeric_limits<int64_t>::min() : -(int64_t{1} << (bits - 1));
      case 1:
        return bits == 64 ? std::numeric_limits<int64_t>::max() : (int64_t{1} << (bits - 1)) - 1;
      case 2:
        return Below(3) - 1;
      default:
        return static_cast<int64_t>(random_()) >> (64 - bits + Below(bits));
    }
  }

  double Real() {
    switch (Below(8)) {
      case 0:
        return std::nan("");
      case 1:
        return -std::numeric_limits<double>::infinity();
      case 2:
        return 0.0;
      default:
        return std::ldexp(static_cast<double>(random_() >> 11), static_cast<int>(Below(200)) - 150);
    }
  }

  std::string Text() {
    static const std::string pieces[] = {"", "a", "Zürich", "\"", "\\", "\n", "日本", "\x01", " "};
    std::string text;
    for (int64_t i = 0, count = Below(6); i < count; ++i) text += pieces[Below(9)];
    return text;
  }

 private:
  void Append(arrow::ArrayBuilder* builder, const arrow::DataType& type, bool nullable) {
    if (type.id() == arrow::Type::NA || (nullable && Below(5) == 0)) {
      Require(builder->AppendNull());
      return;
    }
    AppendValue(builder, type);
  }

  template <typename Builder, typename T>
  void Put(arrow::ArrayBuilder* builder, T value) {
    Require(static_cast<Builder*>(builder)->Append(value));
  }

  void AppendValue(arrow::ArrayBuilder* builder, const arrow::DataType& type) {
    switch (type.id()) {
      case arrow::Type::BOOL:
        return Put<arrow::BooleanBuilder>(builder, Below(2) == 1);
      case arrow::Type::INT8:
        return Put<arrow::Int8Builder>(builder, static_cast<int8_t>(Integer(8)));
      case arrow::Type::INT16:
        return Put<arrow::Int16Builder>(builder, static_cast<int16_t>(Integer(16)));
      case arrow::Type::INT32:
        return Put<arrow::Int32Builder>(builder, static_cast<int32_t>(Integer(32)));
      case arrow::Type::DATE32:
        return Put<arrow::Date32Builder>(builder, static_cast<int32_t>(Integer(20)));
      case arrow::Type::INT64:
        return Put<arrow::Int64Builder>(builder, Integer(64));
      case arrow::Type::TIMESTAMP:
        return Put<arrow::TimestampBuilder>(builder, Integer(56));
      case arrow::Type::FLOAT:
        return Put<arrow::FloatBuilder>(builder, static_cast<float>(Real()));
      case arrow::Type::DOUBLE:
        return Put<arrow::DoubleBuilder>(builder, Real());
      case arrow::Type::DECIMAL128:
        return Put<arrow::Decimal128Builder>(
            builder, arrow::Decimal128(Below(2) == 0 ? Below(10) : Below(10) - 9));
      case arrow::Type::STRING:
        return Put<arrow::StringBuilder>(builder, Text());
      case arrow::Type::BINARY:
        return Put<arrow::BinaryBuilder>(builder, Text());
      default:
        return AppendNested(builder, type);
    }
  }

  void AppendNested(arrow::ArrayBuilder* builder, const arrow::DataType& type) {
    if (type.id() == arrow::Type::STRUCT) {
      auto* structs = static_cast<arrow::StructBuilder*>(builder);
      Require(structs->Append());
      for (int i = 0; i < type.num_fields(); ++i)
        Append(structs->field_builder(i), *type.field(i)->type(), true);
    } else if (type.id() == arrow::Type::LIST) {
      auto* lists = static_cast<arrow::ListBuilder*>(builder);
      Require(lists->Append());
      for (int64_t i = 0, count = Below(10); i < count; ++i)
        Append(lists->value_builder(), *type.field(0)->type(), true);
    } else {
      auto* maps = static_cast<arrow::MapBuilder*>(builder);
      const auto& map = static_cast<const arrow::MapType&>(type);
      Require(maps->Append());
      for (int64_t i = 0, count = Below(4); i < count; ++i) {
        Put<arrow::StringBuilder>(maps->key_builder(), "key" + std::to_string(i));
        Append(maps->item_builder(), *map.item_type(), true);
      }
    }
  }

  std::mt19937_64 random_;
};

}  // namespace headrace::format
