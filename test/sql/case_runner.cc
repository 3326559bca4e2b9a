#include "case_runner.h"

#include <nlohmann/json.hpp>

#include "case_pipeline.h"
#include "engine/rows.h"
#include "format/json_writer.h"

namespace headrace::sql_test {
namespace {

using Json = nlohmann::ordered_json;

std::string Values(const Json& object) {
  Json values = Json::array();
  for (const auto& [name, value] : object.items()) values.push_back(value);
  return values.dump();
}

class CaseRunner {
 public:
  CaseRunner(const SqlCase& test_case, Batching batching)
      : case_(test_case),
        batching_(batching),
        workers_(batching == Batching::kFourThreads ? 4 : 1) {}

  Result<CaseResult> Run() {
    ASSIGN_OR_RAISE(pipeline_, MakePipeline(case_));
    ASSIGN_OR_RAISE(plan_, engine::PlanDataflow(pipeline_));
    RETURN_NOT_OK(Open());
    for (const std::vector<InputRow>& batch : Cut()) {
      RETURN_NOT_OK(RunBatch(batch));
      if (batching_ == Batching::kRestartAtEachStep) RETURN_NOT_OK(Restart());
    }
    CountLate();
    for (const auto& [row, count] : table_) {
      for (int i = 0; i < count; ++i) result_.rows.push_back(row);
    }
    return std::move(result_);
  }

 private:
  std::vector<std::vector<InputRow>> Cut() const;
  Status Open();
  Status Restart();
  Status RunBatch(const std::vector<InputRow>& rows);
  Result<engine::Changes> Decode(const pipeline::Source& source, const std::vector<InputRow>& rows,
                                 bool tombstones);
  Status TakeOutput(const arrow::RecordBatch& batch, std::vector<std::string>* changes);
  void CountLate();

