#include "hudi/log_block.h"

#include "hudi/big_endian.h"

namespace headrace::hudi {
namespace {

constexpr std::string_view kMagic = "#HUDI#";
constexpr int32_t kFormatVersion = 1;

void AppendHeader(const std::map<LogHeader, std::string>& header, std::string* out) {
  AppendBigEndian(static_cast<int32_t>(header.size()), out);
  for (const auto& [key, value] : header) {
    AppendBigEndian(static_cast<int32_t>(key), out);
    AppendBigEndian(static_cast<int32_t>(value.size()), out);
    out->append(value);
  }
}

bool TakeHeader(std::string_view* bytes, std::map<LogHeader, std::string>* header) {
  int32_t count = 0;
  if (!TakeBigEndian(bytes, &count) || count < 0) return false;
  for (; count > 0; --count) {
    int32_t key = 0, length = 0;
    std::string_view value;
    if (!TakeBigEndian(bytes, &key) || !TakeBigEndian(bytes, &length) ||
        !TakeBytes(bytes, length, &value))
      return false;
    (*header)[static_cast<LogHeader>(key)] = value;
  }
  return true;
}

// Reads what stands between a block's two sizes.
bool ParseBody(std::string_view body, LogBlock* block) {
  int32_t version = 0, type = 0;
  int64_t length = 0;
  std::map<LogHeader, std::string> footer;
  if (!TakeBigEndian(&body, &version) || version != kFormatVersion) return false;
  if (!TakeBigEndian(&body, &type) || type < 0 || type > 6) return false;
  block->type = static_cast<LogBlockType>(type);
  return TakeHeader(&body, &block->header) && TakeBigEndian(&body, &length) &&
         TakeBytes(&body, length, &block->content) && TakeHeader(&body, &footer) && body.empty();
}

}  // namespace

std::string LogBlock::Header(LogHeader key) const {
  const auto found = header.find(key);
  return found == header.end() ? "" : found->second;
}

void AppendLogBlock(LogBlockType type, const std::map<LogHeader, std::string>& header,
                    std::string_view content, std::string* file) {
  const size_t begin = file->size();
  file->append(kMagic);
  AppendBigEndian<int64_t>(0, file);  // the size, when it is known
  const size_t body = file->size();
  AppendBigEndian(kFormatVersion, file);
  AppendBigEndian(static_cast<int32_t>(type), file);
  AppendHeader(header, file);
  AppendBigEndian(static_cast<int64_t>(content.size()), file);
  file->append(content);
  AppendHeader({}, file);
  std::string size;
  AppendBigEndian(static_cast<int64_t>(file->size() - body + sizeof(int64_t)), &size);
  file->replace(body - size.size(), size.size(), size);
  AppendBigEndian(static_cast<int64_t>(file->size() - begin), file);
}

Result<std::vector<LogBlock>> ParseLogFile(std::string_view file) {
  std::vector<LogBlock> blocks;
  std::string_view rest = file;
  while (!rest.empty()) {
    LogBlock block;
    block.offset = static_cast<int64_t>(file.size() - rest.size());
    const auto broken = [&] {
      return Status::Invalid("the log file has no whole block at byte ", block.offset);
    };
    std::string_view magic, body;
    int64_t size = 0, total = 0;
    if (!TakeBytes(&rest, kMagic.size(), &magic) || magic != kMagic) return broken();
    if (!TakeBigEndian(&rest, &size) || size < 8) return broken();
    if (!TakeBytes(&rest, size - 8, &body) || !ParseBody(body, &block)) return broken();
    if (!TakeBigEndian(&rest, &total) || total != size + 6) return broken();
    blocks.push_back(std::move(block));
  }
  return blocks;
}

}  // namespace headrace::hudi
