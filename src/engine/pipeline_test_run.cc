#include "engine/pipeline_test_run.h"

#include <arrow/array.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "engine/dataflow.h"
#include "engine/rows.h"
#include "format/decoder.h"
#include "format/json_writer.h"

namespace headrace::engine {
namespace {

using pipeline::TestExpectation;
using pipeline::TestInput;

// Rows as JSON, and how often each is there.
using RowCounts = std::map<std::string, int>;

std::vector<std::string_view> Views(const std::vector<std::string>& rows) {
  return {rows.begin(), rows.end()};
}

std::shared_ptr<arrow::Schema> Nullable(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) fields.push_back(field->WithNullable(true));
  return arrow::schema(std::move(fields));
}

class TestRun {
 public:
  TestRun(const pipeline::Pipeline& pipeline, const DataflowPlan& plan, const pipeline::Test& test)
      : pipeline_(pipeline), plan_(plan), test_(test) {}

  Result<TestOutcome> Run() {
    ASSIGN_OR_RAISE(dataflow_, Dataflow::Open(plan_, workers_));
    tables_.resize(test_.expected.size());
    // A step without rows comes first: an aggregate over everything has a row before any record.
    if (test_.steps.empty()) RETURN_NOT_OK(RunStep({}, 0));
    for (size_t i = 0; i < test_.steps.size(); ++i) RETURN_NOT_OK(RunStep(test_.steps[i], i + 1));
    for (size_t i = 0; i < test_.expected.size(); ++i)
      RETURN_NOT_OK(Compare(test_.expected[i], tables_[i], std::nullopt));
    return std::move(outcome_);
  }

 private:
  Status RunStep(const pipeline::TestStep& step, size_t number) {
    std::map<std::string, std::vector<Changes>> inputs;
    for (const TestInput& input : step.inputs) {
      ASSIGN_OR_RAISE(Changes changes, Decode(input));
      inputs[input.source].push_back(std::move(changes));
    }
    now_us_ = step.now_us.value_or(now_us_);
    MicroBatch context;
    context.now_us = now_us_;
    RETURN_NOT_OK(dataflow_->Run(std::move(inputs), context));
    for (const MicroBatch::RejectedRow& row : context.rejected)
      outcome_.rejected.push_back(fmt::format("{}: {} {}", row.view, row.reason, row.row_json));
    for (size_t i = 0; i < test_.expected.size(); ++i)
      RETURN_NOT_OK(AddOutput(test_.expected[i], &tables_[i]));
    for (const TestExpectation& expected : step.changes) {
      RowCounts changes;
      RETURN_NOT_OK(AddOutput(expected, &changes));
      RETURN_NOT_OK(Compare(expected, changes, number));
    }
    return Status::OK();
  }

  Result<Changes> Decode(const TestInput& input) {
    const auto source = std::ranges::find(pipeline_.sources, input.source, &pipeline::Source::name);
    // Of a row that is deleted the key is enough.
    ASSIGN_OR_RAISE(auto decoder,
                    format::MakeJsonDecoder(input.deletes ? Nullable(*source->read_schema)
                                                          : source->read_schema));
    ASSIGN_OR_RAISE(auto decoded, decoder->Decode(Views(input.rows)));
    for (const auto& rejected : decoded.rejected)
      outcome_.rejected.push_back(fmt::format("{}: {}", input.source, rejected.reason));
    if (source->key.empty()) return Changes{decoded.batch, nullptr};
    const int64_t rows = decoded.batch->num_rows();
    auto columns = decoded.batch->columns();
    columns.push_back(MakeWeights(
        std::vector<int8_t>(static_cast<size_t>(rows), input.deletes ? int8_t{-1} : int8_t{1})));
    return Changes{arrow::RecordBatch::Make(ChangeSchema(*source->read_schema, true, false), rows,
                                            std::move(columns)),
                   nullptr};
  }

