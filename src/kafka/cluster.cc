#include "kafka/cluster.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "kafka/client.h"

namespace headrace::kafka {
namespace {

// What exactly-once rests on, and what has a key of its own.
constexpr std::array<std::string_view, 13> kOwn = {"bootstrap.servers",
                                                   "metadata.broker.list",
                                                   "group.id",
                                                   "transactional.id",
                                                   "enable.idempotence",
                                                   "enable.auto.commit",
                                                   "auto.offset.reset",
                                                   "enable.auto.offset.store",
                                                   "enable.partition.eof",
                                                   "isolation.level",
                                                   "acks",
                                                   "request.required.acks",
                                                   "allow.auto.create.topics"};

}  // namespace

std::optional<std::string> PropertyError(const std::string& name, const std::string& value) {
  if (std::ranges::find(kOwn, name) != kOwn.end())
    return "'" + name + "' is set by headrace and can't be changed";
  const Owned<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  std::array<char, 512> ignored{};  // It may hold the value.
  switch (
      rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), ignored.data(), ignored.size())) {
    case RD_KAFKA_CONF_UNKNOWN:
      return "librdkafka has no property '" + name + "'";
    case RD_KAFKA_CONF_INVALID:
      return "the value of '" + name + "' doesn't fit";
    case RD_KAFKA_CONF_OK:
      break;
  }
  return std::nullopt;
}

bool IsSecretProperty(const std::string& name) {
  if (name.ends_with(".location")) return false;  // the name of a file
  constexpr std::array<std::string_view, 5> kWords = {"password", "secret", "token", ".key",
                                                      "oauthbearer.config"};
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

}  // namespace headrace::kafka
