// Rows as the keys and values of messages.
#pragma once

#include <arrow/record_batch.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "pipeline/pipeline.h"

namespace headrace::sink {

// Not thread-safe.
class MessageEncoder {
 public:
  virtual ~MessageEncoder() = default;

  // Says whose rows come next; `batch` must outlive them.
  virtual Status Bind(const arrow::RecordBatch& batch) = 0;

  // Appends what identifies a row, and the whole row. Errors: user errors for a value that the
  // schema of the topic doesn't take.
  virtual Status AppendKey(int64_t row, std::string* out) = 0;
  virtual Status AppendValue(int64_t row, std::string* out) = 0;
};

// Objects of JSON. `key` are the columns of the key.
std::unique_ptr<MessageEncoder> MakeJsonEncoder(std::vector<int> key);

// Avro records of `schema`, with the numbers of their schemas in the registry: those of the
// subjects `topic`-key and `topic`-value.
//
// Errors: user errors where the registry refuses the schemas; transient ones where it isn't
// reached.
Result<std::unique_ptr<MessageEncoder>> MakeAvroEncoder(const pipeline::AvroFormat& format,
                                                        const std::string& topic,
                                                        std::vector<int> key,
                                                        const arrow::Schema& schema);

}  // namespace headrace::sink
