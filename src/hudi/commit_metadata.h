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

// Of a completed one.
Result<std::string> CommitMetadata(const std::string& instant_time,
                                   const std::vector<WriteStat>& stats,
                                   const std::map<std::string, std::string>& extra);

// Reads which file groups (partition, file id) a completed replacecommit's file takes out.
Result<std::vector<std::pair<std::string, std::string>>> ReplacedGroupsOf(std::string_view file);

// Reads what a completed commit's file says the commit did: "UPSERT", "CLUSTER", ...; "" where it
// doesn't say.
Result<std::string> OperationTypeOf(std::string_view file);

// Reads the extra metadata of a completed commit's file.
Result<std::map<std::string, std::string>> ExtraMetadataOf(std::string_view file);

}  // namespace headrace::hudi
