#include "hudi/service_schemas.h"

namespace headrace::hudi {

const char kCompactionPlanSchema[] =
    R"({"type":"record","name":"HoodieCompactionPlan","namespace":"org.apache.hudi.avro.model",)"
    R"("fields":[{"name":"operations","type":["null",{"type":"array","items":{"type":"record",)"
    R"("name":"HoodieCompactionOperation","fields":[{"name":"baseInstantTime","type":["null",)"
    R"("string"]},{"name":"deltaFilePaths","type":["null",{"type":"array","items":"string"}],)"
    R"("default":null},{"name":"dataFilePath","type":["null","string"],"default":null},{"name":)"
    R"("fileId","type":["null","string"]},{"name":"partitionPath","type":["null","string"],)"
    R"("default":null},{"name":"metrics","type":["null",{"type":"map","values":"double"}],)"
    R"("default":null},{"name":"bootstrapFilePath","type":["null","string"],"default":)"
    R"(null}]}}],"default":null},{"name":"extraMetadata","type":["null",{"type":"map","values":)"
    R"("string"}],"default":null},{"name":"version","type":["int","null"],"default":1},{"name":)"
    R"("strategy","type":["null",{"type":"record","name":"HoodieCompactionStrategy","fields":)"
    R"([{"name":"compactorClassName","type":["null","string"],"default":null},{"name":)"
    R"("strategyParams","type":["null",{"type":"map","values":"string"}],"default":null},)"
    R"({"name":"version","type":["int","null"],"default":1}]}],"default":null},{"name":)"
    R"("preserveHoodieMetadata","type":["boolean","null"],"default":false},{"name":)"
    R"("missingSchedulePartitions","type":["null",{"type":"array","items":"string"}],"default":)"
    R"(null}]})";

const char kCleanerPlanSchema[] =
    R"({"type":"record","name":"HoodieCleanerPlan","namespace":"org.apache.hudi.avro.model",)"
    R"("fields":[{"name":"earliestInstantToRetain","type":["null",{"type":"record","name":)"
    R"("HoodieActionInstant","fields":[{"name":"timestamp","type":"string"},{"name":"action",)"
    R"("type":"string"},{"name":"state","type":"string"}]}],"default":null},{"name":)"
    R"("lastCompletedCommitTimestamp","type":"string","default":""},{"name":"policy","type":)"
    R"("string"},{"name":"filesToBeDeletedPerPartition","type":["null",{"type":"map","values":)"
    R"({"type":"array","items":"string"}}],"default":null},{"name":"version","type":["int",)"
    R"("null"],"default":1},{"name":"filePathsToBeDeletedPerPartition","type":["null",{"type":)"
    R"("map","values":{"type":"array","items":{"type":"record","name":"HoodieCleanFileInfo",)"
    R"("fields":[{"name":"filePath","type":["null","string"],"default":null},{"name":)"
    R"("isBootstrapBaseFile","type":["null","boolean"],"default":null}]}}}],"default":null},)"
    R"({"name":"partitionsToBeDeleted","type":["null",{"type":"array","items":"string"}],)"
    R"("default":null},{"name":"extraMetadata","type":["null",{"type":"map","values":"string",)"
    R"("default":null}],"default":null}]})";

const char kCleanMetadataSchema[] =
    R"({"type":"record","name":"HoodieCleanMetadata","namespace":"org.apache.hudi.avro.model",)"
    R"("fields":[{"name":"startCleanTime","type":"string"},{"name":"timeTakenInMillis","type":)"
    R"("long"},{"name":"totalFilesDeleted","type":"int"},{"name":"earliestCommitToRetain",)"
    R"("type":"string"},{"name":"lastCompletedCommitTimestamp","type":"string","default":""},)"
    R"({"name":"partitionMetadata","type":{"type":"map","values":{"type":"record","name":)"
    R"("HoodieCleanPartitionMetadata","fields":[{"name":"partitionPath","type":"string"},)"
    R"({"name":"policy","type":"string"},{"name":"deletePathPatterns","type":{"type":"array",)"
    R"("items":"string"}},{"name":"successDeleteFiles","type":{"type":"array","items":)"
    R"("string"}},{"name":"failedDeleteFiles","type":{"type":"array","items":"string"}},)"
    R"({"name":"isPartitionDeleted","type":["null","boolean"],"default":null}]}}},{"name":)"
    R"("version","type":["int","null"],"default":1},{"name":"bootstrapPartitionMetadata",)"
    R"("type":["null",{"type":"map","values":"HoodieCleanPartitionMetadata","default":null}],)"
    R"("default":null},{"name":"extraMetadata","type":["null",{"type":"map","values":"string",)"
    R"("default":null}],"default":null}]})";

const char kSavepointMetadataSchema[] =
    R"({"type":"record","name":"HoodieSavepointMetadata","namespace":)"
    R"("org.apache.hudi.avro.model","fields":[{"name":"savepointedBy","type":"string"},{"name":)"
    R"("savepointedAt","type":"long"},{"name":"comments","type":"string"},{"name":)"
    R"("partitionMetadata","type":{"type":"map","values":{"type":"record","name":)"
    R"("HoodieSavepointPartitionMetadata","fields":[{"name":"partitionPath","type":"string"},)"
    R"({"name":"savepointDataFile","type":{"type":"array","items":"string"}}]}}},{"name":)"
    R"("version","type":["int","null"],"default":1}]})";

const char kRestorePlanSchema[] =
    R"({"type":"record","name":"HoodieRestorePlan","namespace":"org.apache.hudi.avro.model",)"
    R"("fields":[{"name":"instantsToRollback","type":{"type":"array","items":{"type":"record",)"
    R"("name":"HoodieInstantInfo","fields":[{"name":"commitTime","type":"string"},{"name":)"
    R"("action","type":"string"}]},"default":null},"default":[]},{"name":"version","type":)"
    R"(["int","null"],"default":2},{"name":"savepointToRestoreTimestamp","type":["null",)"
    R"("string"],"default":null}]})";

const char kRestoreMetadataSchema[] =
    R"({"type":"record","name":"HoodieRestoreMetadata","namespace":)"
    R"("org.apache.hudi.avro.model","fields":[{"name":"startRestoreTime","type":"string"},)"
    R"({"name":"timeTakenInMillis","type":"long"},{"name":"instantsToRollback","type":{"type":)"
    R"("array","items":"string"}},{"name":"hoodieRestoreMetadata","type":{"type":"map",)"
    R"("values":{"type":"array","items":["null",{"type":"record","name":)"
    R"("HoodieRollbackMetadata","fields":[{"name":"startRollbackTime","type":"string"},{"name":)"
    R"("timeTakenInMillis","type":"long"},{"name":"totalFilesDeleted","type":"int"},{"name":)"
    R"("commitsRollback","type":{"type":"array","items":"string"}},{"name":"partitionMetadata",)"
    R"("type":{"type":"map","values":{"type":"record","name":"HoodieRollbackPartitionMetadata",)"
    R"("fields":[{"name":"partitionPath","type":"string"},{"name":"successDeleteFiles","type":)"
    R"({"type":"array","items":"string"}},{"name":"failedDeleteFiles","type":{"type":"array",)"
    R"("items":"string"}},{"name":"rollbackLogFiles","type":["null",{"type":"map","values":)"
    R"("long"}],"default":null},{"name":"logFilesFromFailedCommit","type":["null",{"type":)"
    R"("map","values":"long"}],"default":null}]}}},{"name":"version","type":["int","null"],)"
    R"("default":1},{"name":"instantsRollback","type":{"type":"array","items":{"type":"record",)"
    R"("name":"HoodieInstantInfo","fields":[{"name":"commitTime","type":"string"},{"name":)"
    R"("action","type":"string"}]},"default":[]},"default":[]}]}],"default":null}}},{"name":)"
    R"("version","type":["int","null"],"default":1},{"name":"restoreInstantInfo","type":)"
    R"({"type":"array","items":"HoodieInstantInfo","default":null},"default":[]}]})";

const char kArchivedInstantSchema[] =
    R"({"type":"record","name":"HoodieLSMTimelineInstant","namespace":)"
    R"("org.apache.hudi.avro.model","fields":[{"name":"instantTime","type":["null","string"],)"
    R"("default":null},{"name":"completionTime","type":["null","string"],"default":null},)"
    R"({"name":"action","type":["null","string"],"default":null},{"name":"metadata","type":)"
    R"(["null","bytes"],"default":null},{"name":"plan","type":["null","bytes"],"default":null},)"
    R"({"name":"version","type":"int","default":1}]})";

const char kClusteringPlanSchema[] =
    R"({"type":"record","name":"HoodieRequestedReplaceMetadata","namespace":)"
    R"("org.apache.hudi.avro.model","fields":[{"name":"operationType","type":["null","string"],)"
    R"("default":null},{"name":"clusteringPlan","type":["null",{"type":"record","name":)"
    R"("HoodieClusteringPlan","fields":[{"name":"inputGroups","type":["null",{"type":"array",)"
    R"("items":{"type":"record","name":"HoodieClusteringGroup","fields":[{"name":"slices",)"
    R"("type":["null",{"type":"array","items":{"type":"record","name":"HoodieSliceInfo",)"
    R"("fields":[{"name":"dataFilePath","type":["null","string"],"default":null},{"name":)"
    R"("deltaFilePaths","type":["null",{"type":"array","items":"string"}],"default":null},)"
    R"({"name":"fileId","type":["null","string"]},{"name":"partitionPath","type":["null",)"
    R"("string"],"default":null},{"name":"bootstrapFilePath","type":["null","string"],)"
    R"("default":null},{"name":"version","type":["int","null"],"default":1}]}}],"default":)"
    R"(null},{"name":"metrics","type":["null",{"type":"map","values":"double"}],"default":)"
    R"(null},{"name":"numOutputFileGroups","type":["int","null"],"default":1},{"name":)"
    R"("extraMetadata","type":["null",{"type":"map","values":"string"}],"default":null},)"
    R"({"name":"version","type":["int","null"],"default":1}]}}],"default":null},{"name":)"
    R"("strategy","type":["null",{"type":"record","name":"HoodieClusteringStrategy","fields":)"
    R"([{"name":"strategyClassName","type":["null","string"],"default":null},{"name":)"
    R"("strategyParams","type":["null",{"type":"map","values":"string"}],"default":null},)"
    R"({"name":"version","type":["int","null"],"default":1}]}],"default":null},{"name":)"
    R"("extraMetadata","type":["null",{"type":"map","values":"string"}],"default":null},)"
    R"({"name":"version","type":["int","null"],"default":1},{"name":"preserveHoodieMetadata",)"
    R"("type":["null","boolean"],"default":null},{"name":"missingSchedulePartitions","type":)"
    R"(["null",{"type":"array","items":"string"}],"default":null}]}],"default":null},{"name":)"
    R"("extraMetadata","type":["null",{"type":"map","values":"string"}],"default":null},)"
    R"({"name":"version","type":["int","null"],"default":1}]})";

}  // namespace headrace::hudi
