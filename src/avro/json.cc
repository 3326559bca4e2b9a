#include "avro/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace headrace::avro {
namespace {

using Json = nlohmann::json;
using Kind = Type::Kind;

bool Fits(const Type& type, const Json& value) {
  switch (type.kind) {
    case Kind::kNull:
      return value.is_null();
    case Kind::kBoolean:
      return value.is_boolean();
    case Kind::kInt:
    case Kind::kLong:
      return value.is_number_integer();
    case Kind::kFloat:
    case Kind::kDouble:
      return value.is_number();
    case Kind::kBytes:
    case Kind::kFixed:
      return value.is_binary();
    case Kind::kString:
    case Kind::kEnum:
      return value.is_string();
    case Kind::kRecord:
    case Kind::kMap:
      return value.is_object();
    case Kind::kArray:
      return value.is_array();
    case Kind::kUnion:
      return true;
  }
  return false;
}

Json DefaultOf(const Type& type) {
  switch (type.kind) {
    case Kind::kBoolean:
      return false;
    case Kind::kInt:
    case Kind::kLong:
      return 0;
    case Kind::kFloat:
    case Kind::kDouble:
      return 0.0;
    case Kind::kString:
      return "";
    case Kind::kRecord:
    case Kind::kMap:
      return Json::object();
    case Kind::kArray:
      return Json::array();
    case Kind::kBytes:
      return Json::binary({});
    default:
      return nullptr;
  }
}

std::string_view BytesOf(const Json& value) {
  const auto& bytes = value.get_binary();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Status EncodeUnion(const Type& type, const Json& value, Writer* writer) {
  for (size_t i = 0; i < type.branches.size(); ++i) {
    if (!Fits(*type.branches[i], value)) continue;
    writer->Long(static_cast<int64_t>(i));
    return EncodeJson(*type.branches[i], value, writer);
  }
  if (value.is_null() && !type.branches.empty()) {
    writer->Long(0);
    return EncodeJson(*type.branches[0], DefaultOf(*type.branches[0]), writer);
  }
  return Status::Invalid("no type of the Avro union takes a JSON ", value.type_name());
}

Status EncodeContainer(const Type& type, const Json& value, Writer* writer) {
  if (type.kind == Kind::kRecord) {
    for (const auto& [name, field] : type.fields) {
      const auto found = value.find(name);
      if (found != value.end()) {
        RETURN_NOT_OK(EncodeJson(*field, *found, writer));
      } else {
        RETURN_NOT_OK(EncodeJson(*field, DefaultOf(*field), writer));
      }
    }
    return Status::OK();
  }
  if (!value.empty()) writer->Long(static_cast<int64_t>(value.size()));
  for (const auto& [key, item] : value.items()) {
    if (type.kind == Kind::kMap) writer->String(key);
    RETURN_NOT_OK(EncodeJson(*type.items, item, writer));
  }
  writer->Long(0);
  return Status::OK();
}

Json DecodeValue(const Type& type, Reader* reader);

Json DecodeContainer(const Type& type, Reader* reader) {
  if (type.kind == Kind::kRecord) {
    Json value = Json::object();
    for (const auto& [name, field] : type.fields) {
      if (reader->failed()) break;
      value[name] = DecodeValue(*field, reader);
    }
    return value;
  }
  Json value = type.kind == Kind::kArray ? Json::array() : Json::object();
  for (int64_t count = reader->Block(); count > 0; count = reader->Block()) {
    for (; count > 0 && !reader->failed(); --count) {
      if (type.kind == Kind::kArray) {
        value.push_back(DecodeValue(*type.items, reader));
      } else {
        const std::string key(reader->String());
        value[key] = DecodeValue(*type.items, reader);
      }
    }
  }
  return value;
}

Json DecodeBinary(std::string_view bytes) {
  return Json::binary(std::vector<uint8_t>(bytes.begin(), bytes.end()));
}

Json DecodeValue(const Type& type, Reader* reader) {
  if (!reader->Count()) return nullptr;
  switch (type.kind) {
    case Kind::kNull:
      return nullptr;
    case Kind::kBoolean:
      return reader->Bool();
    case Kind::kInt:
    case Kind::kLong:
      return reader->Long();
    case Kind::kFloat:
      return reader->Float();
    case Kind::kDouble:
      return reader->Double();
    case Kind::kBytes:
      return DecodeBinary(reader->String());
    case Kind::kFixed:
      return DecodeBinary(reader->Fixed(type.size));
    case Kind::kString:
      return std::string(reader->String());
    case Kind::kEnum: {
      const uint64_t index = reader->Long();
      if (index < type.symbols.size()) return type.symbols[index];
      reader->Fail();
      return nullptr;
    }
    case Kind::kUnion: {
      const uint64_t index = reader->Long();
      if (index < type.branches.size()) return DecodeValue(*type.branches[index], reader);
      reader->Fail();
      return nullptr;
    }
    case Kind::kRecord:
    case Kind::kArray:
    case Kind::kMap:
      return DecodeContainer(type, reader);
  }
  return nullptr;
}

}  // namespace

Status EncodeJson(const Type& type, const Json& value, Writer* writer) {
  if (type.kind == Kind::kUnion) return EncodeUnion(type, value, writer);
  if (!Fits(type, value))
    return Status::Invalid("a JSON ", value.type_name(), " doesn't fit the Avro type");
  switch (type.kind) {
    case Kind::kBoolean:
      writer->Bool(value.get<bool>());
      break;
    case Kind::kInt:
    case Kind::kLong:
      writer->Long(value.get<int64_t>());
      break;
    case Kind::kFloat:
      writer->Float(value.get<float>());
      break;
    case Kind::kDouble:
      writer->Double(value.get<double>());
      break;
    case Kind::kBytes:
      writer->String(BytesOf(value));
      break;
    case Kind::kFixed:
      if (static_cast<int64_t>(BytesOf(value).size()) != type.size)
        return Status::Invalid("an Avro fixed has another size");
      writer->Fixed(BytesOf(value));
      break;
    case Kind::kString:
      writer->String(value.get_ref<const std::string&>());
      break;
    case Kind::kEnum: {
      const auto& symbols = type.symbols;
      const auto found = std::find(symbols.begin(), symbols.end(), value.get<std::string>());
      if (found == symbols.end()) return Status::Invalid("no such symbol of an Avro enum");
      writer->Long(found - symbols.begin());
      break;
    }
    case Kind::kRecord:
    case Kind::kArray:
    case Kind::kMap:
      return EncodeContainer(type, value, writer);
    default:
      break;
  }
  return Status::OK();
}

Result<Json> DecodeJson(const Type& type, Reader* reader) {
  Json value = DecodeValue(type, reader);
  if (reader->failed()) return Status::Invalid("the bytes are no Avro value of their schema");
  return value;
}

}  // namespace headrace::avro
