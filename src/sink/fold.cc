#include "sink/fold.h"

#include <arrow/array.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/util/decimal.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <compare>
#include <string>
#include <utility>

#include "format/row_codec.h"
#include "sink/byte_index.h"

namespace headrace::sink {
namespace {

int64_t RowsOf(const Batches& batches) {
  int64_t rows = 0;
  for (const auto& batch : batches) rows += batch->num_rows();
  return rows;
}

template <typename T>
int CompareValues(const T& left, const T& right) {
  return left < right ? -1 : right < left ? 1 : 0;
}

template <typename ArrayType>
int CompareAs(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j) {
  return CompareValues(static_cast<const ArrayType&>(left).GetView(i),
                       static_cast<const ArrayType&>(right).GetView(j));
}

// NaN is above every number, as in Spark.
template <typename ArrayType>
int CompareReals(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j) {
  const double a = static_cast<const ArrayType&>(left).Value(i);
  const double b = static_cast<const ArrayType&>(right).Value(j);
  if (std::isnan(a) || std::isnan(b)) return CompareValues(std::isnan(a), std::isnan(b));
  return CompareValues(a, b);
}

// Compares two values of one type, null below every other.
int CompareCells(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j) {
  if (left.IsNull(i) || right.IsNull(j)) return CompareValues(left.IsValid(i), right.IsValid(j));
  switch (left.type_id()) {
    case arrow::Type::BOOL:
      return CompareAs<arrow::BooleanArray>(left, i, right, j);
    case arrow::Type::INT8:
      return CompareAs<arrow::Int8Array>(left, i, right, j);
    case arrow::Type::INT16:
      return CompareAs<arrow::Int16Array>(left, i, right, j);
    case arrow::Type::INT32:
      return CompareAs<arrow::Int32Array>(left, i, right, j);
    case arrow::Type::INT64:
      return CompareAs<arrow::Int64Array>(left, i, right, j);
    case arrow::Type::FLOAT:
      return CompareReals<arrow::FloatArray>(left, i, right, j);
    case arrow::Type::DOUBLE:
      return CompareReals<arrow::DoubleArray>(left, i, right, j);
    case arrow::Type::DATE32:
      return CompareAs<arrow::Date32Array>(left, i, right, j);
    case arrow::Type::TIMESTAMP:
      return CompareAs<arrow::TimestampArray>(left, i, right, j);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return CompareAs<arrow::BinaryArray>(left, i, right, j);
    case arrow::Type::DECIMAL128:
      return CompareValues(
          arrow::Decimal128(static_cast<const arrow::Decimal128Array&>(left).GetValue(i)),
          arrow::Decimal128(static_cast<const arrow::Decimal128Array&>(right).GetValue(j)));
    default:
      return 0;  // no order: the one that came last
  }
}

format::RowEncoder EncoderOf(const arrow::Schema& schema, const std::vector<int>& columns) {
  std::vector<std::shared_ptr<arrow::DataType>> types;
  for (const int column : columns) types.push_back(schema.field(column)->type());
  return format::RowEncoder(std::move(types));
}

void BindColumns(const arrow::RecordBatch& batch, const std::vector<int>& columns,
                 format::RowEncoder* encoder) {
  arrow::ArrayVector arrays;
  for (const int column : columns) arrays.push_back(batch.column(column));
  encoder->Bind(std::move(arrays));
}

}  // namespace

// Where a row is.
struct ChangeFold::Place {
  int32_t batch = -1;  // -1: nowhere
  int64_t row = 0;

  auto operator<=>(const Place&) const = default;
};

// The row that each key comes to.
class ChangeFold::Groups {
 public:
  // What one key comes to.
  struct Group {
    Place upsert;
    Place remove;
  };

  // Returns the number of the group of a key.
  int64_t Find(std::string_view key) {
    const int64_t group = index_.Find(key);
    groups_.resize(index_.size());
    return group;
  }
  Group& operator[](int64_t group) { return groups_[group]; }
  const std::vector<Group>& all() const { return groups_; }

 private:
  ByteIndex index_;
  std::vector<Group> groups_;
};

int64_t FoldedChanges::upsert_rows() const { return RowsOf(upserts); }
int64_t FoldedChanges::delete_rows() const { return RowsOf(deletes); }

ChangeFold::ChangeFold(std::shared_ptr<arrow::Schema> schema, std::vector<int> key,
                       std::optional<int> order)
    : schema_(std::move(schema)), key_(std::move(key)), order_(order) {}

Status ChangeFold::Add(const ChangeBatch& batch) {
  assert(DataColumns(*batch->schema()) == schema_->num_fields());
  if (batch->num_rows() == 0) return Status::OK();
  if (key_.empty() && Weights(*batch) != nullptr)
    return Status::Invalid("changes of rows that disappear need a key to find them by");
  batches_.push_back(batch);
  return Status::OK();
}

// Whether `left` is older than `right`: below 0.
int ChangeFold::Compare(const Place& left, const Place& right) const {
  if (left.batch < 0) return -1;
  if (order_.has_value()) {
    const int order = CompareCells(*batches_[left.batch]->column(*order_), left.row,
                                   *batches_[right.batch]->column(*order_), right.row);
    if (order != 0) return order;
  }
  return CompareValues(left, right);
}

std::shared_ptr<arrow::RecordBatch> ChangeFold::Data(const ChangeBatch& batch) const {
  arrow::ArrayVector columns(batch->columns().begin(),
                             batch->columns().begin() + schema_->num_fields());
  return arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns));
}

