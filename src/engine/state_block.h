// A StateBlock is what changed in the state of one operator: keys and their new values, and keys
// that are gone. An epoch writes one block an operator; blocks applied in order give the state.
//
// Bytes: per entry a string (key), one byte (1: value follows, 0: the key is gone), a string
// (value).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace headrace::engine {

class StateBlock {
 public:
  void Put(std::string_view key, std::string_view value);
  void Delete(std::string_view key);

  bool empty() const { return bytes_.empty(); }
  const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }
  // Appends the entries of `other`, which then win over the ones here.
  void Append(const StateBlock& other) { bytes_ += other.bytes_; }

 private:
  std::string bytes_;
};

// Calls `visit` for each entry in order; no value: the key is gone. The views live as long as
// `bytes`.
//
// Errors: Invalid where the bytes are no block, and what `visit` returns.
Status VisitStateBlock(std::string_view bytes,
                       const std::function<Status(std::string_view key,
                                                  std::optional<std::string_view> value)>& visit);

// Returns one block that does what `blocks` do one after the other. With `from_empty` they are
// applied to an empty state, so that keys that are gone need no entry.
Result<StateBlock> FoldStateBlocks(std::span<const std::string> blocks, bool from_empty);

}  // namespace headrace::engine
