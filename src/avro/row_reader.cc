#include "avro/row_reader.h"

#include <arrow/util/utf8.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "avro/binary.h"
#include "avro/read_plan.h"
#include "base/json_pointer.h"

namespace headrace::avro {
namespace {

using Action = ReadPlan::Action;
using Kind = Type::Kind;

// Passes over a value that nobody reads. Recursion is as deep as the schema.
void Skip(const Type& type, Reader* in) {
  switch (type.kind) {
    case Kind::kNull:
      in->Count();
      return;
    case Kind::kBoolean:
      in->Bool();
      return;
    case Kind::kInt:
    case Kind::kLong:
      in->Long();
      return;
    case Kind::kFloat:
      in->Float();
      return;
    case Kind::kDouble:
      in->Double();
      return;
    case Kind::kBytes:
    case Kind::kString:
      in->String();
      return;
    case Kind::kFixed:
      in->Fixed(type.size);
      return;
    case Kind::kEnum:
      if (static_cast<uint64_t>(in->Long()) >= type.symbols.size()) in->Fail();
      return;
    case Kind::kArray:
    case Kind::kMap:
      for (int64_t count = in->Block(); count > 0; count = in->Block()) {
        for (; count > 0 && !in->failed(); --count) {
          if (type.kind == Kind::kMap) in->String();
          Skip(*type.items, in);
        }
      }
      return;
    case Kind::kRecord:
      if (!in->Count()) return;
      for (const auto& field : type.fields) Skip(*field.second, in);
      return;
    case Kind::kUnion: {
      const auto branch = static_cast<uint64_t>(in->Long());
      if (branch >= type.branches.size()) return in->Fail();
      return Skip(*type.branches[branch], in);
    }
  }
}

// The two's complement of `bytes`, big-endian; false where it has none or exceeds 128 bits.
bool ReadInt128(std::string_view bytes, __int128* out) {
  if (bytes.empty()) return false;
  const bool negative = (bytes[0] & 0x80) != 0;
  const char sign = negative ? '\xff' : '\0';
  while (bytes.size() > 16 && bytes[0] == sign) bytes.remove_prefix(1);
  if (bytes.size() > 16 || ((bytes[0] & 0x80) != 0) != negative) return false;
  auto value = static_cast<unsigned __int128>(negative ? -1 : 0);
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  *out = static_cast<__int128>(value);
  return true;
}

std::string UuidText(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHex[static_cast<uint8_t>(bytes[i]) >> 4];
    text += kHex[bytes[i] & 15];
  }
  return text;
}

// One row on its way into columns.
class RowInput {
 public:
  RowInput(std::string_view bytes, std::string* path, std::string* reason, Status* fatal)
      : in_(bytes), path_(*path), reason_(*reason), fatal_(*fatal) {}

  bool ReadRow(const ReadPlan& plan, std::vector<ColumnBuilder>* columns) {
    if (plan.action == Action::kMisfit) return Reject(plan.reason);
    return ReadFields(plan, [&](int column) -> ColumnBuilder& { return (*columns)[column]; });
  }

  bool AtEnd() {
    if (in_.failed()) return Broken();
    if (in_.remaining() == 0) return true;
    return Reject("malformed Avro: " + std::to_string(in_.remaining()) +
                  " bytes follow the record");
  }

 private:
  // Recursion is as deep as the columns.
  bool Read(const ReadPlan& plan, ColumnBuilder* out) {
    switch (plan.action) {
      case Action::kSkip:
        Skip(*plan.writer, &in_);
        return true;
      case Action::kNull:
        return in_.Count() ? Null(plan, out) : Broken();
      case Action::kBoolean: {
        const bool value = in_.Bool();
        return in_.failed() ? Broken() : Put(out->AppendFixed(static_cast<uint8_t>(value)));
      }
      case Action::kInt8:
        return ReadInteger<int8_t>(out);
      case Action::kInt16:
        return ReadInteger<int16_t>(out);
      case Action::kInt32:
      case Action::kDate:
        return ReadInteger<int32_t>(out);
      case Action::kInt64:
        return ReadInteger<int64_t>(out);
      case Action::kIntegerToFloat:
        return Append(out, static_cast<float>(in_.Long()));
      case Action::kIntegerToDouble:
        return Append(out, static_cast<double>(in_.Long()));
      case Action::kTimestamp:
        return ReadTimestamp(plan, out);
      case Action::kFloat:
        return Append(out, in_.Float());
      case Action::kFloatToDouble:
        return Append(out, static_cast<double>(in_.Float()));
      case Action::kDouble:
        return Append(out, in_.Double());
      case Action::kText:
        return ReadText(out);
      case Action::kBinary:
        return AppendBytes(out, in_.String());
      case Action::kFixedToBinary:
        return AppendBytes(out, in_.Fixed(plan.writer->size));
      case Action::kEnumToText:
      case Action::kEnumToBinary:
        return ReadEnum(plan, out);
      case Action::kUuidToText:
        return AppendBytes(out, UuidText(in_.Fixed(plan.writer->size)));
      case Action::kBytesToDecimal:
        return ReadDecimal(plan, in_.String(), out);
      case Action::kFixedToDecimal:
        return ReadDecimal(plan, in_.Fixed(plan.writer->size), out);
      case Action::kList:
        return ReadList(plan, out);
      case Action::kMap:
        return ReadMap(plan, out);
      case Action::kStruct:
        return ReadFields(plan, [&](int child) -> ColumnBuilder& { return out->child(child); }) &&
               Put(out->AppendStruct());
      case Action::kUnion: {
        const auto branch = static_cast<uint64_t>(in_.Long());
        if (in_.failed() || branch >= plan.children.size()) return Broken();
        return Read(plan.children[branch], out);
      }
      case Action::kMisfit:
        return Reject(plan.reason);
    }
    return false;
  }

