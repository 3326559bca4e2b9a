// A FileSource reads files record by record, as they grow, are renamed, replaced and added. How far
// it got is stored with the records: whenever the process dies, each record is kept once.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "source/file_catalog.h"
#include "source/file_reader.h"
#include "source/line_splitter.h"
#include "source/source.h"
#include "source/source_metrics.h"

namespace headrace::source {

class FileSource : public Source {
 public:
  FileSource(const pipeline::Source& definition, std::shared_ptr<log::Topic> topic,
             metrics::Registry& registry, Clock& clock);

  Status Run(std::stop_token stop, bool until_caught_up) override;

 private:
  // A look at all files. Returns whether something was appended.
  Result<bool> Poll(const std::stop_token& stop);
  // Reads what is new in a file. A file that can't be read is left for the next look.
  Status ReadFile(const PresentFile& file, const std::stop_token& stop);
  // Returns whether all that the file holds is read, to the last byte.
  Result<bool> ReadRecords(const PresentFile& file, FileReader& reader,
                           const std::stop_token& stop);
  // Reads the header of a CSV file into header_. Returns where the first row begins; nothing where
  // the header isn't there yet.
  Result<std::optional<int64_t>> ReadHeader(FileReader& reader);
  void Add(std::string_view record);
  Status Commit();
  // Whether a last line without a line break is one because its file is long untouched.
  bool IsSettled(const PresentFile& file);
  void Complain(const std::string& path, const Status& status);
  bool has_header() const { return csv_ != nullptr && csv_->header; }

  const pipeline::Source definition_;
  const pipeline::FileSource& file_;      // of definition_
  const pipeline::CsvFormat* const csv_;  // of definition_; null: lines
  const std::shared_ptr<log::Topic> topic_;
  Clock& clock_;
  SourceMetrics metrics_;
  std::unique_ptr<FileCatalog> catalog_;
  log::RecordBlockBuilder builder_;
  std::string stored_;  // the cursor in the topic
  std::string header_;  // of the file that is being read, with its line break
  std::string record_;
  // Files that were read to their last byte: size and time of change then, by device and inode.
  std::map<std::pair<uint64_t, uint64_t>, std::pair<int64_t, int64_t>> read_;
  std::map<std::string, std::string> problems_;  // by path, told already
};

}  // namespace headrace::source
