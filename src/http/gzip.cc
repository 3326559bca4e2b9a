#include "http/gzip.h"

#include <zlib.h>

#include <limits>
#include <memory>

namespace headrace::http {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, with gzip's header

}  // namespace

Result<std::string> Gzip(std::string_view data) {
  if (data.size() > std::numeric_limits<uInt>::max())
    return Status::CapacityError("a body of more than 4 GiB");
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return Status::OutOfMemory("zlib cannot begin");
  std::string out(deflateBound(&stream, data.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return Status::IOError("zlib cannot compress a body");
  return out;
}

Result<std::string> Gunzip(std::string_view data, int64_t bytes_max) {
  if (data.size() > std::numeric_limits<uInt>::max())
    return Status::CapacityError("a compressed body of more than 4 GiB");
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return Status::OutOfMemory("zlib cannot begin");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  std::string out;
  char piece[16384];
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof(piece);
    const int result = inflate(&stream, Z_NO_FLUSH);
    out.append(piece, sizeof(piece) - stream.avail_out);
    if (static_cast<int64_t>(out.size()) > bytes_max)
      return Status::CapacityError("a compressed body holds more than ", bytes_max, " bytes");
    if (result == Z_STREAM_END && stream.avail_in == 0) return out;
    if (result == Z_STREAM_END && inflateReset(&stream) == Z_OK) continue;  // the next member
    if (result != Z_OK) {
      return Status::Invalid("a compressed body is ",
                             result == Z_BUF_ERROR ? "cut off" : "malformed");
    }
  }
}

}  // namespace headrace::http
