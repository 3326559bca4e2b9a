// The watermark that an operator had after its last micro-batch, in its state under an entry of its
// own.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/status.h"
#include "engine/state_block.h"

namespace headrace::engine {

// Used by one thread at a time.
class SavedWatermark {
 public:
  void Set(std::optional<int64_t> watermark_us) { watermark_us_ = watermark_us; }
  std::optional<int64_t> get() const { return watermark_us_; }

  // Adds the entry where the watermark changed; it never becomes none again.
  void SaveChanges(StateBlock* block);
  static bool OwnsEntry(std::string_view key);
  Status Restore(std::string_view value);

 private:
  std::optional<int64_t> watermark_us_;
  std::optional<int64_t> saved_us_;
};

}  // namespace headrace::engine
