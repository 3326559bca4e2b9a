// A HudiSource tails an Apache Hudi table: the changes that its commits made, in the order of their
// completion, each once.
#pragma once

#include <memory>
#include <string>

#include "hudi/changes.h"
#include "source/change_writer.h"
#include "source/source.h"
#include "source/source_metrics.h"

namespace headrace::source {

class HudiSource : public Source {
 public:
  HudiSource(const pipeline::Source& definition, std::shared_ptr<log::Topic> topic,
             metrics::Registry& registry, Clock& clock, storage::StorageOptions storage);

  Status Run(std::stop_token stop, bool until_caught_up) override;

 private:
  // Returns whether there was something new.
  Result<bool> Poll(const std::stop_token& stop);
  // Sets the range to read next; false where there is none.
  Result<bool> NextRange(hudi::Table& table);
  Result<std::unique_ptr<hudi::TableChanges>> OpenChanges(hudi::Table& table);
  Status CheckKey(const hudi::Table& table) const;

  const pipeline::Source definition_;
  const pipeline::HudiSource& hudi_;  // of definition_
  Clock& clock_;
  const storage::StorageOptions storage_;
  SourceMetrics metrics_;
  ChangeWriter writer_;
  HudiCursor range_;  // `from` is kept; `to` is being read, where it isn't empty
  bool is_started_ = false;
  bool is_bad_ = false;  // the last poll failed
};

}  // namespace headrace::source
