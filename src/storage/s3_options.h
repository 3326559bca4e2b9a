// What a user says about S3, and what comes of it together with the environment and the files of
// the AWS tools, in their order: what is said here comes first, then the environment, then
// ~/.aws/credentials and ~/.aws/config (or where AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE
// point). Source: "Configuration and credential precedence", AWS CLI user guide.
#pragma once

#include <optional>
#include <string>

#include "base/environment.h"
#include "base/status.h"

namespace headrace::storage {

// Every empty value is looked up.
struct S3Options {
  std::string endpoint =
      "";  // "http://127.0.0.1:9000"; AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, else AWS
  std::string region = "";  // AWS_REGION, AWS_DEFAULT_REGION; us-east-1 where there is an endpoint
  std::optional<bool> path_style =
      {};                          // http://host/bucket; by default with an endpoint of one's own
  std::string ca_file = "";        // PEM; AWS_CA_BUNDLE, else the system's authorities
  std::string profile = "";        // AWS_PROFILE, else "default"
  std::string access_key = "";     // AWS_ACCESS_KEY_ID
  std::string secret_key = "";     // AWS_SECRET_ACCESS_KEY
  std::string session_token = "";  // AWS_SESSION_TOKEN
};

// Where a store is and how its buckets are addressed.
struct S3Endpoint {
  std::string scheme;  // "https"
  std::string host;    // with the port where it isn't the scheme's own
  std::string region;
  bool path_style = false;
  std::string ca_file;
};

// Errors: user errors for an endpoint that is no URL, and where a region is needed and not found.
Result<S3Endpoint> FindS3Endpoint(const S3Options& options, const Environment& environment);

struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // empty: none

  bool operator==(const S3Credentials&) const = default;
};

// Reads files each time: credentials in them may have been renewed.
//
// Errors: a user error that names every place that was looked at.
Result<S3Credentials> FindS3Credentials(const S3Options& options, const Environment& environment);

}  // namespace headrace::storage
