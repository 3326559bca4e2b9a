// A Dataflow is the running form of a DataflowPlan: the state of every operator, through which
// micro-batches are sent. It knows nothing of topics, epochs and sinks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/workers.h"
#include "engine/dataflow_plan.h"
#include "engine/operator.h"

namespace headrace::engine {

// What an operator did since the dataflow was opened.
struct OperatorReport {
  const DataflowNode* node = nullptr;
  int64_t rows = 0;  // changes it emitted
  int64_t late = 0;
  StateSize state;
  std::optional<int64_t> watermark;  // of its output
};

// Used by one thread at a time.
class Dataflow {
 public:
  // Operators that don't need each other's output run beside each other, as far as there are
  // workers; what comes out is the same. `plan` and `workers` must outlive the dataflow.
  static Result<std::unique_ptr<Dataflow>> Open(const DataflowPlan& plan, Workers& workers);

  // Sends one micro-batch through: `inputs` are the batches of the sources by name. What relations
  // yield can be read with output() until the next call; `context` gets what was put aside.
  Status Run(std::map<std::string, std::vector<Changes>> inputs, MicroBatch& context);

  // What a source or view did in the last micro-batch.
  const Delta& output(const std::string& relation) const;

  // Calls `visit` with the changed state of every operator that has some.
  Status SaveChanges(const std::function<Status(const DataflowNode&, StateBlock)>& visit);

  // Applies a block that SaveChanges() handed out for the operator `node`. Before the first Run().
  Status Restore(int node, std::string_view block);

  std::vector<OperatorReport> Report() const;
  const DataflowPlan& plan() const { return plan_; }

 private:
  struct Node {
    std::unique_ptr<OperatorState> state;  // null: the entry of a source
    Delta delta;                           // of the last micro-batch
    MicroBatch aside;                      // what it put aside there
    int64_t rows = 0;
  };

  Dataflow(const DataflowPlan& plan, Workers& workers);

  Status Process(int node);
  // Of nodes that have their inputs.
  Status ProcessAll(const std::vector<int>& nodes);

  const DataflowPlan& plan_;
  Workers& workers_;
  std::vector<Node> nodes_;
  std::vector<std::vector<int>> levels_;  // the operators by how many lie before them
};

}  // namespace headrace::engine