  // Adds what the relation did in the last step, reduced to the columns that are compared.
  Status AddOutput(const TestExpectation& expected, RowCounts* counts) {
    for (const Changes& changes : dataflow_->output(expected.relation).batches) {
      const int8_t* weights = Weights(*changes.batch);
      ASSIGN_OR_RAISE(const auto rows, Columns(*changes.batch, expected));
      for (int64_t row = 0; row < rows->num_rows(); ++row) {
        std::string json;
        format::WriteJsonRow(*rows, row, &json);
        const auto found = counts->try_emplace(std::move(json), 0).first;
        found->second += weights == nullptr ? 1 : weights[row];
        if (found->second == 0) counts->erase(found);
      }
    }
    return Status::OK();
  }

  static Result<std::shared_ptr<arrow::RecordBatch>> Columns(const arrow::RecordBatch& batch,
                                                             const TestExpectation& expected) {
    std::vector<int> columns;
    for (const std::string& column : expected.columns)
      columns.push_back(batch.schema()->GetFieldIndex(column));
    for (int i = 0; i < DataColumns(*batch.schema()) && expected.columns.empty(); ++i)
      columns.push_back(i);
    return batch.SelectColumns(columns);
  }

  Status Compare(const TestExpectation& expected, const RowCounts& found,
                 std::optional<size_t> step) {
    RowCounts wanted;
    ASSIGN_OR_RAISE(const bool readable, Normalize(expected, &wanted));
    if (!readable) return Status::OK();
    TestFailure failure{&expected, step, {}, {}};
    const auto add = [&](const std::string& row, int count, std::vector<std::string>* to) {
      const char* sign = !step ? "" : count > 0 ? "+ " : "- ";
      to->insert(to->end(), static_cast<size_t>(std::abs(count)), sign + row);
    };
    for (const auto& [row, count] : found) wanted.try_emplace(row, 0);
    for (const auto& [row, count] : wanted) {
      const auto there = found.find(row);
      const int real = there == found.end() ? 0 : there->second;
      const bool same_way = (count > 0) == (real > 0);
      const int common = !same_way ? 0 : count > 0 ? std::min(count, real) : std::max(count, real);
      add(row, count - common, &failure.missing);
      add(row, real - common, &failure.unexpected);
    }
    if (!failure.missing.empty() || !failure.unexpected.empty())
      outcome_.failures.push_back(std::move(failure));
    return Status::OK();
  }

  // What is expected goes the same way through decoder and writer as what is found, so that 1 and
  // 1.0 are equal. Returns false where it doesn't fit the relation.
  Result<bool> Normalize(const TestExpectation& expected, RowCounts* wanted) {
    if (expected.rows.empty()) return true;
    arrow::FieldVector fields;
    const auto schema = pipeline_.SchemaOf(expected.relation);
    for (const std::string& column : expected.columns)
      fields.push_back(schema->GetFieldByName(column)->WithNullable(true));
    ASSIGN_OR_RAISE(auto decoder, format::MakeJsonDecoder(arrow::schema(std::move(fields))));
    ASSIGN_OR_RAISE(const auto decoded, decoder->Decode(Views(expected.rows)));
    for (const auto& rejected : decoded.rejected)
      outcome_.rejected.push_back(
          fmt::format("expected of {}: {}", expected.name, rejected.reason));
    if (!decoded.rejected.empty()) return false;
    for (int64_t row = 0; row < decoded.batch->num_rows(); ++row) {
      std::string json;
      format::WriteJsonRow(*decoded.batch, row, &json);
      (*wanted)[json] += expected.weights.empty() ? 1 : expected.weights[static_cast<size_t>(row)];
    }
    return true;
  }

  const pipeline::Pipeline& pipeline_;
  const DataflowPlan& plan_;
  const pipeline::Test& test_;
  Workers workers_{1};
  std::unique_ptr<Dataflow> dataflow_;
  std::vector<RowCounts> tables_;  // one an expectation of the end
  int64_t now_us_ = 0;
  TestOutcome outcome_;
};

}  // namespace

Result<TestOutcome> RunPipelineTest(const pipeline::Pipeline& pipeline, const DataflowPlan& plan,
                                    const pipeline::Test& test) {
  return TestRun(pipeline, plan, test).Run();
}

}  // namespace headrace::engine
