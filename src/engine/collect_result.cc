// collect_list and collect_set. The elements are in the order of their bytes, which for numbers,
// text, dates and times is theirs: so the list doesn't depend on the order of arrival.
#include <arrow/array/array_nested.h>
#include <arrow/buffer.h>

#include <limits>
#include <utility>

#include "engine/value_coder.h"
#include "engine/value_result.h"

namespace headrace::engine {
namespace {

class Collect : public ValueResult {
 public:
  Collect(bool once, std::shared_ptr<arrow::DataType> list, std::shared_ptr<arrow::DataType> type)
      : once_(once), list_(std::move(list)), coder_(std::move(type)) {}

  void Bind(const arrow::Array& argument) override { coder_.Bind(argument.Slice(0)); }
  void Append(int64_t row, std::string* out) const override { coder_.Append(row, out); }

  Result<std::shared_ptr<arrow::Array>> Values(
      const std::vector<const OrderedCounts*>& groups) const override {
    std::vector<std::optional<std::string_view>> elements;
    std::vector<int32_t> offsets = {0};
    for (const OrderedCounts* group : groups) {
      if (group != nullptr) {
        for (const auto& [value, counted] : group->values()) {
          for (int64_t i = 0; i < (once_ ? 1 : counted.count); ++i) elements.emplace_back(value);
        }
      }
      if (elements.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max()))
        return Status::CapacityError("the lists of a micro-batch hold more than 2^31 elements");
      offsets.push_back(static_cast<int32_t>(elements.size()));
    }
    ASSIGN_OR_RAISE(auto values, coder_.Decode(elements));
    return std::make_shared<arrow::ListArray>(list_, static_cast<int64_t>(groups.size()),
                                              arrow::Buffer::FromVector(offsets),
                                              std::move(values));
  }

 private:
  const bool once_;
  const std::shared_ptr<arrow::DataType> list_;
  ValueCoder coder_;
};

}  // namespace

Result<std::unique_ptr<ValueResult>> MakeCollect(const sql::AggregateCall& call,
                                                 std::shared_ptr<arrow::DataType> argument) {
  return std::make_unique<Collect>(call.function == "collect_set", call.type, std::move(argument));
}

}  // namespace headrace::engine
