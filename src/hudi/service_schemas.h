// The Avro schemas of the plans and results of table services; see schemas.h. Source: the classes
// of Apache Hudi 1.2.0's bundle.
#pragma once

namespace headrace::hudi {

extern const char kCompactionPlanSchema[];
extern const char kCleanerPlanSchema[];
extern const char kCleanMetadataSchema[];
extern const char kSavepointMetadataSchema[];
extern const char kRestorePlanSchema[];
extern const char kRestoreMetadataSchema[];
extern const char kArchivedInstantSchema[];
extern const char kClusteringPlanSchema[];

}  // namespace headrace::hudi
