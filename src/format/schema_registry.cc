#include "format/schema_registry.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "http/retry.h"
#include "http/url.h"

namespace headrace::format {
namespace {

using Json = nlohmann::json;

constexpr int64_t kAnswerBytesMax = 4 << 20;
constexpr size_t kReferencesMax = 100;
constexpr size_t kTextMax = 600;

// Null where `body` is no JSON.
Json Parse(const std::string& body) {
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  return json.is_discarded() ? Json() : json;
}

std::string TextOf(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

int64_t NumberOf(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

// On one line, and not too long.
std::string ForMessage(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  if (text.size() > kTextMax) {
    size_t end = kTextMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end) + "...";
  }
  return text;
}

std::string SaidBy(const std::string& body) {
  const Json json = Parse(body);
  const std::string message = json.is_object() ? TextOf(json, "message") : "";
  return ForMessage(message.empty() ? body : message);
}

}  // namespace

avro::TypePtr AsRecord(avro::TypePtr type, const std::string& name) {
  if (type->kind == avro::Type::Kind::kRecord) return type;
  auto record = std::make_shared<avro::Type>();
  record->kind = avro::Type::Kind::kRecord;
  record->fields = {{name, std::move(type)}};
  return record;
}

std::string SchemaRegistry::place() const {
  std::string url = http::RedactUrl(format_.registry);
  while (url.ends_with('/')) url.pop_back();
  return url;
}

Result<SchemaRegistry::Answer> SchemaRegistry::Call(const std::string& method,
                                                    const std::string& path,
                                                    const std::string& body) {
  http::Request request;
  request.method = method;
  request.url = format_.registry;
  while (request.url.ends_with('/')) request.url.pop_back();
  request.url += path;
  request.headers = {{"Accept", "application/vnd.schemaregistry.v1+json, application/json"}};
  if (method != "GET")
    request.headers.emplace_back("Content-Type", "application/vnd.schemaregistry.v1+json");
  if (format_.bearer_token)
    request.headers.emplace_back("Authorization", "Bearer " + format_.bearer_token->value);
  request.body = body;
  request.username = format_.username;
  request.password = format_.password ? format_.password->value : "";
  request.ca_file = format_.ca_file;
  request.connect_timeout_us = format_.timeout_us;
  request.timeout_us = format_.timeout_us;
  request.response_bytes_max = kAnswerBytesMax;
  auto sent = client_.Send(request, {});
  if (!sent.ok() && client_.failure() == http::Failure::kTooLarge)
    return Answer{.problem =
                      fmt::format("the registry answers with more than {} bytes", kAnswerBytesMax)};
  if (!sent.ok()) return WithContext("the schema registry", sent.status());
  if (sent->status / 100 == 2) return Answer{.is_found = true, .body = std::move(sent->body)};
  // 40401: no such subject, 40402: no such version, 40403: no such schema. A path that the server
  // doesn't know has another code or none.
  const Json json = sent->status == 404 ? Parse(sent->body) : Json();
  if (json.is_object() && NumberOf(json, "error_code") / 100 == 404)
    return Answer{.problem = "the registry says: " + SaidBy(sent->body)};
  return Refused(sent->status, sent->body);
}

Status SchemaRegistry::Refused(int status, const std::string& body) const {
  const std::string message =
      fmt::format("the schema registry at {} answered {}: {}", place(), status, SaidBy(body));
  if (http::IsRetryable(status)) return TransientError(message);
  if (status == 401 || status == 403)
    return UserError(message, "give 'username' and 'password', or 'bearer_token', of one who may");
  if (status == 404)
    return UserError(message, "'registry' is the URL below which /schemas/ids/1 answers");
  if (status == 409)
    return UserError(message,
                     "the schema that the columns make doesn't go with the earlier ones of its "
                     "subject: change the view, or what the registry asks of the subject");
  return UserError(message);
}

Status SchemaRegistry::NotARegistry() const {
  return UserError(fmt::format("{} doesn't answer as a schema registry does", place()),
                   "'registry' is the URL below which /schemas/ids/1 answers");
}

Result<RegisteredSchema> SchemaRegistry::Register(const std::string& subject, avro::TypePtr type) {
  const Json body = {{"schema", avro::ToJson(*type)}};
  ASSIGN_OR_RAISE(const Answer answer,
                  Call("POST", fmt::format("/subjects/{}/versions", http::PercentEncode(subject)),
                       body.dump()));
  const Json json = Parse(answer.body);
  const int64_t id = json.is_object() ? NumberOf(json, "id") : 0;
  if (!answer.is_found) return UserError(answer.problem);
  if (id <= 0 || id > INT32_MAX) return NotARegistry();
  return RegisteredSchema{static_cast<int32_t>(id), std::move(type), ""};
}

Result<RegisteredSchema> SchemaRegistry::Latest(const std::string& subject) {
  ASSIGN_OR_RAISE(
      const Answer answer,
      Call("GET", fmt::format("/subjects/{}/versions/latest", http::PercentEncode(subject)), ""));
  ASSIGN_OR_RAISE(RegisteredSchema latest, Resolve(answer));
  if (latest.type == nullptr)
    return UserError(
        fmt::format("the subject '{}' has no schema to write by: {}", subject, latest.problem),
        "register one, or leave 'auto_register' out");
  const int64_t id = NumberOf(Parse(answer.body), "id");
  if (id <= 0 || id > INT32_MAX) return NotARegistry();
  latest.id = static_cast<int32_t>(id);
  return latest;
}

Result<RegisteredSchema> SchemaRegistry::Find(int32_t id) {
  ASSIGN_OR_RAISE(const Answer answer, Call("GET", fmt::format("/schemas/ids/{}", id), ""));
  ASSIGN_OR_RAISE(RegisteredSchema found, Resolve(answer));
  found.id = id;
  if (!found.problem.empty())
    found.problem = fmt::format("the schema {} cannot be used: {}", id, found.problem);
  return found;
}

Result<RegisteredSchema> SchemaRegistry::Resolve(const Answer& answer) {
  std::vector<std::string> schemas;
  std::set<std::string> seen;
  RegisteredSchema resolved;
  // Puts a schema behind those that it refers to.
  const auto add = [&](const auto& self, const Answer& found) -> Status {
    if (!found.is_found) {
      resolved.problem = found.problem;
      return Status::OK();
    }
    const Json json = Parse(found.body);
    if (!json.is_object() || !json.contains("schema")) return NotARegistry();
    const std::string type = TextOf(json, "schemaType");
    if (!type.empty() && type != "AVRO") resolved.problem = "it is " + ForMessage(type);
    const auto references = json.find("references");
    if (references != json.end() && references->is_array()) {
      for (const Json& reference : *references) {
        if (!resolved.problem.empty()) return Status::OK();
        if (!reference.is_object()) continue;
        const std::string path = fmt::format("/subjects/{}/versions/{}",
                                             http::PercentEncode(TextOf(reference, "subject")),
                                             NumberOf(reference, "version"));
        if (!seen.insert(path).second) continue;
        if (seen.size() > kReferencesMax) {
          resolved.problem = fmt::format("it refers to more than {} others", kReferencesMax);
          return Status::OK();
        }
        ASSIGN_OR_RAISE(const Answer referred, Call("GET", path, ""));
        RETURN_NOT_OK(self(self, referred));
      }
    }
    schemas.push_back(TextOf(json, "schema"));
    return Status::OK();
  };
  RETURN_NOT_OK(add(add, answer));
  if (!resolved.problem.empty()) return resolved;
  auto parsed = avro::ParseSchemas(schemas);
  if (parsed.ok()) {
    resolved.type = *std::move(parsed);
  } else {
    resolved.problem = parsed.status().message();
  }
  return resolved;
}

}  // namespace headrace::format
