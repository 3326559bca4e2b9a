#include <algorithm>
#include <set>
#include <utility>

#include "connect/again.h"
#include "connect/connector.h"

namespace headrace::connect {
namespace {

// headrace.PIPELINE.PART is the connector of PART; another name stands for itself.
std::string PartOf(const std::string& connector, const std::string& pipeline) {
  const std::string prefix = "headrace." + pipeline + ".";
  return connector.starts_with(prefix) ? connector.substr(prefix.size()) : connector;
}

}  // namespace

Result<std::vector<Definition>> LeftOver(const std::vector<Definition>& definitions,
                                         const std::stop_token& stop) {
  std::set<std::pair<std::string, std::string>> wanted;  // worker and name
  for (const Definition& definition : definitions)
    wanted.emplace(definition.connector.url, definition.connector.name);
  std::vector<Definition> left;
  std::set<std::string> asked;
  for (const Definition& definition : definitions) {
    if (!asked.insert(definition.connector.url).second) continue;
    Worker worker(definition.connector);
    std::map<std::string, Settings> all;
    const auto ask = [&]() -> arrow::Status { return worker.All(stop).Value(&all); };
    RETURN_NOT_OK(Again(ask, stop));
    for (auto& [name, config] : all) {
      const auto owner = config.find(kOwnerSetting);
      if (owner == config.end() || owner->second != definition.pipeline) continue;
      if (wanted.contains({definition.connector.url, name})) continue;
      Definition found = definition;
      found.part = PartOf(name, definition.pipeline);
      found.is_left_over = true;
      found.is_source = !config.contains("topics");
      found.connector.name = name;
      found.connector.config = config;
      found.config = std::move(config);
      found.topics.clear();
      left.push_back(std::move(found));
    }
  }
  return left;
}

}  // namespace headrace::connect
