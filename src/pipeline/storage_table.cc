#include "pipeline/tables.h"

namespace headrace::pipeline {
namespace {

Table S3Table() {
  Field path_style{
      .key = "path_style",
      .type = ValueType::kBoolean,
      .description =
          "Whether the bucket stands in the path of a URL instead of its host. Without "
          "it: with an endpoint other than that of AWS.",
      .example = "true",
      .store = [](void* object, const Value& value) {
        static_cast<S3Config*>(object)->path_style = std::get<bool>(value);
      }};
  return {.name = "s3",
          .title = "storage.s3",
          .description =
              "How `s3://` places are reached. What isn't given is looked up as the tools of AWS "
              "do: in "
              "the environment, then in `~/.aws`.",
          .fields = {
              TextField("endpoint", &S3Config::endpoint,
                        "The server, of a store that isn't that of AWS. Without it: "
                        "`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, the profile.",
                        "http://127.0.0.1:9000"),
              TextField(
                  "region", &S3Config::region,
                  "The region of the buckets. Without it: `AWS_REGION`, `AWS_DEFAULT_REGION`, the "
                  "profile.",
                  "eu-central-1"),
              std::move(path_style),
              TextField("ca_file", &S3Config::ca_file,
                        "The certificates (PEM) that the server is verified by. Without it: "
                        "`AWS_CA_BUNDLE`, then those of the system.",
                        "/etc/ssl/store.pem"),
              TextField("profile", &S3Config::profile,
                        "The section of `~/.aws/credentials` and `~/.aws/config`, taken before the "
                        "environment. Without it: `AWS_PROFILE`, then `default`.",
                        "lake"),
              SecretField("access_key", &S3Config::access_key,
                          "The key. Without it: `AWS_ACCESS_KEY_ID`, the profile.", "${LAKE_KEY}"),
              SecretField("secret_key", &S3Config::secret_key,
                          "Its secret. Without it: `AWS_SECRET_ACCESS_KEY`, the profile.",
                          "{file: /run/secrets/lake}"),
              SecretField("session_token", &S3Config::session_token,
                          "The token of a session, where the key is one. Without it: "
                          "`AWS_SESSION_TOKEN`, the profile.",
                          "${LAKE_TOKEN}"),
          }};
}

}  // namespace

Table StorageTable() {
  return {.name = "storage",
          .title = "storage",
          .description = "How the stores that tables are in are reached.",
          .fields = {TableField<Pipeline, S3Config>(
              "s3", S3Table(), [](Pipeline& pipeline) -> S3Config& { return pipeline.s3; })}};
}

}  // namespace headrace::pipeline
