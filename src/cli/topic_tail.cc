#include "cli/topic_tail.h"

#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "format/base64.h"
#include "format/json_writer.h"
#include "format/time_text.h"
#include "log/log.h"

namespace headrace::cli {
namespace {

constexpr auto kFollowInterval = std::chrono::seconds(1);

bool IsText(std::string_view bytes) {
  arrow::util::InitializeUTF8();  // It knows that once is enough.
  return arrow::util::ValidateUTF8(bytes);
}

std::string TimeText(int64_t timestamp_us) {
  std::string text;
  format::WriteTimestamp(timestamp_us, &text);
  return text + "Z";
}

std::string Printable(std::string_view bytes) {
  const bool text = IsText(bytes);
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool hidden = byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !text);
    if (hidden) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

void AppendJsonMember(const std::string& name, std::string_view bytes, std::string* out) {
  *out += ",\"" + name;
  if (IsText(bytes)) {
    *out += "\":";
    format::WriteJsonString(bytes, out);
  } else {
    *out += "_base64\":\"";
    format::EncodeBase64(bytes, out);
    *out += '"';
  }
}

struct Line {
  int64_t timestamp_us;
  std::string text;
};

// Where to begin in a partition.
Result<int64_t> Start(const TailOptions& options, log::Topic& topic, int32_t partition) {
  if (!options.from) return log::OffsetOfNewest(topic, partition, options.records);
  ASSIGN_OR_RAISE(const log::OffsetRange range, topic.Offsets(partition));
  return std::clamp(*options.from, range.first, range.next);
}

// Reads one partition from `*offset` to its end and moves it there.
Status ReadLines(log::Topic& topic, int32_t partition, const TailOptions& options, int64_t* offset,
                 std::deque<Line>* lines) {
  while (true) {
    ASSIGN_OR_RAISE(const auto blocks, topic.Read(partition, *offset, {}));
    if (blocks.empty()) return Status::OK();
    for (const log::RecordBlock& block : blocks) {
      for (int64_t i = 0; i < block.records(); ++i) {
        const log::Record record = block.record(i);
        const int64_t at = block.offset(i);
        lines->push_back({record.timestamp_us, options.json ? RecordJson(record, partition, at)
                                                            : RecordText(record, partition, at)});
      }
      *offset = block.next_offset();
    }
  }
}

Result<std::vector<int32_t>> ChosenPartitions(const TailOptions& options, const log::Topic& topic) {
  if (options.partition) {
    if (*options.partition >= 0 && *options.partition < topic.partitions()) {
      return std::vector<int32_t>{*options.partition};
    }
    return UserError(
        fmt::format("topic '{}' has no partition {}", options.topic, *options.partition),
        fmt::format("it has 0 to {}", topic.partitions() - 1));
  }
  std::vector<int32_t> all;
  for (int32_t partition = 0; partition < topic.partitions(); ++partition) all.push_back(partition);
  return all;
}

// Prints what is new since the last call; `offsets` holds where that ended, by partition.
Status PrintNew(const TailOptions& options, std::map<int32_t, int64_t>* offsets) {
  // What is read beside a running process is as of the opening.
  ASSIGN_OR_RAISE(const auto log, options.open_log());
  ASSIGN_OR_RAISE(const auto topic, log->FindTopic(options.topic));
  ASSIGN_OR_RAISE(const auto partitions, ChosenPartitions(options, *topic));
  const bool first_time = offsets->empty();
  std::deque<Line> lines;
  for (const int32_t partition : partitions) {
    ASSIGN_OR_RAISE(const log::OffsetRange range, topic->Offsets(partition));
    auto entry = offsets->find(partition);
    if (entry == offsets->end()) {
      ASSIGN_OR_RAISE(const int64_t start, Start(options, *topic, partition));
      entry = offsets->emplace(partition, start).first;
    }
    entry->second = std::max(entry->second, range.first);
    RETURN_NOT_OK(ReadLines(*topic, partition, options, &entry->second, &lines));
  }
  std::stable_sort(lines.begin(), lines.end(), [](const Line& left, const Line& right) {
    return left.timestamp_us < right.timestamp_us;
  });
  if (first_time && !options.from) {
    while (static_cast<int64_t>(lines.size()) > options.records) lines.pop_front();
  }
  for (const Line& line : lines) fmt::print("{}\n", line.text);
  std::fflush(stdout);
  return Status::OK();
}

}  // namespace

std::string RecordText(const log::Record& record, int32_t partition, int64_t offset) {
  std::string text =
      fmt::format("{}:{}  {}  {}  {}", partition, offset, TimeText(record.timestamp_us),
                  Printable(record.key), record.tombstone ? "(deleted)" : Printable(record.value));
  for (const auto& [name, value] : record.headers) {
    text += fmt::format("  {}={}", Printable(name), Printable(value));
  }
  return text;
}

std::string RecordJson(const log::Record& record, int32_t partition, int64_t offset) {
  std::string json =
      fmt::format(R"({{"partition":{},"offset":{},"timestamp":"{}","tombstone":{})", partition,
                  offset, TimeText(record.timestamp_us), record.tombstone);
  AppendJsonMember("key", record.key, &json);
  AppendJsonMember("value", record.value, &json);
  json += ",\"headers\":[";
  for (size_t i = 0; i < record.headers.size(); ++i) {
    json += i > 0 ? ",{\"name\":" : "{\"name\":";
    format::WriteJsonString(Printable(record.headers[i].first), &json);
    AppendJsonMember("value", record.headers[i].second, &json);
    json += '}';
  }
  return json + "]}";
}

Status PrintTail(const TailOptions& options) {
  std::map<int32_t, int64_t> offsets;
  RETURN_NOT_OK(PrintNew(options, &offsets));
  while (options.follow) {
    std::this_thread::sleep_for(kFollowInterval);
    RETURN_NOT_OK(PrintNew(options, &offsets));
  }
  return Status::OK();
}

}  // namespace headrace::cli
