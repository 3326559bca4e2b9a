#include "engine/latest_per_key.h"

#include <arrow/array/array_nested.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "engine/bytes.h"
#include "engine/changed_set.h"
#include "engine/comparable.h"
#include "engine/key_table.h"
#include "engine/rows.h"
#include "format/row_codec.h"

namespace headrace::engine {
namespace {

// How far ahead versions are fetched into the cache.
constexpr int64_t kPrefetchDistance = 16;

std::vector<std::shared_ptr<arrow::DataType>> TypesOf(const arrow::Schema& schema,
                                                      const std::vector<int>& columns) {
  std::vector<std::shared_ptr<arrow::DataType>> types;
  for (const int column : columns) types.push_back(schema.field(column)->type());
  return types;
}

// Returns the column or field that `path` names; null where a struct on the way is null.
Result<std::shared_ptr<arrow::Array>> AtPath(const arrow::RecordBatch& batch,
                                             const std::vector<std::string>& path) {
  std::shared_ptr<arrow::Array> values = batch.GetColumnByName(path[0]);
  for (size_t i = 1; i < path.size(); ++i) {
    const auto& parent = static_cast<const arrow::StructArray&>(*values);
    const int field = parent.struct_type()->GetFieldIndex(path[i]);
    ASSIGN_OR_RAISE(values, parent.GetFlattenedField(field));
  }
  return values;
}

class LatestPerKeyState : public OperatorState {
 public:
  explicit LatestPerKeyState(const LatestPerKeyPlan& plan)
      : output_(plan.output()),
        key_columns_(plan.key_columns()),
        order_by_(plan.order_by()),
        key_encoder_(TypesOf(*plan.output(), plan.key_columns())),
        row_encoder_(DataTypes(*plan.output())),
        old_rows_(DataTypes(*plan.output())) {}

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch&) override {
    Delta delta;
    for (const Changes& changes : inputs[0]->batches) {
      RETURN_NOT_OK(Apply(*changes.batch));
      if (emitted_.empty()) continue;
      ASSIGN_OR_RAISE(ChangeBatch batch, Emit(*changes.batch));
      delta.batches.push_back(
          {std::move(batch), OriginsOf(changes.origins.get()), changes.partition});
    }
    return delta;
  }

  void SaveChanges(StateBlock* block) override {
    block->Append(erased_);
    erased_.clear();
    changed_.Take([&](uint32_t index) {
      if (!keys_.live(index)) return;
      std::string value;
      AppendString(versions_[index].order, &value);
      value += versions_[index].row;
      block->Put(keys_.key(index), value);
    });
  }

  Status Restore(std::string_view key, std::optional<std::string_view> value) override {
    if (!value.has_value()) {
      const uint32_t index = keys_.Find(key);
      if (index != KeyTable::kNone) Erase(index);
      return Status::OK();
    }
    ByteReader reader(*value);
    std::string_view order;
    RETURN_NOT_OK(reader.ReadString(&order));
    SetVersion(InsertKey(key), order, reader.rest());
    return Status::OK();
  }

  StateSize state_size() const override {
    const auto slots = static_cast<int64_t>(versions_.capacity() * sizeof(Version));
    return {keys_.size(), keys_.memory_bytes() + slots + version_bytes_};
  }

  Status VisitRows(const RowVisitor& visit) override {
    for (uint32_t index = 0; index < keys_.index_end(); ++index) {
      if (keys_.live(index)) RETURN_NOT_OK(old_rows_.Append(versions_[index].row));
      const bool last = index + 1 == keys_.index_end();
      if (old_rows_.rows() == 0 || (!last && old_rows_.rows() < kVisitedRows)) continue;
      ASSIGN_OR_RAISE(const ChangeBatch batch, PresentRows(output_, &old_rows_));
      ASSIGN_OR_RAISE(const bool more, visit(batch));
      if (!more) return Status::OK();
    }
    return Status::OK();
  }

 private:
  struct Version {
    std::string order;  // comparable
    std::string row;
    bool present = false;
  };
  // A row of the output: one that is retracted (`index` counts those) or one of the batch.
  struct Emitted {
    bool retracted = false;
    int64_t index = 0;
    int64_t cause = 0;  // row of the batch that brought it about
  };

