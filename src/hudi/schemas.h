// The Avro schemas of the records that the timeline keeps. Avro is positional: field order counts.
// Source: files written by Apache Hudi 1.2.0.
#pragma once

#include <string>

namespace headrace::hudi {

extern const char kCommitMetadataSchema[];
extern const char kRequestedReplaceMetadataSchema[];
extern const char kRollbackPlanSchema[];
extern const char kRollbackMetadataSchema[];

// Of a replacecommit: a commit's, and which file groups it takes out.
std::string ReplaceCommitMetadataSchema();

}  // namespace headrace::hudi
