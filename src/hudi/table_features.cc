#include "hudi/table_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace headrace::hudi {
namespace {

// A property and the values of it that headrace knows; "" is one that isn't there.
struct Feature {
  const char* key;
  std::vector<std::string_view> known;
  const char* what;  // the table ...
  const char* hint;
};

const std::vector<Feature>& ForReading() {
  static const std::vector<Feature> features = {
      {"hoodie.table.version",
       {"8", "9"},
       "is of another version",
       "headrace reads and writes versions 8 and 9 (Hudi 1.0 and later)"},
      {"hoodie.timeline.layout.version",
       {"", "2"},
       "has another layout of the timeline",
       "tables of versions 8 and 9 have layout 2: upgrade it by a Spark write"},
      {"hoodie.timeline.path",
       {"", "timeline"},
       "has its timeline in another folder",
       "headrace looks for it in .hoodie/timeline"},
      {"hoodie.record.merge.mode",
       {"", "EVENT_TIME_ORDERING", "COMMIT_TIME_ORDERING"},
       "merges records by a class of its own",
       "headrace merges by event time or by commit time"},
      {"hoodie.table.partial.update.mode",
       {""},
       "merges partial updates",
       "headrace takes every record as a whole: read the table with Spark"},
      {"hoodie.payload.delete.field",
       {""},
       "has deletes that are marked in a column",
       "headrace takes every record for one that is there: read the table with Spark"},
      {"hoodie.record.merge.property.hoodie.payload.delete.field",
       {""},
       "has deletes that are marked in a column",
       "headrace takes every record for one that is there: read the table with Spark"},
      {"hoodie.table.base.file.format",
       {"", "PARQUET", "parquet"},
       "has base files of another format",
       "headrace reads base files in Parquet"},
      {"hoodie.table.multiple.base.file.formats.enable",
       {"", "false"},
       "has base files of several formats",
       "headrace reads base files in Parquet"},
      {"hoodie.populate.meta.fields",
       {"", "true"},
       "has no meta columns",
       "headrace takes the record's key from them: write the table with "
       "hoodie.populate.meta.fields=true"},
      {"hoodie.datasource.write.drop.partition.columns",
       {"", "false"},
       "keeps partition columns in the names of folders only",
       "write the table with hoodie.datasource.write.drop.partition.columns=false"},
      {"hoodie.bootstrap.base.path",
       {""},
       "is bootstrapped: part of its columns lie elsewhere",
       "read the table with Spark, or write its rows into another one"},
  };
  return features;
}

const std::vector<Feature>& ForWriting() {
  static const std::vector<Feature> features = {
      {"hoodie.index.type",
       {"", "BUCKET"},
       "has another index than the bucket index",
       "headrace finds a record by the bucket of its key: write to another path"},
      {"hoodie.bucket.index.engine",
       {"", "SIMPLE"},
       "has buckets of varying number (consistent hashing)",
       "headrace keeps the simple bucket index: write to another path"},
      {"hoodie.index.bucket.engine",
       {"", "SIMPLE"},
       "has buckets of varying number (consistent hashing)",
       "headrace keeps the simple bucket index: write to another path"},
      {"hoodie.table.keygenerator.type",
       {"", "SIMPLE", "SIMPLE_AVRO", "COMPLEX", "COMPLEX_AVRO", "NON_PARTITION",
        "NON_PARTITION_AVRO"},
       "makes keys or partition paths in a way of its own",
       "headrace takes the columns' values as they are (SIMPLE, COMPLEX, NON_PARTITION): write to "
       "another path"},
      {"hoodie.datasource.write.partitionpath.urlencode",
       {"", "false"},
       "encodes the names of its partition folders",
       "headrace doesn't: write to another path"},
      {"hoodie.table.cdc.enabled",
       {"", "false"},
       "keeps a log of changes (CDC)",
       "headrace writes none: its readers would miss headrace's changes; write to another path"},
  };
  return features;
}

std::vector<Diagnostic> Refusals(const std::vector<Feature>& features, const Properties& properties,
                                 const std::string& path) {
  std::vector<Diagnostic> refusals;
  for (const Feature& feature : features) {
    const auto found = properties.find(feature.key);
    const std::string_view value = found == properties.end() ? "" : std::string_view(found->second);
    if (std::find(feature.known.begin(), feature.known.end(), value) != feature.known.end())
      continue;
    Diagnostic refusal;
    refusal.message = fmt::format("the Hudi table {} {}: {}={}", path, feature.what, feature.key,
                                  value.empty() ? "(none)" : value);
    refusal.hint = feature.hint;
    refusals.push_back(std::move(refusal));
  }
  return refusals;
}

}  // namespace

Status CheckReadable(const Properties& properties, const std::string& path) {
  std::vector<Diagnostic> refusals = Refusals(ForReading(), properties, path);
  if (refusals.empty()) return Status::OK();
  return UserError({std::move(refusals.front())});
}

Status CheckWritable(storage::Storage& storage) {
  ASSIGN_OR_RAISE(const std::string text, storage.Get(".hoodie/hoodie.properties"));
  std::vector<Diagnostic> refusals = Refusals(ForWriting(), ParseProperties(text), storage.root());
  return refusals.empty() ? Status::OK() : UserError(std::move(refusals));
}

}  // namespace headrace::hudi