Status ChangeFold::FoldAppended(Groups* groups) const {
  format::RowEncoder keys = EncoderOf(*schema_, key_);
  std::string bytes;
  for (size_t i = 0; i < batches_.size(); ++i) {
    BindColumns(*batches_[i], key_, &keys);
    for (int64_t row = 0; row < batches_[i]->num_rows(); ++row) {
      bytes.clear();
      keys.Encode(row, &bytes);
      const Place place{static_cast<int32_t>(i), row};
      Place& upsert = (*groups)[groups->Find(bytes)].upsert;
      if (Compare(upsert, place) < 0) upsert = place;
    }
  }
  return Status::OK();
}

Status ChangeFold::FoldWeighted(Groups* groups) const {
  struct DistinctRow {
    int64_t group = -1;
    int64_t weight = 0;
    Place appeared;  // last
    Place disappeared;
  };
  std::vector<int> rest;  // the columns that tell rows of one key apart
  for (int i = 0; i < schema_->num_fields(); ++i) {
    if (std::find(key_.begin(), key_.end(), i) == key_.end()) rest.push_back(i);
  }
  format::RowEncoder keys = EncoderOf(*schema_, key_);
  format::RowEncoder others = EncoderOf(*schema_, rest);
  ByteIndex index;
  std::vector<DistinctRow> rows;
  std::string bytes;
  for (size_t i = 0; i < batches_.size(); ++i) {
    BindColumns(*batches_[i], key_, &keys);
    BindColumns(*batches_[i], rest, &others);
    const int8_t* weights = Weights(*batches_[i]);
    for (int64_t row = 0; row < batches_[i]->num_rows(); ++row) {
      bytes.clear();
      keys.Encode(row, &bytes);
      const size_t key_size = bytes.size();
      others.Encode(row, &bytes);
      const int64_t number = index.Find(bytes);
      rows.resize(index.size());
      DistinctRow& distinct = rows[number];
      if (distinct.group < 0)
        distinct.group = groups->Find(std::string_view(bytes).substr(0, key_size));
      const int64_t weight = weights == nullptr ? 1 : weights[row];
      distinct.weight += weight;
      (weight > 0 ? distinct.appeared : distinct.disappeared) = {static_cast<int32_t>(i), row};
    }
  }
  for (const DistinctRow& distinct : rows) {
    if (distinct.weight == 0) continue;
    Groups::Group& group = (*groups)[distinct.group];
    const bool appeared = distinct.weight > 0;
    Place& best = appeared ? group.upsert : group.remove;
    const Place& place = appeared ? distinct.appeared : distinct.disappeared;
    if (Compare(best, place) < 0) best = place;
  }
  return Status::OK();
}

// Returns the rows at `places`, which are sorted.
Result<Batches> ChangeFold::Take(const std::vector<Place>& places) const {
  Batches out;
  for (size_t begin = 0; begin < places.size();) {
    arrow::Int64Builder indices;
    size_t end = begin;
    for (; end < places.size() && places[end].batch == places[begin].batch; ++end)
      RETURN_NOT_OK(indices.Append(places[end].row));
    const auto data = Data(batches_[places[begin].batch]);
    if (static_cast<int64_t>(end - begin) == data->num_rows()) {
      out.push_back(data);
    } else {
      ASSIGN_OR_RAISE(auto array, indices.Finish());
      ASSIGN_OR_RAISE(auto taken, arrow::compute::Take(
                                      data, array, arrow::compute::TakeOptions::NoBoundsCheck()));
      out.push_back(taken.record_batch());
    }
    begin = end;
  }
  return out;
}

Result<FoldedChanges> ChangeFold::Fold() const {
  FoldedChanges out;
  if (key_.empty()) {
    for (const ChangeBatch& batch : batches_) out.upserts.push_back(Data(batch));
    out.replaces.resize(out.upsert_rows());
    return out;
  }
  Groups groups;
  const bool weighted = std::any_of(batches_.begin(), batches_.end(), [](const ChangeBatch& batch) {
    return Weights(*batch) != nullptr;
  });
  RETURN_NOT_OK(weighted ? FoldWeighted(&groups) : FoldAppended(&groups));
  std::vector<std::pair<Place, bool>> upserts;
  std::vector<Place> deletes;
  for (const Groups::Group& group : groups.all()) {
    if (group.upsert.batch >= 0) {
      upserts.emplace_back(group.upsert, group.remove.batch >= 0);
    } else if (group.remove.batch >= 0) {
      deletes.push_back(group.remove);
    }
  }
  std::sort(upserts.begin(), upserts.end());
  std::sort(deletes.begin(), deletes.end());
  std::vector<Place> places;
  for (const auto& [place, replaces] : upserts) {
    places.push_back(place);
    out.replaces.push_back(replaces);
  }
  ASSIGN_OR_RAISE(out.upserts, Take(places));
  ASSIGN_OR_RAISE(out.deletes, Take(deletes));
  return out;
}

}  // namespace headrace::sink
