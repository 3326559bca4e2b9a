#include "source/file_cursor.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <nlohmann/json.hpp>

namespace headrace::source {

using Json = nlohmann::json;

uint64_t HashHead(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string EncodeFileCursor(const std::vector<KnownFile>& files) {
  Json list = Json::array();
  for (const KnownFile& file : files)
    list.push_back({file.path, file.inode, file.offset, file.head_bytes, file.head_hash});
  // A name that is no UTF-8 is not found again by itself after a restart; its file is, by its
  // inode.
  return Json{{"files", std::move(list)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::vector<KnownFile>> DecodeFileCursor(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto invalid = [&] { return Status::Invalid("no cursor of a file source: ", text); };
  if (!json.is_object() || !json.contains("files") || !json.at("files").is_array())
    return invalid();
  std::vector<KnownFile> files;
  for (const Json& entry : json.at("files")) {
    if (!entry.is_array() || entry.size() != 5 || !entry[0].is_string()) return invalid();
    for (size_t i = 1; i < 5; ++i)
      if (!entry[i].is_number_integer()) return invalid();
    files.push_back({entry[0].get<std::string>(), entry[1].get<uint64_t>(), entry[2].get<int64_t>(),
                     entry[3].get<int64_t>(), entry[4].get<uint64_t>()});
  }
  return files;
}

}  // namespace headrace::source