  // Applies the rows of a batch to the state; what is to be emitted is left in emitted_ and
  // old_rows_.
  Status Apply(const arrow::RecordBatch& batch) {
    emitted_.clear();
    std::vector<std::shared_ptr<arrow::Array>> columns = DataArrays(batch);
    std::vector<std::shared_ptr<arrow::Array>> keys;
    for (const int column : key_columns_) keys.push_back(columns[column]);
    key_encoder_.Bind(std::move(keys));
    row_encoder_.Bind(std::move(columns));
    std::shared_ptr<arrow::Array> orders;
    if (!order_by_.empty()) {
      ASSIGN_OR_RAISE(orders, AtPath(batch, order_by_));
    }
    const int8_t* weights = Weights(batch);
    if (weights == nullptr ||
        std::find(weights, weights + batch.num_rows(), int8_t{-1}) == weights + batch.num_rows()) {
      return ReplaceAll(batch.num_rows(), orders.get());
    }
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      key_.clear();
      key_encoder_.Encode(row, &key_);
      if (weights[row] < 0) {
        RETURN_NOT_OK(Delete(row));
      } else {
        RETURN_NOT_OK(Replace(row, InsertKey(key_), orders.get()));
      }
    }
    return Status::OK();
  }

  // Without deletions no index is freed on the way, so all keys can be looked up at once.
  Status ReplaceAll(int64_t rows, const arrow::Array* orders) {
    packed_.clear();
    for (int64_t row = 0; row < rows; ++row) {
      key_encoder_.Encode(row, &packed_.bytes);
      packed_.EndKey();
    }
    indexes_.resize(rows);
    inserted_.clear();
    keys_.InsertAll(packed_, indexes_.data(), &inserted_);
    if (keys_.index_end() > versions_.size()) versions_.resize(keys_.index_end());
    for (int64_t row = 0; row < rows; ++row) {
      if (row + kPrefetchDistance < rows) {
        __builtin_prefetch(&versions_[indexes_[row + kPrefetchDistance]]);
      }
      if (row + kPrefetchDistance / 2 < rows) {
        __builtin_prefetch(versions_[indexes_[row + kPrefetchDistance / 2]].row.data());
      }
      RETURN_NOT_OK(Replace(row, indexes_[row], orders));
    }
    return Status::OK();
  }

  Status Delete(int64_t row) {
    const uint32_t index = keys_.Find(key_);
    if (index == KeyTable::kNone) return Status::OK();
    RETURN_NOT_OK(Retract(versions_[index], row));
    erased_.Delete(key_);
    Erase(index);
    return Status::OK();
  }

  Status Replace(int64_t row, uint32_t index, const arrow::Array* orders) {
    row_.clear();
    order_.clear();
    row_encoder_.Encode(row, &row_);
    if (orders != nullptr) AppendComparable(*orders, row, &order_);
    const Version& known = versions_[index];
    if (known.present) {
      if (order_ < known.order || row_ == known.row) return Status::OK();
      RETURN_NOT_OK(Retract(known, row));
    }
    SetVersion(index, order_, row_);
    changed_.Add(index);
    emitted_.push_back({false, row, row});
    return Status::OK();
  }

  Status Retract(const Version& version, int64_t cause) {
    emitted_.push_back({true, old_rows_.rows(), cause});
    return old_rows_.Append(version.row);
  }

  uint32_t InsertKey(std::string_view key) {
    bool inserted = false;
    const uint32_t index = keys_.Insert(key, &inserted);
    if (index >= versions_.size()) versions_.resize(index + 1);
    return index;
  }

  void SetVersion(uint32_t index, std::string_view order, std::string_view row) {
    Version& version = versions_[index];
    version_bytes_ += static_cast<int64_t>(order.size() + row.size()) -
                      static_cast<int64_t>(version.order.size() + version.row.size());
    version.order = order;
    version.row = row;
    version.present = true;
  }

  void Erase(uint32_t index) {
    version_bytes_ -=
        static_cast<int64_t>(versions_[index].order.size() + versions_[index].row.size());
    versions_[index] = {};
    keys_.Erase(index);
  }

