#include "sink/console_sink.h"

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "format/json_writer.h"
#include "sink/sink_metrics.h"

namespace headrace::sink {
namespace {

class ConsoleSink : public Sink {
 public:
  ConsoleSink(const std::string& name, metrics::Registry& registry, std::FILE* out)
      : metrics_(registry, name), out_(out) {}

  Result<int64_t> LastCommittedEpoch() override { return 0; }

  Status Write(const ChangeBatch& batch) override {
    const int8_t* weights = Weights(*batch);
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      const bool appears = weights == nullptr || weights[row] > 0;
      (appears ? appeared_ : disappeared_) += 1;
      lines_ += appears ? R"({"op":"+","row":)" : R"({"op":"-","row":)";
      format::WriteJsonRow(*batch, row, &lines_);
      lines_ += "}\n";
    }
    return Status::OK();
  }

  Status Commit(const Epoch&, std::stop_token) override {
    const int64_t begin_us = MonotonicMicros();
    if (!lines_.empty() && (std::fwrite(lines_.data(), 1, lines_.size(), out_) != lines_.size() ||
                            std::fflush(out_) != 0)) {
      return Status::IOError("cannot print: ", std::strerror(errno));
    }
    metrics_.Committed(appeared_, disappeared_, static_cast<int64_t>(lines_.size()),
                       MonotonicMicros() - begin_us);
    lines_.clear();
    appeared_ = disappeared_ = 0;
    return Status::OK();
  }

  SinkTotals totals() const override { return metrics_.totals; }

 private:
  SinkMetrics metrics_;
  std::FILE* out_;
  std::string lines_;
  int64_t appeared_ = 0;
  int64_t disappeared_ = 0;
};

}  // namespace

std::unique_ptr<Sink> MakeConsoleSink(const std::string& name, metrics::Registry& registry,
                                      std::FILE* out) {
  return std::make_unique<ConsoleSink>(name, registry, out);
}

}  // namespace headrace::sink