  template <typename ColumnAt>
  bool ReadFields(const ReadPlan& plan, ColumnAt column_at) {
    if (!in_.Count()) return Broken();
    for (size_t i = 0; i < plan.children.size(); ++i) {
      const ReadPlan& field = plan.children[i];
      if (field.column < 0) {
        Skip(*field.writer, &in_);
      } else if (!Read(field, &column_at(field.column))) {
        return Within(plan.writer->fields[i].first);
      }
    }
    for (const int column : plan.unwritten)
      if (!Put(column_at(column).AppendNull())) return false;
    return true;
  }

  template <typename T>
  bool ReadInteger(ColumnBuilder* out) {
    const int64_t value = in_.Long();
    if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max())
      return Reject("the number " + std::to_string(value) + " is out of the range of the column");
    return Append(out, static_cast<T>(value));
  }

  bool ReadTimestamp(const ReadPlan& plan, ColumnBuilder* out) {
    const int64_t value = in_.Long();
    int64_t micros = 0;
    if (__builtin_mul_overflow(value, plan.multiply, &micros))
      return Reject("the time " + std::to_string(value) + " is out of the range of TIMESTAMP");
    if (plan.divide != 1) micros = value / plan.divide - (value % plan.divide < 0 ? 1 : 0);
    return Append(out, micros);
  }

  bool ReadDecimal(const ReadPlan& plan, std::string_view bytes, ColumnBuilder* out) {
    if (in_.failed()) return Broken();
    __int128 value = 0;
    if (!ReadInt128(bytes, &value) || __builtin_mul_overflow(value, plan.factor, &value) ||
        value >= plan.limit || value <= -plan.limit)
      return Reject("the decimal has more digits than the column, or none");
    return Put(out->AppendFixed(value));
  }

  bool ReadText(ColumnBuilder* out) {
    const std::string_view text = in_.String();
    if (!arrow::util::ValidateUTF8(text)) return Reject("the text is not UTF-8");
    return AppendBytes(out, text);
  }

  bool ReadEnum(const ReadPlan& plan, ColumnBuilder* out) {
    const auto symbol = static_cast<uint64_t>(in_.Long());
    if (in_.failed() || symbol >= plan.writer->symbols.size()) return Broken();
    return AppendBytes(out, plan.writer->symbols[symbol]);
  }

  bool ReadList(const ReadPlan& plan, ColumnBuilder* out) {
    int64_t index = 0;
    for (int64_t count = in_.Block(); count > 0; count = in_.Block()) {
      for (; count > 0; --count, ++index)
        if (!Read(plan.children[0], &out->child(0))) return Within(std::to_string(index));
    }
    return in_.failed() ? Broken() : Put(out->AppendList());
  }

  bool ReadMap(const ReadPlan& plan, ColumnBuilder* out) {
    ColumnBuilder& entries = out->child(0);
    for (int64_t count = in_.Block(); count > 0; count = in_.Block()) {
      for (; count > 0; --count) {
        const std::string_view key = in_.String();
        if (!arrow::util::ValidateUTF8(key)) return Reject("the key of a map is not UTF-8");
        if (!AppendBytes(&entries.child(0), key)) return false;
        if (!Read(plan.children[0], &entries.child(1))) return Within(key);
        if (!Put(entries.AppendStruct())) return false;
      }
    }
    if (in_.failed()) return Broken();
    if (HasKeyTwice(*out)) return Reject("a map has a key twice");
    return Put(out->AppendList());
  }

  // Of the entries that were just read.
  static bool HasKeyTwice(ColumnBuilder& map) {
    const int64_t count = map.open_elements();
    if (count < 2) return false;
    const ColumnBuilder& keys = map.child(0).child(0);
    std::vector<std::string_view> sorted;
    for (int64_t i = keys.length() - count; i < keys.length(); ++i)
      sorted.push_back(keys.BytesAt(i));
    std::ranges::sort(sorted);
    return std::ranges::adjacent_find(sorted) != sorted.end();
  }

  bool Null(const ReadPlan& plan, ColumnBuilder* out) {
    return plan.nullable ? Put(out->AppendNull())
                         : Reject("the column is NOT NULL, and the value is null");
  }

  template <typename T>
  bool Append(ColumnBuilder* out, T value) {
    return in_.failed() ? Broken() : Put(out->AppendFixed(value));
  }

  bool AppendBytes(ColumnBuilder* out, std::string_view bytes) {
    return in_.failed() ? Broken() : Put(out->AppendBytes(bytes));
  }

  bool Put(Status status) {
    if (status.ok()) [[likely]] {
      return true;
    }
    fatal_ = std::move(status);
    return false;
  }

  bool Reject(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }

  bool Broken() {
    return Reject("malformed Avro: the bytes end too early, or are of another schema");
  }

  bool Within(std::string_view segment) {
    PutWithin(segment, &path_);
    return false;
  }

  Reader in_;
  std::string& path_;
  std::string& reason_;
  Status& fatal_;
};

}  // namespace

RowReader::RowReader(TypePtr writer, std::shared_ptr<arrow::Schema> reader,
                     std::string (*type_name)(const arrow::DataType&))
    : writer_(std::move(writer)),
      reader_(std::move(reader)),
      plan_(std::make_unique<const ReadPlan>(PlanRow(*writer_, *reader_, type_name))) {
  arrow::util::InitializeUTF8();
}

RowReader::~RowReader() = default;

bool RowReader::Read(std::string_view row, std::vector<ColumnBuilder>* columns) {
  path_.clear();
  RowInput input(row, &path_, &reason_, &fatal_);
  return input.ReadRow(*plan_, columns) && input.AtEnd();
}

}  // namespace headrace::avro
