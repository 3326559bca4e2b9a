// bit_and, bit_or and bit_xor: how often each bit is set, so that a value can be taken away again.
#include <array>
#include <utility>

#include "engine/accumulator.h"
#include "engine/numbers.h"

namespace headrace::engine {
namespace {

constexpr int kBits = 64;

class Bits : public Accumulator {
 public:
  Bits(std::string function, std::shared_ptr<arrow::DataType> type)
      : function_(std::move(function)), type_(std::move(type)) {}

  void Resize(uint32_t groups) override { slots_.resize(groups); }
  void Clear(uint32_t group) override { slots_[group] = {}; }

  Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                int64_t rows) override {
    const int64_t* values = Integers(*argument, &scratch_);
    VisitRows(argument, groups, weights, rows, [&](int64_t row, uint32_t group, int8_t weight) {
      Slot& slot = slots_[group];
      slot.count += weight;
      auto bits = static_cast<uint64_t>(values[row]);
      for (; bits != 0; bits &= bits - 1)
        slot.set[static_cast<size_t>(__builtin_ctzll(bits))] += weight;
    });
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    std::vector<int64_t> values(groups.size());
    std::vector<bool> valid(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
      const Slot& slot = slots_[groups[i]];
      valid[i] = slot.count > 0;
      uint64_t bits = 0;
      for (size_t bit = 0; bit < kBits; ++bit) bits |= uint64_t{IsSet(slot, bit)} << bit;
      values[i] = static_cast<int64_t>(bits);
    }
    return BuildNumbers(type_, values, valid);
  }

  void Save(uint32_t group, std::string* out) const override {
    AppendNumber(slots_[group].count, out);
    for (const int64_t set : slots_[group].set) AppendNumber(set, out);
  }
  Status Load(uint32_t group, ByteReader* reader) override {
    RETURN_NOT_OK(reader->ReadNumber(&slots_[group].count));
    for (int64_t& set : slots_[group].set) RETURN_NOT_OK(reader->ReadNumber(&set));
    return Status::OK();
  }
  int64_t memory_bytes() const override {
    return static_cast<int64_t>(slots_.capacity() * sizeof(Slot));
  }

 private:
  struct Slot {
    int64_t count = 0;
    std::array<int64_t, kBits> set = {};
  };

  bool IsSet(const Slot& slot, size_t bit) const {
    if (function_ == "bit_and") return slot.set[bit] == slot.count;
    if (function_ == "bit_or") return slot.set[bit] > 0;
    return slot.set[bit] % 2 != 0;
  }

  const std::string function_;
  const std::shared_ptr<arrow::DataType> type_;
  std::vector<Slot> slots_;
  std::vector<int64_t> scratch_;
};

}  // namespace

std::unique_ptr<Accumulator> MakeBits(const std::string& function,
                                      std::shared_ptr<arrow::DataType> argument) {
  return std::make_unique<Bits>(function, std::move(argument));
}

}  // namespace headrace::engine
