#include "sink/blackhole_sink.h"

#include <algorithm>

#include "sink/sink_metrics.h"

namespace headrace::sink {
namespace {

class BlackholeSink : public Sink {
 public:
  BlackholeSink(const std::string& name, metrics::Registry& registry) : metrics_(registry, name) {}

  Result<int64_t> LastCommittedEpoch() override { return 0; }

  Status Write(const ChangeBatch& batch) override {
    const int8_t* weights = Weights(*batch);
    const int64_t rows = batch->num_rows();
    const int64_t gone =
        weights == nullptr
            ? 0
            : std::count_if(weights, weights + rows, [](int8_t weight) { return weight < 0; });
    disappeared_ += gone;
    appeared_ += rows - gone;
    return Status::OK();
  }

  Status Commit(const Epoch&, std::stop_token) override {
    metrics_.Committed(appeared_, disappeared_, 0, 0);
    appeared_ = disappeared_ = 0;
    return Status::OK();
  }

  SinkTotals totals() const override { return metrics_.totals; }

 private:
  SinkMetrics metrics_;
  int64_t appeared_ = 0;
  int64_t disappeared_ = 0;
};

}  // namespace

std::unique_ptr<Sink> MakeBlackholeSink(const std::string& name, metrics::Registry& registry) {
  return std::make_unique<BlackholeSink>(name, registry);
}

}  // namespace headrace::sink
