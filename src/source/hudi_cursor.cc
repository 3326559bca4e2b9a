#include "source/hudi_cursor.h"

#include <nlohmann/json.hpp>

namespace headrace::source {

using Json = nlohmann::json;

std::string EncodeCursor(const HudiCursor& cursor) {
  return Json{{"from", cursor.from},
              {"to", cursor.to},
              {"part", cursor.part},
              {"rows", cursor.rows},
              {"partitions", cursor.partitions}}
      .dump();
}

Result<HudiCursor> DecodeHudiCursor(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  HudiCursor cursor;
  const auto invalid = [&] { return Status::Invalid("no cursor of a Hudi source: ", text); };
  if (!json.is_object()) return invalid();
  for (const char* key : {"from", "to"})
    if (!json.contains(key) || !json.at(key).is_string()) return invalid();
  for (const char* key : {"part", "rows", "partitions"})
    if (!json.contains(key) || !json.at(key).is_number_integer()) return invalid();
  json.at("from").get_to(cursor.from);
  json.at("to").get_to(cursor.to);
  json.at("part").get_to(cursor.part);
  json.at("rows").get_to(cursor.rows);
  json.at("partitions").get_to(cursor.partitions);
  return cursor;
}

}  // namespace headrace::source
