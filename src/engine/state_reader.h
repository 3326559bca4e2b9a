// A StateReader looks into the state that a pipeline has kept in <pipeline.state>/checkpoint: what
// each operator holds, and the rows that a view has produced as far as they are in it. It changes
// nothing, and works beside a running process: it sees what was complete when it was opened.
//
//   ASSIGN_OR_RAISE(auto reader, StateReader::Open(pipeline));
//   for (const OperatorEntry& entry : reader->operators()) Print(entry, *reader->Measure(entry));
//   RETURN_NOT_OK(reader->VisitRows("activity", [](const ChangeBatch& rows) { ... }));
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "engine/checkpoint_store.h"
#include "engine/dataflow_plan.h"
#include "engine/operator.h"

namespace headrace::engine {

// How the state of an operator and the pipeline file agree.
enum class StateFit {
  kFits,
  kNew,      // the file has it, the state does not yet
  kChanged,  // the state was made by another query
  kGone,     // the state has it, the file does no more
};

struct OperatorEntry {
  std::string id;
  std::string relation;
  StateFit fit = StateFit::kFits;
  const DataflowNode* node = nullptr;  // null: kGone
  std::string difference;              // kChanged: what was and what is
  int64_t stored_bytes = 0;            // in the checkpoint store, before compression
};

// What the state of an operator takes in memory, and where it stands.
struct OperatorMeasure {
  StateSize size;
  std::optional<int64_t> watermark;
};

// Used by one thread at a time.
class StateReader {
 public:
  // `pipeline` must outlive the reader.
  //
  // Errors: user errors where there is no state, where another version wrote it, where a view
  // cannot be run as a stream.
  static Result<std::unique_ptr<StateReader>> Open(const pipeline::Pipeline& pipeline);

  // The epoch that was completed last (0: none), and up to where it has read.
  int64_t completed_epoch() const { return store_->completed_epoch(); }
  const Offsets& offsets() const { return store_->offsets(); }

  // Every operator with a state: of the file in the order of the dataflow, then those that are
  // gone.
  const std::vector<OperatorEntry>& operators() const { return operators_; }

  // Loads the state of an operator, which takes as much memory as in a run; kFits only.
  Result<OperatorMeasure> Measure(const OperatorEntry& entry) const;

  // Hands out the rows of a source or view as they are at present: its data columns. Of windows
  // that are closed there are none any more; of `emit: final` there are those still to come.
  //
  // Errors: user errors where the rows of a relation aren't kept, with where else they are, and
  // where its state was made by another query.
  Status VisitRows(const std::string& relation, const RowVisitor& visit) const;

 private:
  explicit StateReader(const pipeline::Pipeline& pipeline) : pipeline_(pipeline) {}

  void ListOperators();
  Result<std::unique_ptr<OperatorState>> Load(const DataflowNode& node) const;
  // Hands out rows of a node's output, system columns included; returns whether more are wanted.
  Result<bool> VisitNode(int node, const std::string& relation, const RowVisitor& visit) const;
  Result<bool> VisitInputs(int node, const std::string& relation, const RowVisitor& visit) const;
  Status NotKept(const DataflowNode& node, const std::string& relation) const;

  const pipeline::Pipeline& pipeline_;
  DataflowPlan plan_;
  std::unique_ptr<CheckpointStore> store_;
  std::vector<OperatorEntry> operators_;
};

}  // namespace headrace::engine
