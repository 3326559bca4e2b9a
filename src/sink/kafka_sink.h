// A sink that is a topic of a Kafka cluster: each row a message, as sink/message_encoder.h says.
// The changes of an epoch are one transaction, which stores the epoch's number too: as the
// committed offset of partition 0 in the consumer group `headrace.PIPELINE.SINK`, which is the
// transactional.id as well. So an epoch is in the topic exactly if its number is, and one run at a
// time can write.
//
// With a key the last row of each key in an epoch is sent, and where there is none any more a
// tombstone.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "metrics/registry.h"
#include "pipeline/pipeline.h"
#include "sink/sink.h"

namespace headrace::sink {

// Makes the topic where it isn't there, and takes over from an earlier run.
//
// `definition` has a KafkaSink.
//
// Errors: user errors where the cluster forbids it, and those of MakeAvroEncoder(); transient where
// no broker answers.
Result<std::unique_ptr<Sink>> MakeKafkaSink(const std::string& pipeline,
                                            const pipeline::Sink& definition,
                                            std::shared_ptr<arrow::Schema> schema,
                                            metrics::Registry& registry);

}  // namespace headrace::sink
