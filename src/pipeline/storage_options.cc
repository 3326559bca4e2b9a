#include "pipeline/storage_options.h"

namespace headrace::pipeline {

storage::StorageOptions StorageOptionsOf(const Pipeline& pipeline) {
  const S3Config& s3 = pipeline.s3;
  const auto reveal = [](const std::optional<Secret>& secret) {
    return secret ? secret->value : std::string();
  };
  storage::StorageOptions options;
  options.s3 = {.endpoint = s3.endpoint,
                .region = s3.region,
                .path_style = s3.path_style,
                .ca_file = s3.ca_file,
                .profile = s3.profile,
                .access_key = reveal(s3.access_key),
                .secret_key = reveal(s3.secret_key),
                .session_token = reveal(s3.session_token)};
  return options;
}

}  // namespace headrace::pipeline
