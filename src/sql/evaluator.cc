#include "sql/evaluator.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/builder.h>
#include <arrow/compute/api_vector.h>
#include <fmt/format.h>

#include <exception>

#include "base/change_batch.h"
#include "sql/batch_scan.h"
#include "sql/duckdb_session.h"
#include "sql/duckdb_type.h"
#include "sql/translate.h"
#include "sql/vector_reader.h"

namespace headrace::sql {
namespace {

// Where an output column comes from: a path of the input, as it stands, or a column of the
// statement.
struct Output {
  InputPath path;
  int computed = -1;
};

// Returns the array at a path; where a struct on the way is null, so is the value.
Result<std::shared_ptr<arrow::Array>> ArrayAt(const arrow::RecordBatch& batch,
                                              const InputPath& path) {
  std::shared_ptr<arrow::Array> array = batch.column(path[0]);
  for (size_t i = 1; i < path.size(); ++i) {
    ASSIGN_OR_RAISE(array,
                    static_cast<const arrow::StructArray&>(*array).GetFlattenedField(path[i]));
  }
  return array;
}

TypePtr TypeAt(const arrow::Schema& schema, const InputPath& path) {
  TypePtr type = schema.field(path[0])->type();
  for (size_t i = 1; i < path.size(); ++i) type = type->field(path[i])->type();
  return type;
}

// Begins at Spark's error class, "[DIVIDE_BY_ZERO] ...", if there is one.
std::string_view FromErrorClass(std::string_view message) {
  for (size_t at = message.find('['); at != std::string_view::npos;
       at = message.find('[', at + 1)) {
    const size_t end = message.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", at + 1);
    if (end != std::string_view::npos && end > at + 1 && message[end] == ']') {
      return message.substr(at);
    }
  }
  return {};
}

// A user error if the message bears an error class, or is one of a value; else OK.
Status ClassifiedError(const std::string& message) {
  if (const auto classified = FromErrorClass(message); !classified.empty()) {
    return UserError(std::string(classified));
  }
  // What DuckDB says of maps and of time zones.
  static constexpr std::pair<std::string_view, std::string_view> kClasses[] = {
      {"Map keys must be unique", "[DUPLICATED_MAP_KEY] "},
      {"Map keys can not be NULL", "[NULL_MAP_KEY] "},
      {"Unknown TimeZone", "[INVALID_TIMEZONE] "}};
  for (const auto& [part, error_class] : kClasses) {
    if (message.find(part) != std::string::npos)
      return UserError(std::string(error_class) + message.substr(0, message.find('\n')));
  }
  if (message.starts_with("Conversion Error")) return UserError("[CAST_OVERFLOW] " + message);
  if (message.starts_with("Out of Range Error")) {
    return UserError("[ARITHMETIC_OVERFLOW] " + message);
  }
  return Status::OK();
}

Status StatusOf(duckdb_result* result) {
  const duckdb_error_type type = duckdb_result_error_type(result);
  const char* text = duckdb_result_error(result);
  const std::string message = text == nullptr ? "DuckDB failed without a message" : text;
  RETURN_NOT_OK(ClassifiedError(message));
  switch (type) {
    case DUCKDB_ERROR_INVALID_INPUT:
    case DUCKDB_ERROR_SYNTAX:
      return UserError("[INVALID_PARAMETER_VALUE] " + message);
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return Status::OutOfMemory(message);
    default:
      return Status::UnknownError(message);
  }
}

// Closes a result of DuckDB.
struct ScopedResult {
  duckdb_result result{};
  ~ScopedResult() { duckdb_destroy_result(&result); }
};

class DuckEvaluator : public Evaluator {
 public:
  DuckEvaluator(std::shared_ptr<arrow::Schema> input, ExpressionPtr filter)
      : input_(std::move(input)), filter_(std::move(filter)) {}
  ~DuckEvaluator() override { duckdb_destroy_prepare(&statement_); }

  Status Prepare(const std::vector<ExpressionPtr>& outputs, const std::vector<std::string>& names);

  Result<std::shared_ptr<arrow::RecordBatch>> Run(
      const std::shared_ptr<arrow::RecordBatch>& batch) override;
  void SetNow(int64_t now_us) override { now_us_ = now_us; }
  const std::shared_ptr<arrow::Schema>& output_schema() const override { return schema_; }

 private:
  Status PrepareStatement(const std::vector<std::string>& computed);
  Result<arrow::ArrayVector> Compute(const arrow::RecordBatch& batch);
  Result<arrow::ArrayVector> Fetch();

  std::shared_ptr<arrow::Schema> input_;
  ExpressionPtr filter_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<Output> outputs_;
  int64_t now_us_ = 0;

