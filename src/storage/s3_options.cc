#include "storage/s3_options.h"

#include <fstream>
#include <sstream>

#include "http/url.h"
#include "storage/ini_file.h"

namespace headrace::storage {
namespace {

std::string Value(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

std::string FirstOf(std::initializer_list<std::string> values) {
  for (const std::string& value : values) {
    if (!value.empty()) return value;
  }
  return "";
}

std::string ProfileOf(const S3Options& options, const Environment& environment) {
  return FirstOf({options.profile, Value(environment, "AWS_PROFILE"), "default"});
}

std::string CredentialsPath(const Environment& environment) {
  return FirstOf({Value(environment, "AWS_SHARED_CREDENTIALS_FILE"),
                  Value(environment, "HOME") + "/.aws/credentials"});
}

std::string ConfigPath(const Environment& environment) {
  return FirstOf(
      {Value(environment, "AWS_CONFIG_FILE"), Value(environment, "HOME") + "/.aws/config"});
}

// A section of an INI file; empty where file or section isn't there.
IniSection ReadSection(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  if (!file) return {};
  std::ostringstream text;
  text << file.rdbuf();
  IniFile sections = ParseIni(text.str());
  return std::move(sections[name]);
}

// In the config file, all profiles but the default one are called "profile NAME".
IniSection ConfigSection(const S3Options& options, const Environment& environment) {
  const std::string profile = ProfileOf(options, environment);
  return ReadSection(ConfigPath(environment),
                     profile == "default" ? profile : "profile " + profile);
}

S3Credentials CredentialsOf(IniSection section) {
  return {section["aws_access_key_id"], section["aws_secret_access_key"],
          section["aws_session_token"]};
}

bool IsComplete(const S3Credentials& credentials) {
  return !credentials.access_key.empty() && !credentials.secret_key.empty();
}

// Takes an endpoint apart: nothing but scheme, host and port.
Status ReadEndpoint(const std::string& url, S3Endpoint* endpoint) {
  const auto origin = http::OriginOf(url);
  const auto scheme_end = url.find("://");
  std::string_view rest = scheme_end == std::string::npos ? "" : std::string_view(url);
  if (!rest.empty()) rest.remove_prefix(scheme_end + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (!origin || rest.empty() || rest.find_first_of("/?#@") != std::string_view::npos ||
      !(origin->starts_with("http://") || origin->starts_with("https://")))
    return UserError("'" + http::RedactUrl(url) + "' is no endpoint of S3",
                     "expected http:// or https://, host and port: http://127.0.0.1:9000");
  endpoint->scheme = origin->substr(0, origin->find(':'));
  endpoint->host = origin->substr(endpoint->scheme.size() + 3);
  const std::string own_port = endpoint->scheme == "https" ? ":443" : ":80";
  if (endpoint->host.ends_with(own_port))
    endpoint->host.resize(endpoint->host.size() - own_port.size());
  return Status::OK();
}

}  // namespace

Result<S3Endpoint> FindS3Endpoint(const S3Options& options, const Environment& environment) {
  IniSection config = ConfigSection(options, environment);
  S3Endpoint endpoint;
  endpoint.ca_file = FirstOf({options.ca_file, Value(environment, "AWS_CA_BUNDLE")});
  endpoint.region = FirstOf({options.region, Value(environment, "AWS_REGION"),
                             Value(environment, "AWS_DEFAULT_REGION"), config["region"]});
  const std::string url = FirstOf({options.endpoint, Value(environment, "AWS_ENDPOINT_URL_S3"),
                                   Value(environment, "AWS_ENDPOINT_URL"), config["endpoint_url"]});
  if (!url.empty()) {
    RETURN_NOT_OK(ReadEndpoint(url, &endpoint));
    if (endpoint.region.empty()) endpoint.region = "us-east-1";
    endpoint.path_style = options.path_style.value_or(!endpoint.host.ends_with(".amazonaws.com"));
    return endpoint;
  }
  if (endpoint.region.empty())
    return UserError("the region of S3 is not known",
                     "give 'region' under storage.s3 of the pipeline file, or AWS_REGION; for a "
                     "store of your own 'endpoint', or AWS_ENDPOINT_URL");
  endpoint.scheme = "https";
  endpoint.host = "s3." + endpoint.region + ".amazonaws.com";
  if (endpoint.region.starts_with("cn-")) endpoint.host += ".cn";
  endpoint.path_style = options.path_style.value_or(false);
  return endpoint;
}

Result<S3Credentials> FindS3Credentials(const S3Options& options, const Environment& environment) {
  const S3Credentials given{options.access_key, options.secret_key, options.session_token};
  if (IsComplete(given)) return given;
  if (!given.access_key.empty() || !given.secret_key.empty())
    return UserError("one of 'access_key' and 'secret_key' of storage.s3 is missing",
                     "give both or neither");
  // A profile that is asked for by name comes before the environment.
  if (options.profile.empty()) {
    S3Credentials found{Value(environment, "AWS_ACCESS_KEY_ID"),
                        Value(environment, "AWS_SECRET_ACCESS_KEY"),
                        Value(environment, "AWS_SESSION_TOKEN")};
    if (IsComplete(found)) return found;
  }
  const std::string profile = ProfileOf(options, environment);
  const std::string path = CredentialsPath(environment);
  for (IniSection section : {ReadSection(path, profile), ConfigSection(options, environment)}) {
    S3Credentials found = CredentialsOf(std::move(section));
    if (IsComplete(found)) return found;
  }
  return UserError("there are no credentials for S3",
                   "looked for AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, and "
                   "for the profile '" +
                       profile + "' in " + path + " and " + ConfigPath(environment) +
                       "; 'access_key' and 'secret_key' under storage.s3 of the pipeline file do "
                       "as well");
}

}  // namespace headrace::storage
