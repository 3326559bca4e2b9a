#include "hudi/schemas.h"

namespace headrace::hudi {

const char kCommitMetadataSchema[] =
    R"({"type":"record","name":"HoodieCommitMetadata","namespace":"org.apache.hudi.avro.model",)"
    R"("fields":[{"name":"partitionToWriteStats","type":["null",{"type":"map",)"
    R"("values":{"type":"array","items":{"type":"record","name":"HoodieWriteStat",)"
    R"("fields":[{"name":"fileId","type":["null","string"],"default":null},{"name":"path",)"
    R"("type":["null","string"],"default":null},{"name":"prevCommit","type":["null","string"],)"
    R"("default":null},{"name":"numWrites","type":["null","long"],"default":null},)"
    R"({"name":"numDeletes","type":["null","long"],"default":null},{"name":"numUpdateWrites",)"
    R"("type":["null","long"],"default":null},{"name":"totalWriteBytes","type":["null","long"],)"
    R"("default":null},{"name":"totalWriteErrors","type":["null","long"],"default":null},)"
    R"({"name":"partitionPath","type":["null","string"],"default":null},{"name":"totalLogRecords",)"
    R"("type":["null","long"],"default":null},{"name":"totalLogFiles","type":["null","long"],)"
    R"("default":null},{"name":"totalUpdatedRecordsCompacted","type":["null","long"],)"
    R"("default":null},{"name":"numInserts","type":["null","long"],"default":null},)"
    R"({"name":"totalLogBlocks","type":["null","long"],"default":null},)"
    R"({"name":"totalCorruptLogBlock","type":["null","long"],"default":null},)"
    R"({"name":"totalRollbackBlocks","type":["null","long"],"default":null},)"
    R"({"name":"fileSizeInBytes","type":["null","long"],"default":null},{"name":"logVersion",)"
    R"("type":["null","int"],"default":null},{"name":"logOffset","type":["null","long"],)"
    R"("default":null},{"name":"baseFile","type":["null","string"],"default":null},)"
    R"({"name":"logFiles","type":["null",{"type":"array","items":"string","default":null}],)"
    R"("default":null},{"name":"cdcStats","type":["null",{"type":"map","values":"long",)"
    R"("default":null}],"default":null},{"name":"prevBaseFile","type":["null","string"],)"
    R"("default":null},{"name":"minEventTime","type":["null","long"],"default":null},)"
    R"({"name":"maxEventTime","type":["null","long"],"default":null},{"name":"runtimeStats",)"
    R"("type":["null",{"type":"record","name":"HoodieRuntimeStats",)"
    R"("fields":[{"name":"totalScanTime","type":["null","long"],"default":null},)"
    R"({"name":"totalCreateTime","type":["null","long"],"default":null},{"name":"totalUpsertTime",)"
    R"("type":["null","long"],"default":null}]}],"default":null},{"name":"totalLogFilesCompacted",)"
    R"("type":["null","long"],"default":null},{"name":"totalLogReadTimeMs","type":["null","long"],)"
    R"("default":null},{"name":"totalLogSizeCompacted","type":["null","long"],"default":null},)"
    R"({"name":"tempPath","type":["null","string"],"default":null},{"name":"numUpdates",)"
    R"("type":["null","long"],"default":null}]}}}],"default":null},{"name":"compacted",)"
    R"("type":["null","boolean"],"default":null},{"name":"extraMetadata","type":["null",)"
    R"({"type":"map","values":"string","default":null}],"default":null},{"name":"version",)"
    R"("type":["int","null"],"default":1},{"name":"operationType","type":["null","string"],)"
    R"("default":null}]})";

std::string ReplaceCommitMetadataSchema() {
  std::string schema = kCommitMetadataSchema;
  const std::string name = "HoodieCommitMetadata", end = "]}";
  schema.replace(schema.find(name), name.size(), "HoodieReplaceCommitMetadata");
  schema.resize(schema.size() - end.size());
  return schema + R"(,{"name":"partitionToReplaceFileIds","type":["null",{"type":"map",)"
                  R"("values":{"type":"array","items":"string"}}],"default":null}]})";
}

// Without the plan of a clustering, which readers take to be null.
const char kRequestedReplaceMetadataSchema[] =
    R"({"type":"record","name":"HoodieRequestedReplaceMetadata",)"
    R"("namespace":"org.apache.hudi.avro.model","fields":[{"name":"operationType",)"
    R"("type":["null","string"],"default":null},{"name":"extraMetadata","type":["null",)"
    R"({"type":"map","values":"string"}],"default":null},{"name":"version","type":["int","null"],)"
    R"("default":1}]})";

const char kRollbackPlanSchema[] =
    R"({"type":"record","name":"HoodieRollbackPlan","namespace":"org.apache.hudi.avro.model",)"
    R"("fields":[{"name":"instantToRollback","type":["null",{"type":"record",)"
    R"("name":"HoodieInstantInfo","fields":[{"name":"commitTime","type":"string"},{"name":"action",)"
    R"("type":"string"}]}],"default":null},{"name":"RollbackRequests","type":["null",)"
    R"({"type":"array","items":{"type":"record","name":"HoodieRollbackRequest",)"
    R"("fields":[{"name":"partitionPath","type":"string"},{"name":"fileId","type":["null",)"
    R"("string"],"default":null},{"name":"latestBaseInstant","type":["null","string"],)"
    R"("default":null},{"name":"filesToBeDeleted","type":{"type":"array","items":"string",)"
    R"("default":[]},"default":[]},{"name":"logBlocksToBeDeleted","type":["null",{"type":"map",)"
    R"("values":"long"}],"default":null}]}}],"default":null},{"name":"version","type":["int",)"
    R"("null"],"default":1}]})";

const char kRollbackMetadataSchema[] =
    R"({"type":"record","name":"HoodieRollbackMetadata","namespace":"org.apache.hudi.avro.model",)"
    R"("fields":[{"name":"startRollbackTime","type":"string"},{"name":"timeTakenInMillis",)"
    R"("type":"long"},{"name":"totalFilesDeleted","type":"int"},{"name":"commitsRollback",)"
    R"("type":{"type":"array","items":"string"}},{"name":"partitionMetadata","type":{"type":"map",)"
    R"("values":{"type":"record","name":"HoodieRollbackPartitionMetadata",)"
    R"("fields":[{"name":"partitionPath","type":"string"},{"name":"successDeleteFiles",)"
    R"("type":{"type":"array","items":"string"}},{"name":"failedDeleteFiles",)"
    R"("type":{"type":"array","items":"string"}},{"name":"rollbackLogFiles","type":["null",)"
    R"({"type":"map","values":"long"}],"default":null},{"name":"logFilesFromFailedCommit",)"
    R"("type":["null",{"type":"map","values":"long"}],"default":null}]}}},{"name":"version",)"
    R"("type":["int","null"],"default":1},{"name":"instantsRollback","type":{"type":"array",)"
    R"("items":{"type":"record","name":"HoodieInstantInfo","fields":[{"name":"commitTime",)"
    R"("type":"string"},{"name":"action","type":"string"}]},"default":[]},"default":[]}]})";

}  // namespace headrace::hudi
