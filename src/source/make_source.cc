#include <algorithm>
#include <utility>

#include "http/url.h"
#include "source/file_source.h"
#include "source/http_source.h"
#include "source/hudi_source.h"
#include "source/source.h"
#include "source/webhook_source.h"

namespace headrace::source {
namespace {

// A control character would end the header and begin another.
bool IsHeaderText(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
  });
}

bool IsHeaderName(const std::string& name) {
  return !name.empty() && name.find_first_of(" \t\"(),/:;<=>?@[\\]{}") == std::string::npos &&
         IsHeaderText(name);
}

// RFC 6901: empty, or parts that each begin with a slash.
bool IsJsonPointer(const std::string& pointer) { return pointer.empty() || pointer[0] == '/'; }

Status CheckHttp(const std::string& name, const pipeline::HttpSource& http) {
  const std::string source = "source '" + name + "'";
  if (!http::ResolveUrl(http.url, http.url)) {
    return UserError(source + ": `url` is no http or https URL",
                     "write it out, such as https://api.example.org/v1/events");
  }
  for (const auto& [header, value] : http.headers) {
    if (IsHeaderName(header) && IsHeaderText(value)) continue;
    return UserError(source + ": the header '" + header + "' cannot be sent",
                     "names are letters, digits and '-'; values are one line");
  }
  if (http.bearer_token && !IsHeaderText(http.bearer_token->value)) {
    return UserError(source + ": the bearer token holds a line break or control character");
  }
  if (!IsJsonPointer(http.records) || !IsJsonPointer(http.pagination.pointer)) {
    return UserError(source + ": a JSON Pointer begins with '/'",
                     "such as /features or /data/items; empty for the whole document");
  }
  return Status::OK();
}

}  // namespace

Result<std::unique_ptr<Source>> MakeSource(const pipeline::Source& definition,
                                           std::shared_ptr<log::Topic> topic,
                                           metrics::Registry& registry, Clock& clock,
                                           const storage::StorageOptions& storage) {
  if (std::holds_alternative<pipeline::HudiSource>(definition.connector))
    return std::make_unique<HudiSource>(definition, std::move(topic), registry, clock, storage);
  if (std::holds_alternative<pipeline::FileSource>(definition.connector))
    return std::make_unique<FileSource>(definition, std::move(topic), registry, clock);
  if (std::holds_alternative<pipeline::WebhookSource>(definition.connector))
    return std::make_unique<WebhookSource>(definition, std::move(topic), registry, clock);
  const auto& http = std::get<pipeline::HttpSource>(definition.connector);
  RETURN_NOT_OK(CheckHttp(definition.name, http));
  return std::make_unique<HttpSource>(definition, std::move(topic), registry, clock);
}

}  // namespace headrace::source