  const SqlCase& case_;
  const Batching batching_;
  Workers workers_;
  pipeline::Pipeline pipeline_;
  engine::DataflowPlan plan_;
  std::unique_ptr<engine::Dataflow> dataflow_;
  std::map<std::string, std::string> saved_;  // blocks of state by operator
  std::map<std::string, int> table_;          // rows of the last view, and how often each is there
  CaseResult result_;
};

std::vector<std::vector<InputRow>> CaseRunner::Cut() const {
  std::vector<std::vector<InputRow>> batches;
  if (batching_ == Batching::kAllAtOnce) batches.emplace_back();
  for (const Step& step : case_.steps) {
    if (batching_ == Batching::kOneRow) {
      if (step.rows.empty()) batches.emplace_back();
      for (const InputRow& row : step.rows) batches.push_back({row});
    } else if (batching_ == Batching::kAllAtOnce) {
      batches[0].insert(batches[0].end(), step.rows.begin(), step.rows.end());
    } else {
      batches.push_back(step.rows);
    }
  }
  return batches;
}

Status CaseRunner::Open() {
  ASSIGN_OR_RAISE(dataflow_, engine::Dataflow::Open(plan_, workers_));
  for (size_t i = 0; i < plan_.nodes.size(); ++i) {
    const auto saved = saved_.find(plan_.nodes[i].id);
    if (saved == saved_.end()) continue;
    RETURN_NOT_OK(dataflow_->Restore(static_cast<int>(i), saved->second));
  }
  return Status::OK();
}

Status CaseRunner::Restart() {
  CountLate();
  RETURN_NOT_OK(dataflow_->SaveChanges(
      [&](const engine::DataflowNode& node, const engine::StateBlock& block) -> Status {
        const std::vector<std::string> blocks{saved_[node.id], block.bytes()};
        ASSIGN_OR_RAISE(const auto folded, engine::FoldStateBlocks(blocks, true));
        saved_[node.id] = folded.bytes();
        return Status::OK();
      }));
  return Open();
}

void CaseRunner::CountLate() {
  for (const engine::OperatorReport& report : dataflow_->Report()) {
    result_.late += static_cast<int>(report.late);
  }
}

Status CaseRunner::RunBatch(const std::vector<InputRow>& rows) {
  std::map<std::string, std::vector<engine::Changes>> inputs;
  for (const pipeline::Source& source : pipeline_.sources) {
    std::vector<InputRow> run;
    for (size_t i = 0; i <= rows.size(); ++i) {
      const bool ends = i == rows.size();
      if (!ends && rows[i].source != source.name) continue;
      if (!run.empty() && (ends || rows[i].tombstone != run[0].tombstone)) {
        ASSIGN_OR_RAISE(auto changes, Decode(source, run, run[0].tombstone));
        inputs[source.name].push_back(std::move(changes));
        run.clear();
      }
      if (!ends) run.push_back(rows[i]);
    }
  }
  engine::MicroBatch context;
  RETURN_NOT_OK(dataflow_->Run(std::move(inputs), context));
  result_.rejected += static_cast<int>(context.rejected.size());
  for (const auto& late : context.late) {
    result_.late_kept += static_cast<int>(late.rows->num_rows());
  }
  std::vector<std::string> changes;
  for (const engine::Changes& output : dataflow_->output(pipeline_.views.back().name).batches) {
    RETURN_NOT_OK(TakeOutput(*output.batch, &changes));
  }
  result_.changes.push_back(std::move(changes));
  return Status::OK();
}

Result<engine::Changes> CaseRunner::Decode(const pipeline::Source& source,
                                           const std::vector<InputRow>& rows, bool tombstones) {
  std::vector<std::string> objects;
  for (const InputRow& row : rows) {
    const Json values = Json::parse(row.json, nullptr, false);
    if (!values.is_array()) return Status::Invalid("not a JSON array: ", row.json);
    Json object = Json::object();
    for (size_t i = 0; i < values.size(); ++i) {
      const std::string& name =
          tombstones ? source.key[i] : source.schema->field(static_cast<int>(i))->name();
      object[name] = values[i];
    }
    objects.push_back(object.dump());
  }
  ASSIGN_OR_RAISE(auto decoder, format::MakeJsonDecoder(source.schema));
  ASSIGN_OR_RAISE(auto decoded, decoder->Decode({objects.begin(), objects.end()}));
  if (!decoded.rejected.empty()) {
    return Status::Invalid("a row does not fit the source: ", decoded.rejected[0].reason);
  }
  if (source.key.empty()) return engine::Changes{decoded.batch, nullptr};
  auto columns = decoded.batch->columns();
  columns.push_back(engine::MakeWeights(std::vector<int8_t>(rows.size(), tombstones ? -1 : 1)));
  return engine::Changes{
      arrow::RecordBatch::Make(ChangeSchema(*source.schema, true, false),
                               static_cast<int64_t>(rows.size()), std::move(columns)),
      nullptr};
}

Status CaseRunner::TakeOutput(const arrow::RecordBatch& batch, std::vector<std::string>* changes) {
  const int8_t* weights = Weights(batch);
  ASSIGN_OR_RAISE(auto data, batch.SelectColumns([&] {
    std::vector<int> columns;
    for (int i = 0; i < DataColumns(*batch.schema()); ++i) columns.push_back(i);
    return columns;
  }()));
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    std::string json;
    format::WriteJsonRow(*data, row, &json);
    const std::string values = Values(Json::parse(json));
    const int weight = weights == nullptr ? 1 : weights[row];
    changes->push_back((weight > 0 ? "+ " : "- ") + values);
    table_[values] += weight;
    if (table_[values] < 0) {
      return Status::Invalid("the row ", values, " disappears, but it is not there");
    }
  }
  return Status::OK();
}

}  // namespace

Result<CaseResult> RunCase(const SqlCase& test_case, Batching batching) {
  return CaseRunner(test_case, batching).Run();
}

std::string NormalRow(const std::string& json) {
  const Json values = Json::parse(json, nullptr, false);
  return values.is_discarded() ? "not JSON: " + json : values.dump();
}

}  // namespace headrace::sql_test
