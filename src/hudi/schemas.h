// The Avro schemas of the records that the timeline keeps. Avro is positional: field order counts.
// Source: files written by Apache Hudi 1.2.0.
#pragma once

namespace headrace::hudi {

extern const char kCommitMetadataSchema[];
extern const char kRollbackPlanSchema[];
extern const char kRollbackMetadataSchema[];

}  // namespace headrace::hudi
