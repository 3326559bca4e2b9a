// The columns of a `kafka:` source that come from beside the value of a message: its key, headers,
// time, topic, partition, offset.
#pragma once

#include <arrow/array.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <utility>

#include "base/status.h"
#include "engine/origin.h"
#include "pipeline/pipeline.h"

namespace headrace::engine {

class KafkaColumnReader {
 public:
  // `topic` is the name of the topic in Kafka.
  KafkaColumnReader(const pipeline::KafkaColumns& columns, std::string topic)
      : columns_(columns), topic_(std::move(topic)) {}

  bool Has(const std::string& column) const;

  // Returns the values of a column that it has, one for each row of `origins`.
  Result<std::shared_ptr<arrow::Array>> Read(const arrow::Field& column,
                                             const Origins& origins) const;

 private:
  const pipeline::KafkaColumns columns_;
  const std::string topic_;
};

}  // namespace headrace::engine
