// count(*) and count(column).
#include <utility>

#include "engine/accumulator.h"
#include "engine/numbers.h"

namespace headrace::engine {
namespace {

class Count : public Accumulator {
 public:
  void Resize(uint32_t groups) override { counts_.resize(groups); }
  void Clear(uint32_t group) override { counts_[group] = 0; }

  Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                int64_t rows) override {
    int64_t* counts = counts_.data();
    VisitRows(argument, groups, weights, rows,
              [counts](int64_t, uint32_t group, int8_t weight) { counts[group] += weight; });
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    std::vector<int64_t> values(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) values[i] = counts_[groups[i]];
    return BuildNumbers(arrow::int64(), values, {});
  }

  bool mergeable() const override { return true; }
  Status Merge(const Accumulator& other, const std::vector<uint32_t>& from,
               const std::vector<uint32_t>& to) override {
    const auto& counts = static_cast<const Count&>(other).counts_;
    for (size_t i = 0; i < from.size(); ++i) counts_[to[i]] += counts[from[i]];
    return Status::OK();
  }

  void Save(uint32_t group, std::string* out) const override { AppendNumber(counts_[group], out); }
  Status Load(uint32_t group, ByteReader* reader) override {
    return reader->ReadNumber(&counts_[group]);
  }
  int64_t memory_bytes() const override {
    return static_cast<int64_t>(counts_.capacity() * sizeof(int64_t));
  }

 private:
  std::vector<int64_t> counts_;
};

}  // namespace

std::unique_ptr<Accumulator> MakeCount() { return std::make_unique<Count>(); }

}  // namespace headrace::engine
