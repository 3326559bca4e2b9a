#include "pipeline/check_connect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "pipeline/url.h"
#include "sql/names.h"

namespace headrace::pipeline {
namespace {

struct OwnSetting {
  const char* name;
  const char* instead;
};

// Whether `value` is a URL with a password in it.
bool HoldsPassword(std::string_view value) {
  const size_t scheme = value.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view rest = value.substr(scheme + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const size_t at = authority.rfind('@');
  return at != std::string_view::npos && authority.substr(0, at).find(':') < at;
}

void CheckSettings(Checking& checking, const KafkaConnector& connector,
                   std::initializer_list<OwnSetting> own, const std::string& path) {
  if (!connector.config.contains("connector.class") && checking.places.Has(path))
    checking.Report("the connector lacks 'connector.class'",
                    "the class of the connector, such as  connector.class: FileStreamSource",
                    checking.places.KeyOf(path));
  for (const auto& [setting, value] : connector.config) {
    const std::string here = path + "." + setting;
    for (const OwnSetting& mine : own) {
      if (setting == mine.name)
        checking.Report(fmt::format("'{}' is set by headrace", setting), mine.instead,
                        checking.places.KeyOf(here));
    }
    if (setting.starts_with("headrace."))
      checking.Report(fmt::format("'{}' is set by headrace", setting), "leave it out",
                      checking.places.KeyOf(here));
    if ((IsSecretSetting(setting) || HoldsPassword(value)) && !checking.places.HoldsReference(here))
      checking.Report(fmt::format("'{}' is a secret and must not stand in the file", setting),
                      fmt::format("take it from the environment, {0}: ${{NAME}}, or from a file, "
                                  "{0}: {{file: PATH}}",
                                  setting),
                      checking.places.Of(here));
  }
}

// Two of one name at one worker would be one connector.
void CheckNameIsUnique(Checking& checking, const KafkaConnector& connector,
                       const std::string& path) {
  int found = 0;
  const auto count = [&](const std::optional<KafkaConnector>& other) {
    if (other && other->name == connector.name && other->url == connector.url) ++found;
  };
  for (const Source& source : checking.pipeline.sources) {
    if (const auto* kafka = std::get_if<KafkaSource>(&source.connector)) count(kafka->connector);
  }
  for (const Sink& sink : checking.pipeline.sinks) {
    if (const auto* kafka = std::get_if<KafkaSink>(&sink.connector)) count(kafka->connector);
  }
  if (found > 1)
    checking.Report(fmt::format("another connector has the name '{}'", connector.name),
                    "give it one of its own by  name:", checking.places.Of(path + ".name"));
}

void CheckConnect(Checking& checking, KafkaConnector& connector, const std::string& name,
                  std::initializer_list<OwnSetting> own, const std::string& path) {
  if (!connector.url.empty()) CheckUrl(checking, connector.url, path + ".url");
  if (connector.password && connector.username.empty())
    checking.Report("'password' needs 'username'", "", checking.places.KeyOf(path + ".password"));
  const bool good_name = std::ranges::all_of(connector.name, [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '_' || c == '-';
  });
  if (!good_name || connector.name.size() > 200)
    checking.Report(fmt::format("'{}' cannot be the name of a connector", connector.name),
                    "letters, digits, '.', '_' and '-', at most 200",
                    checking.places.Of(path + ".name"));
  if (connector.name.empty())
    connector.name = fmt::format("headrace.{}.{}", checking.pipeline.name, name);
  CheckSettings(checking, connector, own, path + ".config");
  CheckNameIsUnique(checking, connector, path);
}

}  // namespace

void CheckConnectSource(Checking& checking, Source& source, const std::string& path) {
  CheckConnect(checking, *std::get<KafkaSource>(source.connector).connector, source.name,
               {{"name", "it is the key 'name' beside 'config'"}}, path);
}

void CheckConnectSink(Checking& checking, Sink& sink, const std::string& path) {
  CheckConnect(checking, *std::get<KafkaSink>(sink.connector).connector, sink.name,
               {{"name", "it is the key 'name' beside 'config'"},
                {"topics", "the connector reads the topic that 'topic' names"},
                {"topics.regex", "the connector reads the topic that 'topic' names"}},
               path);
}

bool IsSecretSetting(const std::string& name) {
  const std::string lower = sql::Lower(name);
  if (lower.ends_with(".location") || lower.ends_with(".file")) return false;  // the name of a file
  constexpr std::array<std::string_view, 10> kWords = {
      "password", "passwd",     "passphrase", "secret",  "token",
      "jaas",     "credential", "privatekey", "api.key", "private.key"};
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace headrace::pipeline
