#include "source/http_cursor.h"

#include <charconv>

#include "log/record.h"

namespace headrace::source {
namespace {

bool ParseNumber(std::string_view text, int64_t* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string EncodeCursor(const HttpCursor& cursor) {
  const std::string poll = std::to_string(cursor.progress.poll);
  const std::string page = std::to_string(cursor.progress.resume_page);
  log::RecordBlockBuilder builder;
  builder.Append({.headers = {{"poll", poll},
                              {"etag", cursor.progress.validators.etag},
                              {"last_modified", cursor.progress.validators.last_modified},
                              {"resume_url", cursor.progress.resume_url},
                              {"resume_page", page}}});
  for (const auto& [identity, version] : cursor.versions) {
    builder.Append({.key = identity, .value = version});
  }
  return builder.Finish();
}

Result<HttpCursor> DecodeCursor(std::string bytes) {
  ASSIGN_OR_RAISE(const auto block, log::RecordBlock::Parse(std::move(bytes), 0));
  if (block.records() == 0) return Status::Invalid("the cursor of an HTTP source is empty");
  HttpCursor cursor;
  for (const auto& [name, value] : block.record(0).headers) {
    bool good = true;
    if (name == "poll") good = ParseNumber(value, &cursor.progress.poll);
    if (name == "etag") cursor.progress.validators.etag = value;
    if (name == "last_modified") cursor.progress.validators.last_modified = value;
    if (name == "resume_url") cursor.progress.resume_url = value;
    if (name == "resume_page") good = ParseNumber(value, &cursor.progress.resume_page);
    if (!good) return Status::Invalid("the cursor of an HTTP source has no number as its ", name);
  }
  for (int64_t i = 1; i < block.records(); ++i) {
    const log::Record record = block.record(i);
    cursor.versions.emplace(record.key, record.value);
  }
  return cursor;
}

std::string CursorName(int32_t partition) { return "http." + std::to_string(partition); }

}  // namespace headrace::source
