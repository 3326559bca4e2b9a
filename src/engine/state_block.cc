#include "engine/state_block.h"

#include <unordered_map>

#include "engine/bytes.h"

namespace headrace::engine {

void StateBlock::Put(std::string_view key, std::string_view value) {
  AppendString(key, &bytes_);
  AppendNumber<uint8_t>(1, &bytes_);
  AppendString(value, &bytes_);
}

void StateBlock::Delete(std::string_view key) {
  AppendString(key, &bytes_);
  AppendNumber<uint8_t>(0, &bytes_);
}

Status VisitStateBlock(std::string_view bytes,
                       const std::function<Status(std::string_view key,
                                                  std::optional<std::string_view> value)>& visit) {
  ByteReader reader(bytes);
  while (!reader.done()) {
    std::string_view key;
    std::string_view value;
    uint8_t present = 0;
    RETURN_NOT_OK(reader.ReadString(&key));
    RETURN_NOT_OK(reader.ReadNumber(&present));
    if (present == 0) {
      RETURN_NOT_OK(visit(key, std::nullopt));
      continue;
    }
    RETURN_NOT_OK(reader.ReadString(&value));
    RETURN_NOT_OK(visit(key, value));
  }
  return Status::OK();
}

Result<StateBlock> FoldStateBlocks(std::span<const std::string> blocks, bool from_empty) {
  std::unordered_map<std::string_view, std::optional<std::string_view>> entries;
  for (const std::string& block : blocks) {
    RETURN_NOT_OK(VisitStateBlock(
        block, [&](std::string_view key, std::optional<std::string_view> value) -> Status {
          if (!value.has_value() && from_empty) {
            entries.erase(key);
          } else {
            entries[key] = value;
          }
          return Status::OK();
        }));
  }
  StateBlock folded;
  for (const auto& [key, value] : entries) {
    if (value.has_value()) {
      folded.Put(key, *value);
    } else {
      folded.Delete(key);
    }
  }
  return folded;
}

}  // namespace headrace::engine
