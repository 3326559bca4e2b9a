#include "cli/topic_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/units.h"
#include "cli/failure.h"
#include "cli/pipeline_file.h"
#include "cli/topic_tail.h"
#include "format/json_writer.h"
#include "log/open_log.h"

namespace headrace::cli {
namespace {

struct Arguments {
  std::string file;
  TailOptions tail;
};

// The log that a command looks into.
struct LogPlace {
  std::string text;  // "the log in var/quakes/log"
  std::function<Result<std::shared_ptr<log::Log>>()> open;
};

LogPlace LocalLogIn(const std::string& folder) {
  const auto open = [folder]() -> Result<std::shared_ptr<log::Log>> {
    return log::OpenLocalLog(folder, log::OpenMode::kReadOnly);
  };
  return {"the log in " + folder, open};
}

// Returns the log that FILE speaks of: a pipeline file, a state folder or a log folder. None where
// the file is wrong, which has been said then.
std::optional<LogPlace> FindLog(const std::string& file, const GlobalOptions& options) {
  if (std::filesystem::is_directory(file))
    return LocalLogIn(std::filesystem::is_directory(file + "/log") ? file + "/log" : file);
  const auto found = ReadPipelineFile(file, options);
  if (!found) return std::nullopt;
  if (!found->log.kafka) return LocalLogIn(found->state + "/log");
  const auto pipeline = std::make_shared<const pipeline::Pipeline>(*found);
  return LogPlace{"the log at " + pipeline->log.kafka->cluster.bootstrap_servers,
                  [pipeline] { return log::OpenLogToLook(*pipeline); }};
}

Result<std::vector<log::TopicInfo>> Topics(const LogPlace& place) {
  ASSIGN_OR_RAISE(const auto log, place.open());
  return log->ListTopics();
}

int64_t Records(const log::TopicInfo& topic) {
  int64_t records = 0;
  for (const log::OffsetRange& range : topic.partitions) records += range.next - range.first;
  return records;
}

std::string BytesText(const log::TopicInfo& topic) {
  return topic.bytes ? FormatSize(*topic.bytes) : "unknown";
}

std::string RetentionText(const log::TopicOptions& options) {
  std::string text;
  if (options.retention_us > 0) text = FormatDuration(options.retention_us);
  if (options.retention_bytes > 0) {
    text += (text.empty() ? "" : ", ") + FormatSize(options.retention_bytes);
  }
  return text.empty() ? "for ever" : text;
}

std::string TopicJson(const log::TopicInfo& topic) {
  std::string json = "{\"topic\":";
  format::WriteJsonString(topic.name, &json);
  json += fmt::format(
      R"(,"records":{},"bytes":{},"retention_us":{},"retention_bytes":{},"partitions":[)",
      Records(topic), topic.bytes ? fmt::to_string(*topic.bytes) : "null",
      topic.options.retention_us, topic.options.retention_bytes);
  for (size_t i = 0; i < topic.partitions.size(); ++i) {
    json += fmt::format(R"({}{{"partition":{},"first":{},"next":{}}})", i > 0 ? "," : "", i,
                        topic.partitions[i].first, topic.partitions[i].next);
  }
  json += "],\"readers\":[";
  for (size_t i = 0; i < topic.readers.size(); ++i) {
    json += i > 0 ? ",{\"reader\":" : "{\"reader\":";
    format::WriteJsonString(topic.readers[i].reader, &json);
    json += fmt::format(R"(,"partition":{},"offset":{}}})", topic.readers[i].partition,
                        topic.readers[i].offset);
  }
  return json + "]}";
}

Status List(const LogPlace& place, bool json) {
  ASSIGN_OR_RAISE(const auto topics, Topics(place));
  if (json) {
    for (const log::TopicInfo& topic : topics) fmt::print("{}\n", TopicJson(topic));
    return Status::OK();
  }
  size_t width = 5;
  for (const log::TopicInfo& topic : topics) width = std::max(width, topic.name.size());
  fmt::print("{:<{}}  {:>10}  {:>12}  {:>10}  {}\n", "topic", width, "partitions", "records",
             "bytes", "kept");
  for (const log::TopicInfo& topic : topics) {
    fmt::print("{:<{}}  {:>10}  {:>12}  {:>10}  {}\n", topic.name, width, topic.partitions.size(),
               Records(topic), BytesText(topic), RetentionText(topic.options));
  }
  return Status::OK();
}

// Finds a topic by name; the error says which there are.
Result<log::TopicInfo> FindTopic(const LogPlace& place, const std::string& name) {
  ASSIGN_OR_RAISE(const auto topics, Topics(place));
  std::vector<std::string> names;
  for (const log::TopicInfo& topic : topics) {
    if (topic.name == name) return topic;
    names.push_back(topic.name);
  }
  return UserError("there is no topic '" + name + "' in " + place.text,
                   HintOfNames("topics", name, names));
}

Status Show(const LogPlace& place, const std::string& name, bool json) {
  ASSIGN_OR_RAISE(const log::TopicInfo topic, FindTopic(place, name));
  if (json) {
    fmt::print("{}\n", TopicJson(topic));
    return Status::OK();
  }
  fmt::print("topic      {}\nrecords    {}\nbytes      {}\nkept       {}\n", topic.name,
             Records(topic), BytesText(topic), RetentionText(topic.options));
  for (size_t i = 0; i < topic.partitions.size(); ++i) {
    const log::OffsetRange& range = topic.partitions[i];
    fmt::print("partition  {}: offsets {} to {}\n", i, range.first, range.next);
  }
  for (const log::ReaderPosition& reader : topic.readers) {
    const int64_t next = topic.partitions[static_cast<size_t>(reader.partition)].next;
    fmt::print("reader     {}: partition {} up to offset {}, {} behind\n", reader.reader,
               reader.partition, reader.offset, next - reader.offset);
  }
  return Status::OK();
}

CLI::App* Declare(CLI::App& app, const std::string& name, const std::string& summary,
                  Arguments* arguments, bool with_topic) {
  CLI::App* sub = app.add_subcommand(name, summary);
  sub->fallthrough();  // --json may stand after it
  sub->add_option("FILE", arguments->file,
                  "the pipeline file, or the state folder of one with a local log")
      ->required();
  if (with_topic) sub->add_option("TOPIC", arguments->tail.topic, "name of the topic")->required();
  return sub;
}

RunFunction DeclareTopic(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  TailOptions& tail = arguments->tail;
  app.require_subcommand(1);
  CLI::App* list = Declare(app, "list", "List the topics", arguments.get(), false);
  CLI::App* show =
      Declare(app, "show", "Show a topic, its partitions and readers", arguments.get(), true);
  CLI::App* print =
      Declare(app, "tail", "Print the newest records of a topic", arguments.get(), true);
  print->add_option("-n,--records", tail.records, "how many (default 10)")
      ->check(CLI::NonNegativeNumber);
  print->add_option("--partition", tail.partition, "only this partition");
  print->add_option("--from", tail.from, "all from this offset on, instead of the newest");
  print->add_flag("--follow,-f", tail.follow, "go on with what comes, until Ctrl-C");
  return [arguments, list, show](const GlobalOptions& options) {
    const auto place = FindLog(arguments->file, options);
    if (!place) return kUsageFailed;
    TailOptions& tail = arguments->tail;
    tail.open_log = place->open;
    tail.json = options.json;
    Status status;
    if (list->parsed()) {
      status = List(*place, options.json);
    } else if (show->parsed()) {
      status = Show(*place, tail.topic, options.json);
    } else {
      status = FindTopic(*place, tail.topic).status();
      if (status.ok()) status = PrintTail(tail);
    }
    return status.ok() ? kSuccess : Fail("topic", status);
  };
}

}  // namespace

Command TopicCommand() {
  return {.name = "topic",
          .summary = "Look into the log of a pipeline: list, show, tail",
          .examples =
              "headrace topic list quakes.yaml            # also while the pipeline runs\n"
              "headrace topic show quakes.yaml feed       # partitions, offsets, readers\n"
              "headrace topic tail quakes.yaml feed -n 3  # the newest three records\n"
              "headrace topic tail quakes.yaml feed --follow --json",
          .declare = DeclareTopic};
}

}  // namespace headrace::cli
