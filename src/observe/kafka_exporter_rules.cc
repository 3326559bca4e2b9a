#include "observe/prometheus_files.h"

namespace headrace::observe {

// The same as services/kafka-exporter.yml, which a test compares.
std::string KafkaExporterRules() {
  return GeneratedMark("how the JMX exporter of a Kafka broker or Connect worker names things") +
         R"yaml(lowercaseOutputName: true
includeObjectNames:
  - "kafka.controller:type=KafkaController,*"
  - "kafka.log:type=Log,*"
  - "kafka.network:type=RequestMetrics,name=TotalTimeMs,*"
  - "kafka.server:type=BrokerTopicMetrics,*"
  - "kafka.server:type=ReplicaManager,*"
  - "kafka.connect:type=connector-metrics,*"
  - "kafka.connect:type=connector-task-metrics,*"
  - "kafka.connect:type=source-task-metrics,*"
  - "kafka.connect:type=sink-task-metrics,*"
rules:
  - pattern: 'kafka.controller<type=KafkaController, name=OfflinePartitionsCount><>Value'
    name: kafka_offline_partitions
    help: Partitions without a leader
  - pattern: 'kafka.server<type=ReplicaManager, name=UnderReplicatedPartitions><>Value'
    name: kafka_under_replicated_partitions
    help: Partitions of which a replica is behind
  - pattern: 'kafka.server<type=BrokerTopicMetrics, name=MessagesInPerSec, topic=(.+)><>Count'
    name: kafka_topic_messages_in_total
    type: COUNTER
    help: Messages that came in
    labels: {topic: "$1"}
  - pattern: 'kafka.server<type=BrokerTopicMetrics, name=Bytes(In|Out)PerSec, topic=(.+)><>Count'
    name: kafka_topic_bytes_$1_total
    type: COUNTER
    help: Bytes that came in and went out
    labels: {topic: "$2"}
  - pattern: 'kafka.log<type=Log, name=LogEndOffset, topic=(.+), partition=(\d+)><>Value'
    name: kafka_partition_end_offset
    help: The offset that the next message gets
    labels: {topic: "$1", partition: "$2"}
  - pattern: 'kafka.log<type=Log, name=Size, topic=(.+), partition=(\d+)><>Value'
    name: kafka_partition_bytes
    help: Size on the disk
    labels: {topic: "$1", partition: "$2"}
  - pattern: 'kafka.network<type=RequestMetrics, name=TotalTimeMs, request=(Produce|FetchConsumer)><>99thPercentile'
    name: kafka_request_p99_seconds
    valueFactor: 0.001
    help: How long requests take, 99th percentile
    labels: {request: "$1"}
  - pattern: 'kafka.connect<type=connector-task-metrics, connector=(.+), task=(\d+)><>status: (.+)'
    name: kafka_connect_task_state
    value: 1
    help: The state of a task, as a label
    labels: {connector: "$1", task: "$2", state: "$3"}
  - pattern: 'kafka.connect<type=connector-metrics, connector=(.+)><>status: (.+)'
    name: kafka_connect_connector_state
    value: 1
    help: The state of a connector, as a label
    labels: {connector: "$1", state: "$2"}
  - pattern: 'kafka.connect<type=source-task-metrics, connector=(.+), task=(\d+)><>source-record-write-total'
    name: kafka_connect_source_records_total
    type: COUNTER
    help: Records that a task has written to Kafka
    labels: {connector: "$1", task: "$2"}
  - pattern: 'kafka.connect<type=sink-task-metrics, connector=(.+), task=(\d+)><>sink-record-send-total'
    name: kafka_connect_sink_records_total
    type: COUNTER
    help: Records that a task has handed to its connector
    labels: {connector: "$1", task: "$2"}
)yaml";
}

}  // namespace headrace::observe
