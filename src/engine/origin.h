// Where rows come from: the record in a topic that a row was decoded from, for the quarantine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/record.h"

namespace headrace::engine {

// One record of a topic.
struct Origin {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  std::string key;
  std::string value;  // raw bytes
};

// The records of a batch. Keeps the blocks that hold their bytes alive.
struct Origins {
  std::string topic;
  int32_t partition = 0;
  std::vector<std::shared_ptr<const log::RecordBlock>> blocks;
  struct Place {
    uint32_t block = 0;
    uint32_t record = 0;  // within the block
  };
  std::vector<Place> rows;  // one a row of the batch

  // Returns a copy of the record that row `row` was decoded from.
  Origin Of(int64_t row) const {
    const Place place = rows[row];
    const log::RecordBlock& block = *blocks[place.block];
    const log::Record record = block.record(place.record);
    return {topic, partition, block.offset(place.record), std::string(record.key),
            std::string(record.value)};
  }
};

}  // namespace headrace::engine
