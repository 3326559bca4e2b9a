// Which Kafka cluster, and how to talk to it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace headrace::kafka {

// How long an answer of the cluster may take where somebody waits for it: at the start of a run,
// for the next step of a transaction.
inline constexpr int kTimeoutMs = 30'000;

struct Cluster {
  std::string bootstrap_servers;                  // HOST:PORT, with commas between several
  std::map<std::string, std::string> properties;  // of librdkafka; may hold secrets: never printed
};

// Returns what is wrong with a property that a user gives, without its value; nothing where it is
// right: librdkafka knows the name and takes the value, and headrace doesn't set it itself.
std::optional<std::string> PropertyError(const std::string& name, const std::string& value);

// Whether the value of the property must not stand in a file: passwords, keys, tokens.
bool IsSecretProperty(const std::string& name);

}  // namespace headrace::kafka
