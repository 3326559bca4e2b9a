// A Runner processes a pipeline: it reads the topics of its sources, computes its views, and
// commits the results to its sinks, epoch by epoch, each exactly once (docs/ARCHITECTURE.md, "The
// epoch protocol").
//
//   ASSIGN_OR_RAISE(auto runner, Runner::Open(pipeline, log, registry, Clock::System(), {}));
//   RETURN_NOT_OK(runner->Run(stop, [&] { return sources_are_done; }));
//   Report(runner->totals());
//
// Its own state lies in <pipeline.state>/checkpoint. What an epoch did is durable once its
// checkpoint is; an epoch that was under way when the process died is run again, with the same
// records and the same clock.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "log/log.h"
#include "metrics/registry.h"
#include "pipeline/pipeline.h"
#include "sink/sink.h"

namespace headrace::engine {

struct RunnerOptions {
  // Forgets state and offsets that an earlier run left, whatever its views were: everything that
  // the topics still hold is processed again. Epoch numbers go on, so no sink takes an epoch for
  // one it holds already.
  bool reset_state = false;

  // Makes the sinks; sink::MakeSink where there is none.
  using SinkFactory = std::function<Result<std::unique_ptr<sink::Sink>>(
      const pipeline::Sink& definition, std::shared_ptr<arrow::Schema> schema)>;
  SinkFactory make_sink;
};

// What a runner did since it was opened, for the report.
struct RunTotals {
  int64_t records = 0;  // read from the topics of the sources
  int64_t bytes = 0;    // of their values
  int64_t quarantined = 0;
  int64_t late = 0;
  int64_t epochs = 0;      // committed
  int64_t last_epoch = 0;  // number of the newest
  struct View {
    std::string name;
    int64_t rows = 0;  // changes it emitted
    int64_t late = 0;
  };
  std::vector<View> views;
  struct SinkEntry {
    std::string name;
    sink::SinkTotals totals;
  };
  std::vector<SinkEntry> sinks;
};

// Used by one thread at a time, except totals(), which any thread may call.
class Runner {
 public:
  // Opens the checkpoint store, the topics and the sinks, and restores the state. `pipeline`,
  // `log`, `registry` and `clock` must outlive the runner.
  //
  // Errors: user errors where another process runs on the same state folder, where a changed query
  // cannot use the state that is there, where a statement cannot be run as a stream, and those of
  // the sinks.
  static Result<std::unique_ptr<Runner>> Open(const pipeline::Pipeline& pipeline, log::Log& log,
                                              metrics::Registry& registry, Clock& clock,
                                              RunnerOptions options = {});
  virtual ~Runner() = default;

  // Runs epochs until `stop` is requested, and then finishes the one under way; or until
  // `inputs_done` (may be empty: never) has returned true and everything in the topics is
  // processed. Returns OK in both cases.
  //
  // Errors: what a sink could not commit, a record that fails where the pipeline says on_error:
  // fail, a full disk. Nothing of the epoch under way is kept then; the next run runs it again.
  virtual Status Run(std::stop_token stop, std::function<bool()> inputs_done) = 0;

  virtual RunTotals totals() const = 0;
};

}  // namespace headrace::engine