  Result<ChangeBatch> Emit(const arrow::RecordBatch& batch) {
    const int64_t retractions = old_rows_.rows();
    std::vector<std::shared_ptr<arrow::Array>> columns = DataArrays(batch);
    if (retractions > 0 || static_cast<int64_t>(emitted_.size()) < batch.num_rows()) {
      ASSIGN_OR_RAISE(auto old_columns, old_rows_.Finish());
      std::vector<int64_t> places;
      places.reserve(emitted_.size());
      for (const Emitted& one : emitted_) {
        places.push_back(one.index + (one.retracted ? batch.num_rows() : 0));
      }
      for (size_t i = 0; i < columns.size(); ++i) {
        ASSIGN_OR_RAISE(auto joined, JoinValues(columns[i], old_columns[i]));
        ASSIGN_OR_RAISE(columns[i], TakeValues(joined, places));
      }
    }
    std::vector<int8_t> weights;
    weights.reserve(emitted_.size());
    for (const Emitted& one : emitted_) weights.push_back(one.retracted ? -1 : 1);
    columns.push_back(MakeWeights(std::move(weights)));
    return arrow::RecordBatch::Make(output_, static_cast<int64_t>(emitted_.size()),
                                    std::move(columns));
  }

  std::shared_ptr<const Origins> OriginsOf(const Origins* input) const {
    if (input == nullptr) return nullptr;
    auto origins =
        std::make_shared<Origins>(Origins{input->topic, input->partition, input->blocks, {}});
    origins->rows.reserve(emitted_.size());
    for (const Emitted& one : emitted_) origins->rows.push_back(input->rows[one.cause]);
    return origins;
  }

  const std::shared_ptr<arrow::Schema> output_;
  const std::vector<int> key_columns_;
  const std::vector<std::string> order_by_;
  format::RowEncoder key_encoder_;
  format::RowEncoder row_encoder_;
  format::RowDecoder old_rows_;
  KeyTable keys_;
  std::vector<Version> versions_;  // by index of the key
  int64_t version_bytes_ = 0;
  ChangedSet changed_;
  StateBlock erased_;
  std::vector<Emitted> emitted_;  // of the batch in hand
  std::string key_, row_, order_;
  PackedKeys packed_;
  std::vector<uint32_t> indexes_, inserted_;
};

}  // namespace

Result<std::shared_ptr<const LatestPerKeyPlan>> LatestPerKeyPlan::Make(
    const std::string& source, std::shared_ptr<arrow::Schema> input,
    const std::vector<std::string>& key, std::vector<std::string> order_by) {
  std::shared_ptr<LatestPerKeyPlan> plan(new LatestPerKeyPlan(std::move(input)));
  const arrow::Schema& schema = *plan->output();
  for (const std::string& name : key) {
    const int column = schema.GetFieldIndex(name);
    if (column < 0) {
      return UserError(fmt::format("source '{}' has no column '{}' for its key", source, name));
    }
    plan->key_columns_.push_back(column);
  }
  if (!order_by.empty()) {
    auto field = schema.GetFieldByName(order_by[0]);
    for (size_t i = 1; i < order_by.size() && field != nullptr; ++i) {
      if (field->type()->id() != arrow::Type::STRUCT) {
        field = nullptr;
      } else {
        field = static_cast<const arrow::StructType&>(*field->type()).GetFieldByName(order_by[i]);
      }
    }
    if (field == nullptr || !IsComparable(*field->type())) {
      return UserError(
          fmt::format("source '{}' cannot be ordered by '{}'", source, fmt::join(order_by, ".")),
          "order_by is a column, or a field inside one, of a type that has an order");
    }
  }
  plan->order_by_ = std::move(order_by);
  return plan;
}

std::string LatestPerKeyPlan::Describe() const {
  std::vector<std::string> names;
  for (const int column : key_columns_) names.push_back(output()->field(column)->name());
  return fmt::format("latest per key ({}), ordered by {}, of {}", fmt::join(names, ", "),
                     order_by_.empty() ? "arrival" : fmt::format("{}", fmt::join(order_by_, ".")),
                     output()->ToString());
}

Result<std::unique_ptr<OperatorState>> LatestPerKeyPlan::Open() const {
  return std::make_unique<LatestPerKeyState>(*this);
}

}  // namespace headrace::engine