  // Empty where every output is a path and there is no filter.
  Translator translator_;
  arrow::FieldVector computed_fields_;  // of the statement's result; the last may be the row index
  bool takes_rows_ = false;
  std::unique_ptr<BatchScan> scan_;
  std::unique_ptr<DuckConnection> connection_;
  duckdb_prepared_statement statement_ = nullptr;
};

Status DuckEvaluator::Prepare(const std::vector<ExpressionPtr>& outputs,
                              const std::vector<std::string>& names) {
  arrow::FieldVector fields;
  std::vector<std::string> computed;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Expression& output = *outputs[i];
    fields.push_back(arrow::field(names[i], output.type, output.nullable));
    outputs_.push_back({PathOf(output), -1});
    if (!outputs_.back().path.empty()) continue;
    outputs_.back().computed = static_cast<int>(computed.size());
    ASSIGN_OR_RAISE(std::string text, translator_.Translate(output));
    computed.push_back(std::move(text));
    computed_fields_.push_back(fields.back());
  }
  for (int i = DataColumns(*input_); i < input_->num_fields(); ++i) {
    fields.push_back(input_->field(i));
    outputs_.push_back({{i}, -1});
  }
  schema_ = arrow::schema(std::move(fields));
  if (computed.empty() && filter_ == nullptr) return Status::OK();
  return PrepareStatement(computed);
}

Status DuckEvaluator::PrepareStatement(const std::vector<std::string>& computed) {
  std::string where;
  if (filter_ != nullptr) {
    ASSIGN_OR_RAISE(const std::string filter, translator_.TranslateFilter(*filter_));
    where = " WHERE " + filter;
  }
  takes_rows_ = filter_ != nullptr && computed.size() < outputs_.size();
  std::vector<std::string> columns = computed;
  const bool needs_row = takes_rows_ || columns.empty();
  if (needs_row) {
    columns.emplace_back("row");
    computed_fields_.push_back(arrow::field("row", arrow::int32()));
  }
  std::vector<TypePtr> types;
  for (const InputPath& path : translator_.inputs()) {
    types.push_back(TypeAt(*input_, path));
    if (!HasDuckType(*types.back())) {
      return Status::NotImplemented("no expression reads a column of type ",
                                    types.back()->ToString());
    }
  }
  scan_ = std::make_unique<BatchScan>(std::move(types), needs_row);
  ASSIGN_OR_RAISE(connection_, ConnectToEngine(translator_.natives()));
  const std::string sql =
      fmt::format("SELECT {} FROM {}{}", fmt::join(columns, ", "), scan_->CallText(), where);
  if (duckdb_prepare(connection_->get(), sql.c_str(), &statement_) != DuckDBSuccess) {
    const char* error = duckdb_prepare_error(statement_);
    // DuckDB computes constants while it plans.
    const Status status = ClassifiedError(error == nullptr ? "" : error);
    if (!status.ok()) return status;
    return Status::UnknownError("DuckDB refused a translation: ", error == nullptr ? "" : error,
                                "\n", sql);
  }
  return Status::OK();
}

Result<arrow::ArrayVector> DuckEvaluator::Fetch() {
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders;
  for (const auto& field : computed_fields_) {
    ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(field->type()));
    builders.push_back(std::move(builder));
  }
  ScopedResult scoped;
  if (duckdb_execute_prepared(statement_, &scoped.result) != DuckDBSuccess) {
    return StatusOf(&scoped.result);
  }
  while (duckdb_data_chunk chunk = duckdb_fetch_chunk(scoped.result)) {
    const auto rows = static_cast<int64_t>(duckdb_data_chunk_get_size(chunk));
    Status status;
    for (size_t i = 0; i < builders.size() && status.ok(); ++i) {
      status = AppendVector(duckdb_data_chunk_get_vector(chunk, i), 0, rows, builders[i].get());
    }
    duckdb_destroy_data_chunk(&chunk);
    RETURN_NOT_OK(status);
  }
  arrow::ArrayVector arrays;
  for (const auto& builder : builders) {
    ASSIGN_OR_RAISE(auto array, builder->Finish());
    arrays.push_back(std::move(array));
  }
  return arrays;
}

Result<arrow::ArrayVector> DuckEvaluator::Compute(const arrow::RecordBatch& batch) {
  arrow::ArrayVector columns;
  for (const InputPath& path : translator_.inputs()) {
    ASSIGN_OR_RAISE(auto column, ArrayAt(batch, path));
    columns.push_back(std::move(column));
  }
  scan_->Reset(std::move(columns), batch.num_rows());
  if (translator_.reads_clock() && duckdb_bind_int64(statement_, 1, now_us_) != DuckDBSuccess) {
    return Status::UnknownError("DuckDB takes no clock");
  }
  auto computed = Fetch();
  scan_->Reset({}, 0);
  return computed;
}

Result<std::shared_ptr<arrow::RecordBatch>> DuckEvaluator::Run(
    const std::shared_ptr<arrow::RecordBatch>& batch) {
  arrow::ArrayVector computed;
  int64_t rows = batch->num_rows();
  if (scan_ != nullptr && rows > 0) {
    ASSIGN_OR_RAISE(computed, Compute(*batch));
    rows = computed[0]->length();
  }
  arrow::ArrayVector columns;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const Output& output = outputs_[i];
    const TypePtr& type = schema_->field(static_cast<int>(i))->type();
    if (rows == 0) {
      ASSIGN_OR_RAISE(auto empty, arrow::MakeEmptyArray(type));
      columns.push_back(std::move(empty));
      continue;
    }
    if (output.computed >= 0) {
      columns.push_back(computed[static_cast<size_t>(output.computed)]);
      continue;
    }
    ASSIGN_OR_RAISE(auto column, ArrayAt(*batch, output.path));
    if (takes_rows_ && rows < batch->num_rows()) {
      ASSIGN_OR_RAISE(column, arrow::compute::Take(*column, *computed.back(),
                                                   arrow::compute::TakeOptions::NoBoundsCheck()));
    }
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema_, rows, std::move(columns));
}

}  // namespace

Result<std::unique_ptr<Evaluator>> Evaluator::Make(std::shared_ptr<arrow::Schema> input,
                                                   ExpressionPtr filter,
                                                   std::vector<ExpressionPtr> outputs,
                                                   std::vector<std::string> names) {
  auto evaluator = std::make_unique<DuckEvaluator>(std::move(input), std::move(filter));
  RETURN_NOT_OK(evaluator->Prepare(outputs, names));
  return std::unique_ptr<Evaluator>(std::move(evaluator));
}

}  // namespace headrace::sql
