// The operators of a pipeline and how they are joined: each source and each view, in an order in
// which every operator comes after its inputs. Made once from the checked pipeline; immutable.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/event_time.h"
#include "engine/operator.h"
#include "pipeline/pipeline.h"

namespace headrace::engine {

struct DataflowNode {
  // Names its state and its metrics: "<relation>/<kind>", with "/2", "/3" where a view has several
  // of a kind.
  std::string id;
  std::string relation;                      // the source or view that it belongs to
  std::shared_ptr<const OperatorPlan> plan;  // null: where the batches of a source come in
  std::shared_ptr<arrow::Schema> output;     // system columns included
  std::vector<int> inputs;                   // nodes
  EventTimes event_times;                    // of its output
  // What its state depends on: the descriptions of the operator and of all before it.
  std::string fingerprint;
};

struct DataflowPlan {
  std::vector<DataflowNode> nodes;
  std::map<std::string, int> entries;  // source: the node its batches come in at
  std::map<std::string, int> outputs;  // source or view: the node that yields it
  // Some view has a row before any record: an aggregate over everything.
  bool has_first_rows = false;
};

// Errors: user errors where a view cannot be run as a stream.
Result<DataflowPlan> PlanDataflow(const pipeline::Pipeline& pipeline);

// Returns the sources that `relation` is computed from.
std::set<std::string> SourcesOf(const DataflowPlan& plan, const std::string& relation);

}  // namespace headrace::engine
