// What `headrace explain` shows of a pipeline, before it is text or JSON.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/pipeline.h"
#include "pipeline/relation_traits.h"

namespace headrace::cli {

// One operator of a view, with its inputs below it.
struct ExplainedOperator {
  std::string name;  // "aggregate"
  std::string what;  // "by window(time, '1 hour'), floor(mag)"
  std::vector<std::pair<std::string, std::string>> details;  // "state": "a count for each group"
  std::vector<ExplainedOperator> inputs;
};

struct ExplainedColumn {
  std::string name;
  std::string type;                  // as Spark writes it, with NOT NULL
  std::vector<std::string> from;     // columns that the value is computed of
  std::vector<std::string> sources;  // the same, followed through views to the sources
};

struct ExplainedSource {
  std::string name;
  std::string connector;  // "http", "hudi"
  std::string what;       // "http://... every 5 s"
  std::vector<std::string> key;
  std::string order_by;
  int32_t partitions = 1;
  std::vector<std::string> read;      // columns that are decoded
  std::vector<std::string> not_read;  // columns that are declared and not decoded
  pipeline::RelationTraits traits;
};

struct ExplainedView {
  std::string name;
  bool emit_final = false;
  std::optional<std::pair<std::string, std::string>> watermark;  // column, delay
  pipeline::RelationTraits traits;
  ExplainedOperator plan;
  std::vector<ExplainedColumn> columns;
  std::vector<std::string> decided_by;  // source columns that only decide which rows there are
};

struct ExplainedSink {
  std::string name;
  std::string from;
  std::string connector;
  std::string what;  // where to
  std::vector<std::pair<std::string, std::string>> details;
  bool updates = false;  // rows are replaced and deleted, not only added
};

struct Explanation {
  std::string name;
  std::string state;
  std::string commit_every;
  std::string metrics;  // address, or "off"
  std::vector<ExplainedSource> sources;
  std::vector<ExplainedView> views;
  std::vector<ExplainedSink> sinks;
};

Explanation Explain(const pipeline::Pipeline& pipeline);

// A tree for people.
std::string ExplanationText(const Explanation& explanation);

// One JSON object for programs.
std::string ExplanationJson(const Explanation& explanation);

}  // namespace headrace::cli
