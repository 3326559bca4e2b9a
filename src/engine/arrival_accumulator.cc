// first, last and any_value over rows that only appear: in the order of arrival.
#include <arrow/array/array_nested.h>

#include <utility>

#include "engine/accumulator.h"
#include "engine/value_coder.h"

namespace headrace::engine {
namespace {

class Arrival : public Accumulator {
 public:
  Arrival(std::shared_ptr<arrow::DataType> type, bool last)
      : coder_(std::move(type)), last_(last) {}

  void Resize(uint32_t groups) override { slots_.resize(groups); }
  void Clear(uint32_t group) override { slots_[group] = {}; }

  Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                int64_t rows) override {
    coder_.Bind(static_cast<const arrow::StructArray&>(*argument).field(0));
    VisitRows(argument, groups, weights, rows, [&](int64_t row, uint32_t group, int8_t) {
      Slot& slot = slots_[group];
      if (slot.present && !last_) return;
      slot.value.clear();
      coder_.Append(row, &slot.value);
      slot.present = true;
    });
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    std::vector<std::optional<std::string_view>> values(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
      if (slots_[groups[i]].present) values[i] = slots_[groups[i]].value;
    }
    return coder_.Decode(values);
  }

  void Save(uint32_t group, std::string* out) const override {
    AppendNumber(static_cast<uint8_t>(slots_[group].present), out);
    AppendString(slots_[group].value, out);
  }
  Status Load(uint32_t group, ByteReader* reader) override {
    uint8_t present = 0;
    std::string_view value;
    RETURN_NOT_OK(reader->ReadNumber(&present));
    RETURN_NOT_OK(reader->ReadString(&value));
    slots_[group] = {std::string(value), present != 0};
    return Status::OK();
  }
  int64_t memory_bytes() const override {
    return static_cast<int64_t>(slots_.capacity() * sizeof(Slot));
  }

 private:
  struct Slot {
    std::string value;
    bool present = false;
  };

  ValueCoder coder_;
  const bool last_;
  std::vector<Slot> slots_;
};

}  // namespace

std::unique_ptr<Accumulator> MakeArrival(const std::shared_ptr<arrow::DataType>& argument,
                                         bool last) {
  return std::make_unique<Arrival>(argument->field(0)->type(), last);
}

}  // namespace headrace::engine
