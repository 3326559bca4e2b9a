#include "source/file_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/fault.h"
#include "base/logging.h"
#include "http/retry.h"

namespace headrace::source {
namespace {

constexpr int64_t kReadBytes = 1 << 20;
constexpr int64_t kAppendBytes = 8 << 20;
constexpr int64_t kRecordBytesMax = 64 << 20;
constexpr char kCursorName[] = "file";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

FileSource::FileSource(const pipeline::Source& definition, std::shared_ptr<log::Topic> topic,
                       metrics::Registry& registry, Clock& clock)
    : definition_(definition),
      file_(std::get<pipeline::FileSource>(definition_.connector)),
      csv_(std::get_if<pipeline::CsvFormat>(&definition_.format)),
      topic_(std::move(topic)),
      clock_(clock),
      metrics_(registry, definition.name) {}

Status FileSource::Run(std::stop_token stop, bool until_caught_up) {
  ASSIGN_OR_RAISE(const auto cursor, topic_->ReadCursor(kCursorName));
  std::vector<KnownFile> known;
  if (cursor) {
    ASSIGN_OR_RAISE(known, DecodeFileCursor(*cursor));
    stored_ = *cursor;
  }
  catalog_ = std::make_unique<FileCatalog>(file_.path, std::move(known));
  while (!stop.stop_requested()) {
    metrics_.polls.Add();
    const int64_t begin_us = MonotonicMicros();
    const auto has_news = Poll(stop);
    metrics_.poll_seconds.Observe(static_cast<double>(MonotonicMicros() - begin_us) / 1e6);
    if (!has_news.ok()) return WithContext("source '" + definition_.name + "'", has_news.status());
    metrics_.last_success.Set(static_cast<double>(clock_.NowMicros()) / 1e6);
    if (*has_news) continue;
    if (until_caught_up || !http::SleepFor(file_.every_us, stop)) break;
  }
  return Status::OK();
}

Result<bool> FileSource::Poll(const std::stop_token& stop) {
  ASSIGN_OR_RAISE(const auto files, catalog_->Look());
  const double before = metrics_.appended.value();
  decltype(read_) still_there;
  for (const PresentFile& file : files)
    if (auto entry = read_.extract({file.device, file.inode})) still_there.insert(std::move(entry));
  read_ = std::move(still_there);
  for (const PresentFile& file : files) {
    if (stop.stop_requested()) break;
    RETURN_NOT_OK(ReadFile(file, stop));
  }
  RETURN_NOT_OK(Commit());
  return metrics_.appended.value() > before;
}

Status FileSource::ReadFile(const PresentFile& file, const std::stop_token& stop) {
  auto& read = read_[{file.device, file.inode}];
  const auto state = std::pair(file.bytes, file.changed_us);
  if (read == state) return Status::OK();
  auto reader = FileReader::Open(file.path, file.inode);
  if (reader.ok() && *reader == nullptr) return Status::OK();  // the next look finds it elsewhere
  Status status = reader.status();
  if (status.ok()) {
    const auto is_read = ReadRecords(file, **reader, stop);
    status = is_read.status();
    if (is_read.ok() && *is_read) read = state;
  }
  if (!status.ok() && KindOf(status) != ErrorKind::kTransient) return status;
  Complain(file.path, status);
  return Status::OK();
}

Result<bool> FileSource::ReadRecords(const PresentFile& file, FileReader& reader,
                                     const std::stop_token& stop) {
  KnownFile& known = catalog_->at(file.known);
  int64_t first = 0;
  if (has_header()) {
    ASSIGN_OR_RAISE(const auto row, ReadHeader(reader));
    if (!row) return false;
    first = *row;
  }
  LineSplitter splitter(std::max(first, known.offset),
                        csv_ != nullptr ? *csv_ : pipeline::CsvFormat{});
  while (!stop.stop_requested()) {
    ASSIGN_OR_RAISE(const std::string bytes,
                    reader.Read(splitter.offset() + std::ssize(splitter.Rest()), kReadBytes));
    const bool is_final = reader.is_final();
    // Before anything is taken, for what is taken must be remembered.
    std::string head;
    if (known.head_bytes < kHeadBytesMax) {
      ASSIGN_OR_RAISE(head, reader.Read(0, kHeadBytesMax));
    }
    splitter.Add(bytes);
    while (const auto record = splitter.Next()) Add(*record);
    if (bytes.empty() && !splitter.Rest().empty() && (is_final || IsSettled(file)))
      Add(splitter.TakeRest());
    if (std::ssize(splitter.Rest()) > kRecordBytesMax)
      return UserError(fmt::format("the record at byte {} of {} is longer than {} MiB",
                                   splitter.offset(), file.path, kRecordBytesMax >> 20),
                       "records end with a line break; is a quote not closed, or is it no text?");
    if (splitter.offset() > known.offset) {
      known.offset = splitter.offset();
      if (known.head_bytes < kHeadBytesMax) {
        head.resize(std::min(head.size(), static_cast<size_t>(known.offset)));
        known.head_bytes = std::ssize(head);
        known.head_hash = HashHead(head);
      }
    }
    if (bytes.empty()) return splitter.Rest().empty();
    if (builder_.bytes() >= kAppendBytes) RETURN_NOT_OK(Commit());
  }
  return false;
}

Result<std::optional<int64_t>> FileSource::ReadHeader(FileReader& reader) {
  LineSplitter splitter(0, *csv_);
  while (std::ssize(splitter.Rest()) <= kReadBytes) {
    ASSIGN_OR_RAISE(const std::string bytes, reader.Read(std::ssize(splitter.Rest()), 64 << 10));
    splitter.Add(bytes);
    if (const auto line = splitter.Next()) {
      header_ = *line;
      if (header_.starts_with(kByteOrderMark)) header_.erase(0, kByteOrderMark.size());
      header_ += '\n';
      return splitter.offset();
    }
    if (bytes.empty()) return std::nullopt;
  }
  return UserError("the header of a CSV file is longer than 1 MiB",
                   "with  header: false  its first line is a row");
}

void FileSource::Add(std::string_view record) {
  if (record.starts_with(kByteOrderMark)) record.remove_prefix(kByteOrderMark.size());
  if (IsBlank(record)) return;
  if (has_header()) {
    record_ = header_;
    record_ += record;
    record = record_;
  }
  builder_.Append({.value = record, .timestamp_us = clock_.NowMicros()});
  metrics_.records.Add();
}

Status FileSource::Commit() {
  std::string cursor = EncodeFileCursor(catalog_->known());
  if (cursor == stored_) return Status::OK();
  const int64_t records = builder_.records();
  if (records > 0) {
    FaultPoint("source.before_append");
    RETURN_NOT_OK(topic_->Append(0, builder_.Finish(), {kCursorName, cursor}).status());
    FaultPoint("source.after_append");
    metrics_.appended.Add(static_cast<double>(records));
  } else {
    RETURN_NOT_OK(topic_->StoreCursor({kCursorName, cursor}));
  }
  stored_ = std::move(cursor);
  return Status::OK();
}

bool FileSource::IsSettled(const PresentFile& file) {
  return file_.complete_after_us > 0 &&
         clock_.NowMicros() - file.modified_us >= file_.complete_after_us;
}

void FileSource::Complain(const std::string& path, const Status& status) {
  if (status.ok()) {
    problems_.erase(path);
    return;
  }
  metrics_.CountError(BadAnswerReason::kUnreadable);
  if (std::exchange(problems_[path], status.message()) == status.message()) return;
  LogWarning("source", "'{}': {}; it will be tried again", definition_.name, status.message());
}

}  // namespace headrace::source
