// The tables of all keys of a pipeline file, one function a mapping. To add a source or a sink: its
// struct in pipeline.h, its table here, one line in the table of what holds it.
#pragma once

#include "pipeline/field.h"

namespace headrace::pipeline {

// The file itself; all others hang below it. Built once.
const Table& PipelineTable();

Table KafkaLogTable();

Table StorageTable();

Table SourceTable();
Table HttpSourceTable();
Table HudiSourceTable();
// `key` is that of the mapping: `kafka`, or that of a source which is read as one.
Table KafkaSourceTable(const std::string& key = "kafka");
Table ConnectSourceTable();
Table FileSourceTable();
Table WebhookSourceTable();
Table NexmarkSourceTable();
Table FormatTable();

Table ViewTable();

Table SinkTable();
Table HudiSinkTable();
Table InfluxSinkTable();
Table KafkaSinkTable();
Table SinkFormatTable();
Table ConnectSinkTable();

}  // namespace headrace::pipeline
