// The rules by which Prometheus watches a pipeline, and for each alert two cases that say when it
// fires and when it doesn't.
//
// All windows are multiples of the scrape interval, so that a test may run them fast.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "observe/targets.h"
#include "pipeline/pipeline.h"

namespace headrace::observe {

using Labels = std::map<std::string, std::string>;

struct RecordingRule {
  std::string name;  // level:metric:operation, as Prometheus's documentation has it
  std::string expression;
};

// A series and its values, one an interval, in promtool's notation: "0+10x60".
struct Samples {
  std::string series;
  std::string values;
};

struct AlertingRule {
  std::string name;
  std::string expression;
  int64_t for_us = 0;
  std::string severity;  // critical: data stands still. warning: look at it
  std::string summary;   // may hold {{ $labels.NAME }}, and so may what follows
  std::string description;
  // The cases: samples with which it fires, with which labels, and samples with which it doesn't.
  std::vector<Samples> fires = {};
  Labels labels = {};
  Labels own_labels = {};  // that the rule itself gives, where there are several of its name
  std::vector<Samples> stays_quiet = {};
  int64_t intervals = 40;  // after so many
};

struct Rules {
  std::vector<RecordingRule> recording;
  std::vector<AlertingRule> alerting;
};

// How often Prometheus looks, and what follows from that.
struct Pace {
  int64_t interval_us = 15'000'000;

  int64_t Times(int64_t intervals) const { return interval_us * intervals; }
  std::string Window() const;  // "[5m]": over which growth is looked at
  // How long something has to last before an alert is about it.
  int64_t ForUs() const { return Times(8); }
};

// A length of time as Prometheus writes it: "1m30s".
std::string DurationText(int64_t duration_us);

// Series that alerts and boards read.
std::vector<RecordingRule> RecordingRules(const pipeline::Pipeline& pipeline, const Pace& pace);

// Rules over what headrace says of `pipeline`.
Rules HeadraceRules(const pipeline::Pipeline& pipeline, const Target& target, const Pace& pace);

// Rules over the other components, by what they say of themselves.
Rules ComponentRules(const std::vector<Target>& targets, const Pace& pace);

}  // namespace headrace::observe
