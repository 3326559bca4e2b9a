// A schema registry that speaks Confluent's API, version 1
// (https://docs.confluent.io/platform/current/schema-registry/develop/api.html), as Apicurio,
// Karapace and Redpanda do, too.
//
// Errors of every method: transient ones where the registry isn't reached, is too slow or answers
// 408, 429 or 5xx; user errors where it refuses (401, 403, an incompatible schema), with what it
// said, or where what answers is no schema registry.
#pragma once

#include <cstdint>
#include <string>

#include "avro/schema.h"
#include "base/status.h"
#include "http/http_client.h"
#include "pipeline/pipeline.h"

namespace headrace::format {

// A schema, and its number in the registry.
struct RegisteredSchema {
  int32_t id = 0;
  avro::TypePtr type;   // null where there is none that can be used
  std::string problem;  // then: why
};

// Returns `type` where it is a record, otherwise a record of it as field `name`, which has the same
// bytes.
avro::TypePtr AsRecord(avro::TypePtr type, const std::string& name);

// Not thread-safe.
class SchemaRegistry {
 public:
  explicit SchemaRegistry(const pipeline::AvroFormat& format) : format_(format) {}

  // The schema of this number with those that it refers to.
  Result<RegisteredSchema> Find(int32_t id);

  // Registers a schema under a subject; one that is there already keeps its number.
  Result<RegisteredSchema> Register(const std::string& subject, avro::TypePtr type);

  // The latest schema of a subject; a user error where there is none.
  Result<RegisteredSchema> Latest(const std::string& subject);

  // Its URL for people.
  std::string place() const;

 private:
  struct Answer {
    bool is_found = false;
    std::string body = {};
    std::string problem = {};  // where nothing is found
  };
  Result<Answer> Call(const std::string& method, const std::string& path, const std::string& body);
  Status Refused(int status, const std::string& body) const;
  Status NotARegistry() const;
  // Parses what the registry said of a schema, after those that it refers to.
  Result<RegisteredSchema> Resolve(const Answer& answer);

  const pipeline::AvroFormat format_;
  http::Client client_;
};

}  // namespace headrace::format
