// Where Hudi Streamer would go on with a table that headrace has fed from Kafka: a commit's
// metadata tells it under a key of its own.
//
// Only offsets of a Kafka topic mean anything to it: of one that a `kafka:` source reads, or of a
// log on Kafka. Source: the classes StreamerCheckpointV2 and CheckpointUtils of Apache Hudi 1.2.0;
// Streamer looks for this key in tables of version 8 and later, then for the older
// "deltastreamer.checkpoint.key".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sink/sink.h"

namespace headrace::sink {

inline constexpr char kStreamerCheckpointKey[] = "streamer.checkpoint.key.v2";

// Returns the offsets as "orders,0:123,1:456", partitions in order, each with the offset that is
// read next; nothing where they are of no topic or of several, for Streamer reads one.
std::optional<std::string> StreamerCheckpoint(const std::vector<SourceOffset>& offsets);

}  // namespace headrace::sink
