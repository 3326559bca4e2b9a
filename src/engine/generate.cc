#include "engine/generate.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/compute/api_vector.h>

#include <utility>

#include "engine/rows.h"

namespace headrace::engine {
namespace {

// A batch ends after the row that reaches this many.
constexpr int64_t kBatchRows = 65'536;

bool HasColumn(const arrow::Schema& schema, std::string_view name) {
  return schema.GetFieldIndex(std::string(name)) >= 0;
}

// Where the output rows come from: the row of the input, the element (null: there is none, OUTER)
// and its position.
struct Elements {
  std::vector<int64_t> rows;
  arrow::Int64Builder elements;
  arrow::Int32Builder positions;
};

class GenerateState : public OperatorState {
 public:
  explicit GenerateState(const GeneratePlan& plan) : plan_(plan) {}

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch&) override {
    Delta delta;
    delta.watermark = inputs[0]->watermark;
    for (const Changes& changes : inputs[0]->batches) {
      const arrow::RecordBatch& batch = *changes.batch;
      const int last = DataColumns(*batch.schema()) - 1;
      const auto& lists = static_cast<const arrow::ListArray&>(*batch.column(last));
      for (int64_t row = 0; row < batch.num_rows();) {
        Elements elements;
        RETURN_NOT_OK(Collect(lists, &row, &elements));
        if (elements.rows.empty()) continue;
        ASSIGN_OR_RAISE(ChangeBatch output, MakeBatch(batch, lists, &elements));
        delta.batches.push_back({std::move(output), nullptr});
      }
    }
    return delta;
  }

 private:
  // Takes the rows from `row` on, until there are enough.
  Status Collect(const arrow::ListArray& lists, int64_t* row, Elements* out) const {
    for (; *row < lists.length() && static_cast<int64_t>(out->rows.size()) < kBatchRows; ++*row) {
      const int64_t first = lists.value_offset(*row);
      const int64_t count = lists.IsNull(*row) ? 0 : lists.value_length(*row);
      for (int64_t i = 0; i < count; ++i) {
        out->rows.push_back(*row);
        RETURN_NOT_OK(out->elements.Append(first + i));
        RETURN_NOT_OK(out->positions.Append(static_cast<int32_t>(i)));
      }
      if (count > 0 || !plan_.generate().outer) continue;
      out->rows.push_back(*row);
      RETURN_NOT_OK(out->elements.AppendNull());
      RETURN_NOT_OK(out->positions.AppendNull());
    }
    return Status::OK();
  }

  Result<ChangeBatch> MakeBatch(const arrow::RecordBatch& batch, const arrow::ListArray& lists,
                                Elements* from) const {
    const auto rows = static_cast<int64_t>(from->rows.size());
    const int last = DataColumns(*batch.schema()) - 1;
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (int i = 0; i < last; ++i) {
      const auto& column = batch.column(i);
      auto repeated = plan_.unused()[static_cast<size_t>(i)]
                          ? arrow::MakeArrayOfNull(column->type(), rows)
                          : TakeValues(column, from->rows);
      ASSIGN_OR_RAISE(auto array, std::move(repeated));
      columns.push_back(std::move(array));
    }
    ASSIGN_OR_RAISE(auto positions, from->positions.Finish());
    if (plan_.generate().position) columns.push_back(std::move(positions));
    ASSIGN_OR_RAISE(const auto elements, from->elements.Finish());
    RETURN_NOT_OK(AppendElements(lists, *elements, &columns));
    for (int i = last + 1; i < batch.num_columns(); ++i) {
      ASSIGN_OR_RAISE(auto system, TakeValues(batch.column(i), from->rows));
      columns.push_back(std::move(system));
    }
    return arrow::RecordBatch::Make(plan_.output(), rows, std::move(columns));
  }

  Status AppendElements(const arrow::ListArray& lists, const arrow::Array& elements,
                        std::vector<std::shared_ptr<arrow::Array>>* columns) const {
    const auto take = [&](const std::shared_ptr<arrow::Array>& values) -> Status {
      ASSIGN_OR_RAISE(auto taken, arrow::compute::Take(*values, elements));
      columns->push_back(std::move(taken));
      return Status::OK();
    };
    if (lists.type_id() == arrow::Type::MAP) {
      const auto& maps = static_cast<const arrow::MapArray&>(lists);
      RETURN_NOT_OK(take(maps.keys()));
      return take(maps.items());
    }
    if (!plan_.generate().fields) return take(lists.values());
    const auto& structs = static_cast<const arrow::StructArray&>(*lists.values());
    for (int i = 0; i < structs.num_fields(); ++i) {
      ASSIGN_OR_RAISE(auto field, structs.GetFlattenedField(i));
      RETURN_NOT_OK(take(field));
    }
    return Status::OK();
  }

  const GeneratePlan& plan_;
};

}  // namespace

GeneratePlan::GeneratePlan(const std::shared_ptr<arrow::Schema>& input,
                           const sql::Generate& generate, const arrow::Schema& data,
                           std::vector<bool> unused)
    : OperatorPlan(ChangeSchema(data, HasColumn(*input, kWeightColumn),
                                HasColumn(*input, kWatermarkColumn))),
      generate_(generate),
      unused_(std::move(unused)) {}

std::string GeneratePlan::Describe() const {
  std::string text = generate_.fields ? "inline" : generate_.position ? "posexplode" : "explode";
  return text + (generate_.outer ? " outer" : "");
}

Result<std::unique_ptr<OperatorState>> GeneratePlan::Open() const {
  return std::make_unique<GenerateState>(*this);
}

}  // namespace headrace::engine
