#include "source/record_extractor.h"

#include <simdjson.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <optional>

namespace headrace::source {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

// Deeper nesting than that is nobody's data.
constexpr int kDepthMax = 200;

error_code Validate(ondemand::value value, int depth);

error_code ValidateObject(ondemand::object object, int depth) {
  for (auto member : object) {
    std::string_view name;
    ondemand::value value;
    if (const auto error = member.unescaped_key().get(name)) return error;
    if (const auto error = member.value().get(value)) return error;
    if (const auto error = Validate(value, depth)) return error;
  }
  return simdjson::SUCCESS;
}

error_code ValidateArray(ondemand::array array, int depth) {
  for (auto element : array) {
    ondemand::value value;
    if (const auto error = element.get(value)) return error;
    if (const auto error = Validate(value, depth)) return error;
  }
  return simdjson::SUCCESS;
}

// An integer past 64 bits is good JSON all the same: the column may be a decimal.
template <typename Value>
error_code ValidateNumber(Value& value) {
  ondemand::number number;
  const error_code error = value.get_number().get(number);
  if (error != simdjson::BIGINT_ERROR) return error;
  const std::string_view digits = value.raw_json_token();
  const size_t begin = digits.starts_with('-') ? 1 : 0;
  const size_t end = std::min(digits.find_last_not_of(" \t\r\n") + 1, digits.size());
  return begin < end && std::all_of(digits.begin() + begin, digits.begin() + end,
                                    [](char c) { return c >= '0' && c <= '9'; })
             ? simdjson::SUCCESS
             : simdjson::NUMBER_ERROR;
}

// On-demand parsing checks only what it is asked for; so everything is asked for once.
template <typename Value>
error_code ValidateAny(Value& value, int depth) {
  if (depth > kDepthMax) return simdjson::DEPTH_ERROR;
  ondemand::json_type type;
  if (const auto error = value.type().get(type)) return error;
  switch (type) {
    case ondemand::json_type::object: {
      ondemand::object object;
      const error_code error = value.get_object().get(object);
      return error ? error : ValidateObject(object, depth + 1);
    }
    case ondemand::json_type::array: {
      ondemand::array array;
      const error_code error = value.get_array().get(array);
      return error ? error : ValidateArray(array, depth + 1);
    }
    case ondemand::json_type::string: {
      std::string_view text;
      return value.get_string().get(text);
    }
    case ondemand::json_type::number:
      return ValidateNumber(value);
    case ondemand::json_type::boolean: {
      bool truth = false;
      return value.get_bool().get(truth);
    }
    case ondemand::json_type::null: {
      bool null = false;
      const error_code error = value.is_null().get(null);
      return error ? error : null ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
    }
    default:
      return simdjson::TAPE_ERROR;
  }
}

error_code Validate(ondemand::value value, int depth) { return ValidateAny(value, depth); }

std::string_view TrimJson(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Returns the bytes of a value, without the white space around them.
std::optional<std::string> RawBytes(ondemand::value value) {
  std::string_view raw;
  if (value.raw_json().get(raw)) return std::nullopt;
  return std::string(TrimJson(raw));
}

// Returns a scalar as text: strings unescaped, numbers as they stand; nothing for null and the
// rest.
std::optional<std::string> ScalarText(ondemand::value value) {
  ondemand::json_type type;
  if (value.type().get(type)) return std::nullopt;
  if (type == ondemand::json_type::string) {
    std::string_view text;
    if (value.get_string().get(text)) return std::nullopt;
    return std::string(text);
  }
  if (type == ondemand::json_type::number || type == ondemand::json_type::boolean) {
    return RawBytes(value);
  }
  return std::nullopt;
}

std::string Hash(std::string_view bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  return std::string(reinterpret_cast<const char*>(canonical.digest), sizeof(canonical.digest));
}

std::string KeyOf(ondemand::object object, const std::vector<std::string>& names) {
  std::string composite = "[";
  for (const std::string& name : names) {
    ondemand::value value;
    if (object.find_field_unordered(name).get(value)) return {};
    if (names.size() == 1) return ScalarText(value).value_or("");
    const auto raw = RawBytes(value);
    if (!raw || *raw == "null") return {};
    if (composite.size() > 1) composite += ',';
    composite += *raw;
  }
  return composite + "]";
}

std::optional<std::string> ValueAt(ondemand::object object, const std::vector<std::string>& path) {
  for (size_t i = 0; i < path.size(); ++i) {
    ondemand::value value;
    if (object.find_field_unordered(path[i]).get(value)) return std::nullopt;
    if (i + 1 == path.size()) return RawBytes(value);
    if (value.get_object().get(object)) return std::nullopt;
  }
  return std::nullopt;
}

BadAnswer Malformed(const std::string& subject, std::string_view body, error_code error) {
  const std::string_view text = TrimJson(body.substr(0, 256));
  if (text.starts_with('<')) {
    return {BadAnswerReason::kMalformed, subject + " is a page of HTML or XML, not JSON", true};
  }
  if (text.empty()) return {BadAnswerReason::kMalformed, subject + " is empty", true};
  // simdjson's messages begin with the error's name and may end with advice to programmers.
  std::string_view message = simdjson::error_message(error);
  if (message.find(": ") != std::string_view::npos) message.remove_prefix(message.find(": ") + 2);
  message = message.substr(0, message.find('.'));
  return {BadAnswerReason::kMalformed, subject + " is not JSON: " + std::string(message), true};
}

// Checks the whole document, from its first byte to its last.
error_code ValidateDocument(ondemand::document& document) {
  bool scalar = false;
  if (const auto error = document.is_scalar().get(scalar)) return error;
  // A lone scalar holds no records, whatever it is; that is said later.
  if (scalar) return simdjson::SUCCESS;
  if (const auto error = ValidateAny(document, 0)) return error;
  return document.at_end() ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

}  // namespace

struct RecordExtractor::Parsers {
  ondemand::parser document;
  ondemand::parser record;
};

RecordExtractor::RecordExtractor(ExtractorOptions options)
    : options_(std::move(options)), parsers_(std::make_unique<Parsers>()) {}
RecordExtractor::~RecordExtractor() = default;

std::variant<Extraction, BadAnswer> RecordExtractor::Extract(std::string* body) {
  const size_t size = body->size();
  body->append(simdjson::SIMDJSON_PADDING, ' ');
  const std::string_view text(body->data(), size);
  ondemand::document document;
  auto error =
      parsers_->document.iterate(simdjson::padded_string_view(text.data(), size, body->size()))
          .get(document);
  if (!error) error = ValidateDocument(document);
  if (error) return Malformed(options_.subject, text, error);

  Extraction extraction;
  document.rewind();
  ondemand::value found;
  bool scalar = false;
  error = document.is_scalar().get(scalar);
  if (!error && scalar) error = simdjson::INCORRECT_TYPE;
  if (!error) error = document.at_pointer(options_.records).get(found);
  ondemand::json_type type = ondemand::json_type::null;
  if (!error) error = found.type().get(type);
  const std::string place =
      options_.records.empty() ? "the document" : "what `records: " + options_.records + "` names";
  if (error)
    return BadAnswer{BadAnswerReason::kNoRecords, place + " is not in " + options_.subject};
  std::string_view raw;
  if (type == ondemand::json_type::array) {
    for (auto element : found.get_array()) {
      if (element.raw_json().get(raw))
        return Malformed(options_.subject, text, simdjson::TAPE_ERROR);
      extraction.records.push_back({.json = TrimJson(raw), .key = {}, .version = {}});
    }
  } else if (type == ondemand::json_type::object) {
    if (found.raw_json().get(raw)) return Malformed(options_.subject, text, simdjson::TAPE_ERROR);
    extraction.records.push_back({.json = TrimJson(raw), .key = {}, .version = {}});
  } else {
    return BadAnswer{BadAnswerReason::kNoRecords, place + " is neither an array nor an object"};
  }
  for (ExtractedRecord& record : extraction.records) {
    Identify(&record, body->size() - static_cast<size_t>(record.json.data() - body->data()));
  }
  if (!options_.next_pointer.empty()) {
    ondemand::value next;
    if (!document.at_pointer(options_.next_pointer).get(next)) {
      extraction.next = ScalarText(next).value_or("");
    }
  }
  return extraction;
}

void RecordExtractor::Identify(ExtractedRecord* record, size_t capacity) {
  if (options_.key.empty()) return;
  ondemand::document document;
  ondemand::object object;
  const simdjson::padded_string_view view(record->json.data(), record->json.size(), capacity);
  if (record->json.starts_with('{') && !parsers_->record.iterate(view).get(document) &&
      !document.get_object().get(object)) {
    record->key = KeyOf(object, options_.key);
    if (!options_.order_by.empty()) {
      object.reset();
      record->version = ValueAt(object, options_.order_by).value_or("");
    }
  }
  if (record->key.empty() || record->version.empty()) record->version = Hash(record->json);
}

}  // namespace headrace::source
