#include "avro/container.h"

#include <zlib.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "avro/json.h"

namespace headrace::avro {
namespace {

constexpr std::string_view kMagic("Obj\x01", 4);
constexpr size_t kSyncBytes = 16;
constexpr size_t kUnpackedBytesMax = 256 << 20;

std::string RandomSync() {
  static thread_local std::mt19937_64 generator{std::random_device{}()};
  std::string sync;
  while (sync.size() < kSyncBytes) sync.push_back(static_cast<char>(generator()));
  return sync;
}

// Unpacks raw deflate data (RFC 1951).
Result<std::string> Inflate(std::string_view packed, size_t bytes_max) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return Status::OutOfMemory("zlib");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  int result = Z_OK;
  char buffer[16 << 10];
  while (result == Z_OK && out.size() <= bytes_max) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof(buffer);
    result = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer, sizeof(buffer) - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END) return Status::Invalid("an Avro block is no deflate data");
  return out;
}

Result<std::map<std::string, std::string>> ReadHeader(Reader* reader) {
  std::map<std::string, std::string> header;
  if (reader->Fixed(kMagic.size()) != kMagic)
    return Status::Invalid("the file is no Avro container");
  for (int64_t count = reader->Block(); count > 0; count = reader->Block()) {
    for (; count > 0 && !reader->failed(); --count) {
      const std::string key(reader->String());
      header[key] = std::string(reader->String());
    }
  }
  if (reader->failed()) return Status::Invalid("the header of an Avro container is broken");
  return header;
}

}  // namespace

Result<std::string> WriteContainer(std::string_view schema_json, const nlohmann::json& record) {
  ASSIGN_OR_RAISE(const TypePtr type, ParseSchema(schema_json));
  std::string body;
  Writer body_writer(&body);
  RETURN_NOT_OK(EncodeJson(*type, record, &body_writer));
  const std::string sync = RandomSync();
  std::string file(kMagic);
  Writer writer(&file);
  writer.Long(2);
  writer.String("avro.schema");
  writer.String(schema_json);
  writer.String("avro.codec");
  writer.String("null");
  writer.Long(0);
  writer.Fixed(sync);
  writer.Long(1);  // records of the block
  writer.String(body);
  writer.Fixed(sync);
  return file;
}

Result<std::vector<nlohmann::json>> ReadContainer(std::string_view file) {
  Reader reader(file);
  ASSIGN_OR_RAISE(auto header, ReadHeader(&reader));
  const std::string codec = header["avro.codec"];
  if (!codec.empty() && codec != "null" && codec != "deflate")
    return Status::Invalid("an Avro container has the codec '", codec, "', which isn't read");
  ASSIGN_OR_RAISE(const TypePtr type, ParseSchema(header["avro.schema"]));
  const std::string_view sync = reader.Fixed(kSyncBytes);
  std::vector<nlohmann::json> records;
  size_t unpacked = 0;
  while (reader.remaining() > 0) {
    const int64_t count = reader.Long();
    std::string_view body = reader.String();
    const std::string_view end = reader.Fixed(kSyncBytes);
    if (reader.failed() || end != sync) return Status::Invalid("an Avro block is cut or broken");
    std::string inflated;
    if (codec == "deflate") {
      ASSIGN_OR_RAISE(inflated, Inflate(body, kUnpackedBytesMax - unpacked));
      body = inflated;
    }
    unpacked += body.size();
    if (unpacked > kUnpackedBytesMax) return Status::Invalid("an Avro container is too large");
    if (count < 0 || static_cast<uint64_t>(count) > body.size())
      return Status::Invalid("an Avro block has an impossible number of records");
    Reader block(body);
    for (int64_t i = 0; i < count; ++i) {
      ASSIGN_OR_RAISE(nlohmann::json record, DecodeJson(*type, &block));
      records.push_back(std::move(record));
    }
  }
  if (reader.failed()) return Status::Invalid("an Avro container is cut");
  return records;
}

}  // namespace headrace::avro
