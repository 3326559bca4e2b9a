// Owners of librdkafka's objects, and how a client is made. Only this module and the Kafka parts of
// log and sink include it.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "kafka/cluster.h"

namespace headrace::kafka {

struct Destroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_conf_t* settings) const { rd_kafka_conf_destroy(settings); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_NewPartitions_t* growth) const {
    rd_kafka_NewPartitions_destroy(growth);
  }
  void operator()(rd_kafka_DeleteRecords_t* records) const {
    rd_kafka_DeleteRecords_destroy(records);
  }
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
  void operator()(rd_kafka_AdminOptions_t* options) const {
    rd_kafka_AdminOptions_destroy(options);
  }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
  void operator()(rd_kafka_consumer_group_metadata_t* group) const {
    rd_kafka_consumer_group_metadata_destroy(group);
  }
};
template <class Object>
using Owned = std::unique_ptr<Object, Destroy>;

using Settings = std::vector<std::pair<std::string, std::string>>;

// Makes a client of the cluster. `settings` are headrace's own, which the user's properties can't
// change (PropertyError). What librdkafka logs goes to the program's log. Nothing is sent yet.
//
// `opaque` comes back in callbacks, `on_delivery` (may be null) for messages that were sent.
//
// Errors: user errors for settings that don't fit each other.
Result<Owned<rd_kafka_t>> MakeClient(rd_kafka_type_t type, const Cluster& cluster,
                                     const Settings& settings, void* opaque = nullptr,
                                     void (*on_delivery)(rd_kafka_t*, const rd_kafka_message_t*,
                                                         void*) = nullptr);

// Whether no waiting mends an error, but the user can: not authorized, no such topic, too large.
bool IsUserError(rd_kafka_resp_err_t code);

// Returns the error of a code: a user error or a transient one. `doing` says what was tried.
Status StatusOf(rd_kafka_resp_err_t code, const std::string& doing);

// The partitions of a topic; 0 where there is no such topic. Asks the cluster.
Result<int32_t> CountPartitions(rd_kafka_t* client, const std::string& topic, int timeout_ms);

// The names of all topics, in order, without those of Kafka itself. Asks the cluster.
Result<std::vector<std::string>> ListTopics(rd_kafka_t* client, int timeout_ms);

// Creates a topic; one that is there is left as it is. `replication`: 0 as the cluster likes best;
// `settings` are those of the topic, such as cleanup.policy.
Status CreateTopic(rd_kafka_t* client, const std::string& topic, int32_t partitions,
                   int32_t replication = 0, const Settings& settings = {});

// Lets a topic grow to `partitions`.
Status AddPartitions(rd_kafka_t* client, const std::string& topic, int32_t partitions);

// Deletes the records of partition 0, 1, ... before the offsets.
Status DeleteRecords(rd_kafka_t* client, const std::string& topic,
                     const std::vector<int64_t>& before);

}  // namespace headrace::kafka
