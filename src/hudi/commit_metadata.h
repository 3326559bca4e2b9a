// HoodieCommitMetadata: what a commit says of itself on the timeline.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "hudi/commit.h"

namespace headrace::hudi {

// Of a commit in flight: nothing is known yet.
Result<std::string> PlannedCommitMetadata();

// What the timeline keeps of a commit that replaces file groups when it is requested: nothing yet.
Result<std::string> RequestedReplaceMetadata();

// Of a completed one. `operation_type` is Hudi's name for what it did: "UPSERT", "INSERT".
Result<std::string> CommitMetadata(const std::string& instant_time,
                                   const std::vector<WriteStat>& stats,
                                   const std::string& operation_type,
                                   const std::map<std::string, std::string>& extra);

// The file groups of each partition that a commit takes out of the table.
using ReplacedFileIds = std::map<std::string, std::vector<std::string>>;

// Of a completed replacecommit.
Result<std::string> ReplaceCommitMetadata(const std::string& instant_time,
                                          const std::vector<WriteStat>& stats,
                                          const std::string& operation_type,
                                          const ReplacedFileIds& replaced,
                                          const std::map<std::string, std::string>& extra);

// Reads which file groups (partition, file id) a completed replacecommit's file takes out.
Result<std::vector<std::pair<std::string, std::string>>> ReplacedGroupsOf(std::string_view file);

// Reads what a completed commit's file says the commit did: "UPSERT", "CLUSTER", ...; "" where it
// doesn't say.
Result<std::string> OperationTypeOf(std::string_view file);

// Reads the extra metadata of a completed commit's file.
Result<std::map<std::string, std::string>> ExtraMetadataOf(std::string_view file);

}  // namespace headrace::hudi
