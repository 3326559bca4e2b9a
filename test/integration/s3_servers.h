// The servers that test/integration/s3 has started.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>
#include <string>

#include "storage/s3_storage.h"

namespace headrace {

// How "minio" or "versitygw" is reached. HEADRACE_S3 names them:
// "minio=http://127.0.0.1:21000 versitygw=http://127.0.0.1:21010".
inline storage::S3Options OptionsOf(const std::string& server) {
  std::map<std::string, std::string> endpoints;
  const char* const servers = std::getenv("HEADRACE_S3");
  std::istringstream words(servers == nullptr ? "" : servers);
  for (std::string word; words >> word;)
    endpoints[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
  EXPECT_TRUE(endpoints.contains(server)) << "run test/integration/s3";
  return {.endpoint = endpoints[server], .access_key = "headrace", .secret_key = "headrace-secret"};
}

// A place in the bucket that no test has used; by default with parts of the least size that S3
// takes.
inline storage::S3Url NewPlace(const std::string& bucket = "contract") {
  static int number = 0;
  return {bucket, "run " + std::to_string(::getpid()) + "+=/" + std::to_string(++number)};
}

inline std::shared_ptr<storage::Storage> OpenAt(const storage::S3Url& place,
                                                const storage::S3Options& options,
                                                int64_t part_bytes = 5 << 20) {
  auto client = storage::S3Client::Make(place.bucket, options, {}).ValueOrDie();
  return storage::OpenS3Storage(place, std::move(client), part_bytes);
}

}  // namespace headrace
