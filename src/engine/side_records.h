// What an epoch puts aside, for its side topics: <source>.quarantine and <view>.quarantine for what
// could not be processed, <view>.late for rows that came too late.
//
// Records of the quarantine are the raw bytes where they came from a topic, a row as JSON
// otherwise; headers tell the reason and the place: reason, path (JSON Pointer), view, topic,
// partition, offset.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/operator.h"
#include "engine/source_reader.h"

namespace headrace::engine {

class SideRecords {
 public:
  struct Record {
    std::string topic;
    std::string key;
    std::string value;
    std::vector<std::pair<std::string, std::string>> headers;
  };

  void Quarantine(const std::string& source, const SourceSlice::BadRecord& record);
  void Quarantine(const std::string& relation, const MicroBatch::RejectedRow& row);
  void KeepLate(const MicroBatch::LateRows& late);

  const std::vector<Record>& records() const { return records_; }

 private:
  std::vector<Record> records_;
};

}  // namespace headrace::engine
