#include "hudi/delete_block.h"

#include "avro/binary.h"
#include "hudi/big_endian.h"

namespace headrace::hudi {
namespace {

constexpr int32_t kVersion = 3;

// The branches of the union that orderingVal is: one wrapper record a type.
enum Wrapper : int64_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kDate,
  kDecimal,
  kTimeMicros,
  kTimestampMicros,
  kArray,
};

void WriteOrdering(const OrderingValue& value, const arrow::DataType& type, avro::Writer* writer) {
  switch (type.id()) {
    // Spark compares a date as its days and a timestamp as its microseconds; given the wrappers of
    // their own it fails to compare them.
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
      writer->Long(kInt);
      writer->Long(std::get<int64_t>(value));
      break;
    case arrow::Type::FLOAT:
      writer->Long(kFloat);
      writer->Float(static_cast<float>(std::get<double>(value)));
      break;
    case arrow::Type::DOUBLE:
      writer->Long(kDouble);
      writer->Double(std::get<double>(value));
      break;
    case arrow::Type::STRING:
      writer->Long(kString);
      writer->String(std::get<std::string>(value));
      break;
    default:  // CanOrder() lets only integers and timestamps through to here
      writer->Long(kLong);
      writer->Long(std::get<int64_t>(value));
  }
}

OrderingValue ReadDecimal(avro::Reader* reader) {
  const std::string_view bytes = reader->String();
  const auto value = arrow::Decimal128::FromBigEndian(
      reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int32_t>(bytes.size()));
  if (value.ok()) return OrderingDecimal{*value};
  reader->Fail();
  return {};
}

OrderingValue ReadOrdering(avro::Reader* reader) {
  switch (reader->Long()) {
    case kNull:
      return {};
    case kBoolean:
      return int64_t{reader->Bool()};
    case kInt: {
      const int64_t value = reader->Long();
      if (value == 0) return {};  // Hudi's way to say: natural order
      return value;
    }
    case kLong:
    case kDate:
    case kTimeMicros:
    case kTimestampMicros:
      return reader->Long();
    case kFloat:
      return double{reader->Float()};
    case kDouble:
      return reader->Double();
    case kBytes:
    case kString:
      return std::string(reader->String());
    case kDecimal:
      return ReadDecimal(reader);
    default:  // kArray: several ordering fields, which no table of ours has
      reader->Fail();
      return {};
  }
}

std::string ReadNullableString(avro::Reader* reader) {
  const int64_t branch = reader->Long();
  if (branch == 0) return "";
  if (branch != 1) reader->Fail();
  return std::string(reader->String());
}

}  // namespace

std::string EncodeDeletes(const std::vector<DeleteRecord>& deletes,
                          const arrow::DataType* ordering_type) {
  std::string list;
  avro::Writer writer(&list);
  if (!deletes.empty()) writer.Long(static_cast<int64_t>(deletes.size()));
  for (const DeleteRecord& record : deletes) {
    writer.Long(1);
    writer.String(record.key);
    writer.Long(1);
    writer.String(record.partition);
    if (ordering_type == nullptr) {
      writer.Long(kInt);
      writer.Long(0);
    } else {
      WriteOrdering(record.ordering, *ordering_type, &writer);
    }
  }
  writer.Long(0);
  std::string content;
  AppendBigEndian(kVersion, &content);
  AppendBigEndian(static_cast<int32_t>(list.size()), &content);
  return content + list;
}

Result<std::vector<DeleteRecord>> DecodeDeletes(std::string_view content) {
  int32_t version = 0, length = 0;
  std::string_view list;
  if (!TakeBigEndian(&content, &version) || !TakeBigEndian(&content, &length) ||
      !TakeBytes(&content, length, &list) || !content.empty())
    return Status::Invalid("a delete block is cut or broken");
  if (version != kVersion)
    return Status::Invalid("a delete block has version ", version, ", headrace reads version ",
                           kVersion, " (Hudi 1.0 and later)");
  avro::Reader reader(list);
  std::vector<DeleteRecord> deletes;
  for (int64_t count = reader.Block(); count > 0; count = reader.Block()) {
    for (; count > 0 && !reader.failed(); --count) {
      DeleteRecord record;
      record.key = ReadNullableString(&reader);
      record.partition = ReadNullableString(&reader);
      record.ordering = ReadOrdering(&reader);
      deletes.push_back(std::move(record));
    }
  }
  if (reader.failed() || reader.remaining() > 0)
    return Status::Invalid("a delete block is no list of deletes with one ordering value each");
  return deletes;
}

}  // namespace headrace::hudi
