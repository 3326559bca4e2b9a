#include "engine/side_records.h"

#include "format/json_writer.h"

namespace headrace::engine {
namespace {

void AppendPlace(const Origin& origin, std::vector<std::pair<std::string, std::string>>* headers) {
  headers->emplace_back("topic", origin.topic);
  headers->emplace_back("partition", std::to_string(origin.partition));
  headers->emplace_back("offset", std::to_string(origin.offset));
}

}  // namespace

void SideRecords::Quarantine(const std::string& source, const SourceSlice::BadRecord& record) {
  Record& kept = records_.emplace_back(Record{source + ".quarantine",
                                              std::string(record.origin.key),
                                              std::string(record.origin.value),
                                              {{"reason", record.reason}, {"path", record.path}}});
  AppendPlace(record.origin, &kept.headers);
}

void SideRecords::Quarantine(const std::string& relation, const MicroBatch::RejectedRow& row) {
  Record& kept = records_.emplace_back(Record{
      relation + ".quarantine", "", row.row_json, {{"reason", row.reason}, {"view", row.view}}});
  if (!row.origin.has_value()) return;
  kept.key = row.origin->key;
  kept.value = row.origin->value;
  AppendPlace(*row.origin, &kept.headers);
}

void SideRecords::KeepLate(const MicroBatch::LateRows& late) {
  for (int64_t row = 0; row < late.rows->num_rows(); ++row) {
    Record& kept = records_.emplace_back(Record{late.view + ".late", "", "", {}});
    format::WriteJsonRow(*late.rows, row, &kept.value);
  }
}

}  // namespace headrace::engine
