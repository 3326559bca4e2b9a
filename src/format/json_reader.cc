#include "format/json_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/json_pointer.h"
#include "format/base64.h"
#include "format/decimal_text.h"
#include "format/text_value.h"
#include "sql/analyzer.h"
#include "sql/calendar.h"

namespace headrace::format {
namespace {

namespace ondemand = simdjson::ondemand;

// What is remembered of the order of members; beyond, each is looked up by its name.
constexpr size_t kExpectedMembersMax = 1024;
constexpr size_t kExpectedNameMax = 256;

// The text of a scalar, or the bracket of what is none.
std::string_view Token(ondemand::value& value) {
  std::string_view token = value.raw_json_token();
  while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' ||
                            token.back() == '\t')) {
    token.remove_suffix(1);
  }
  return token;
}

std::string Describe(std::string_view token) {
  switch (token.empty() ? '\0' : token.front()) {
    case '"':
      return "the string '" + Excerpt(token.substr(1, token.size() - 2)) + "'";
    case '{':
      return "an object";
    case '[':
      return "an array";
    case 't':
    case 'f':
    case 'n':
      return Excerpt(token);
    default:
      return (IsJsonNumber(token) ? "the number " : "malformed JSON: ") + Excerpt(token);
  }
}

}  // namespace

MemberTable::MemberTable(const arrow::FieldVector& fields) {
  for (size_t i = 0; i < fields.size(); ++i) columns_[fields[i]->name()] = static_cast<int>(i);
}

int MemberTable::Learn(ondemand::field& field, std::string_view raw, size_t position) {
  std::string name(raw);
  if (raw.find('\\') != std::string_view::npos) {
    std::string_view unescaped;
    if (field.unescaped_key().get(unescaped) != simdjson::SUCCESS) return -1;
    name = unescaped;
  }
  const auto found = columns_.find(name);
  const int column = found == columns_.end() ? -1 : found->second;
  if (position < kExpectedMembersMax && raw.size() <= kExpectedNameMax) {
    if (position >= expected_.size()) expected_.resize(position + 1);
    expected_[position] = {std::string(raw), column};
  }
  return column;
}

JsonReader::Node::Node(ColumnBuilder* builder, const arrow::Field& field)
    : out(builder), name(field.name()), nullable(field.nullable()) {
  const arrow::DataType& type = *field.type();
  if (type.id() == arrow::Type::DECIMAL128) {
    precision = static_cast<const arrow::Decimal128Type&>(type).precision();
    scale = static_cast<const arrow::Decimal128Type&>(type).scale();
  } else if (type.id() == arrow::Type::STRUCT) {
    members = std::make_unique<MemberTable>(type.fields());
    for (int i = 0; i < type.num_fields(); ++i)
      children.emplace_back(&builder->child(i), *type.field(i));
  } else if (type.id() == arrow::Type::LIST) {
    children.emplace_back(&builder->child(0), *type.field(0));
  } else if (type.id() == arrow::Type::MAP) {
    ColumnBuilder& entries = builder->child(0);
    for (int i = 0; i < 2; ++i) children.emplace_back(&entries.child(i), *entries.type()->field(i));
  }
}

JsonReader::JsonReader(const std::shared_ptr<arrow::Schema>& schema)
    : schema_(schema), builders_(MakeColumnBuilders(*schema)), members_(schema->fields()) {
  for (int i = 0; i < schema->num_fields(); ++i)
    columns_.emplace_back(&builders_[i], *schema->field(i));
}

Status JsonReader::Reserve(int64_t rows) {
  for (ColumnBuilder& builder : builders_) RETURN_NOT_OK(builder.Reserve(rows));
  return Status::OK();
}

bool JsonReader::Read(ondemand::document& document) {
  path_.clear();
  ondemand::object object;
  bool read = false;
  if (const auto error = document.get_object().get(object); error == simdjson::INCORRECT_TYPE) {
    std::string_view token;
    if (document.raw_json_token().get(token) != simdjson::SUCCESS) token = "";
    reason_ = "expected a JSON object, found " +
              Describe(token.substr(0, token.find_last_not_of(" \n\r\t") + 1));
  } else if (error != simdjson::SUCCESS) {
    SetMalformed(error);
  } else {
    read = ReadMembers(object, members_, columns_, rows_);
    if (read && !document.at_end()) {
      reason_ = "malformed JSON: something follows the object";
      read = false;
    }
  }
  return EndRow(read);
}

bool JsonReader::EndRow(bool is_good) {
  if (is_good) {
    ++rows_;
  } else {
    for (ColumnBuilder& builder : builders_) builder.Truncate(rows_);
  }
  return is_good;
}

bool JsonReader::RejectRow(std::string path, std::string reason) {
  path_ = std::move(path);
  reason_ = std::move(reason);
  return false;
}

std::shared_ptr<JsonReader::Part> JsonReader::MakePart(const std::vector<int>& columns) {
  arrow::FieldVector fields;
  for (const int column : columns) fields.push_back(schema_->field(column));
  auto part = std::make_shared<Part>(Part{MemberTable(fields), {}});
  for (const int column : columns)
    part->columns.emplace_back(&builders_[static_cast<size_t>(column)], *schema_->field(column));
  return part;
}

bool JsonReader::ReadPart(ondemand::object& object, Part& part) {
  path_.clear();
  return ReadMembers(object, part.members, part.columns, rows_);
}

bool JsonReader::ReadColumn(Value& value, int column) {
  path_.clear();
  return ReadValue(value, columns_[static_cast<size_t>(column)]);
}

bool JsonReader::ReadMembers(ondemand::object& object, MemberTable& table,
                             std::vector<Node>& columns, int64_t row) {
  size_t position = 0;
  size_t found = 0;
  for (auto member : object) {
    ondemand::field field;
    if (const auto error = std::move(member).get(field); error != simdjson::SUCCESS)
      return Malformed(error);
    const int index = table.Find(field, position++);
    if (index < 0) continue;
    Node& column = columns[index];
    ++found;
    if (column.out->length() != row) {  // the member again: the last one holds
      column.out->Truncate(row);
      --found;
    }
    if (!ReadValue(field.value(), column)) return Within(column.name);
  }
  return found == columns.size() || CompleteRow(columns, row);
}

// Appends null to the columns that had no member.
bool JsonReader::CompleteRow(std::vector<Node>& columns, int64_t row) {
  for (Node& column : columns) {
    if (column.out->length() != row) continue;
    if (!column.nullable) {
      reason_ = "expected " + sql::TypeName(*column.out->type()) + " NOT NULL, found nothing";
      return Within(column.name);
    }
    if (!Put(column.out->AppendNull())) return false;
  }
  return true;
}

// Recursion is as deep as the schema.
bool JsonReader::ReadValue(Value& value, Node& node) {
  switch (node.out->id()) {
    case arrow::Type::BOOL:
      return ReadBool(value, node);
    case arrow::Type::INT8:
      return ReadInteger<int8_t>(value, node);
    case arrow::Type::INT16:
      return ReadInteger<int16_t>(value, node);
    case arrow::Type::INT32:
      return ReadInteger<int32_t>(value, node);
    case arrow::Type::INT64:
      return ReadInteger<int64_t>(value, node);
    case arrow::Type::FLOAT:
      return ReadReal<float>(value, node);
    case arrow::Type::DOUBLE:
      return ReadReal<double>(value, node);
    case arrow::Type::DECIMAL128:
      return ReadDecimal(value, node);
    case arrow::Type::STRING:
      return ReadText(value, node);
    case arrow::Type::BINARY:
      return ReadBinary(value, node);
    case arrow::Type::DATE32:
      return ReadDate(value, node);
    case arrow::Type::TIMESTAMP:
      return ReadTimestamp(value, node);
    case arrow::Type::STRUCT:
      return ReadStruct(value, node);
    case arrow::Type::LIST:
      return ReadList(value, node);
    case arrow::Type::MAP:
      return ReadMap(value, node);
    default:  // VOID
      return ReadNullOrReject(value, node);
  }
}

// What every type falls back to where the value isn't of it.
bool JsonReader::ReadNullOrReject(Value& value, Node& node) {
  bool is_null = false;
  if (value.is_null().get(is_null) == simdjson::SUCCESS && is_null) {
    if (node.nullable) return Put(node.out->AppendNull());
    reason_ = "expected " + sql::TypeName(*node.out->type()) + " NOT NULL, found null";
    return false;
  }
  return Reject(value, node, "");
}

template <typename T>
bool JsonReader::ReadInteger(Value& value, Node& node) {
  int64_t number = 0;
  if (value.get_int64().get(number) != simdjson::SUCCESS) {
    const std::string_view token = Token(value);
    if (IsJsonNumber(token) && token.find_first_of(".eE") == std::string_view::npos)
      return Reject(value, node, ", which is out of its range");
    return ReadNullOrReject(value, node);
  }
  if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) {
    reason_ = "expected " + sql::TypeName(*node.out->type()) + ", found the number " +
              std::to_string(number) + ", which is out of its range";
    return false;
  }
  return Put(node.out->AppendFixed(static_cast<T>(number)));
}

bool JsonReader::ReadBool(Value& value, Node& node) {
  bool truth = false;
  if (value.get_bool().get(truth) != simdjson::SUCCESS) return ReadNullOrReject(value, node);
  return Put(node.out->AppendFixed(static_cast<uint8_t>(truth)));
}

template <typename T>
bool JsonReader::ReadReal(Value& value, Node& node) {
  double number = 0;
  if (value.get_double().get(number) != simdjson::SUCCESS) {
    const std::string_view token = Token(value);
    if (IsJsonNumber(token)) return Reject(value, node, ", which is out of its range");
    if (token.size() < 2 || !ParseSpecialReal(token.substr(1, token.size() - 2), &number) ||
        token.front() != '"') {
      return ReadNullOrReject(value, node);
    }
  }
  if (std::isinf(static_cast<T>(number)) && !std::isinf(number))
    return Reject(value, node, ", which is out of its range");
  return Put(node.out->AppendFixed(static_cast<T>(number)));
}

bool JsonReader::ReadDecimal(Value& value, Node& node) {
  std::string_view text = Token(value);
  if (text.size() >= 2 && text.front() == '"') {
    text = text.substr(1, text.size() - 2);
  } else if (!IsJsonNumber(text)) {
    return ReadNullOrReject(value, node);
  }
  const auto number = ParseDecimal(text, node.precision, node.scale);
  if (!number.has_value()) return Reject(value, node, "");
  return Put(node.out->AppendFixed(*number));
}

bool JsonReader::ReadText(Value& value, Node& node) {
  const std::string_view token = Token(value);
  std::string_view text;
  if (token.size() >= 2 && token.front() == '"') {
    text = token.substr(1, token.size() - 2);
    if (text.find('\\') != std::string_view::npos) {
      if (const auto error = value.get_string().get(text); error != simdjson::SUCCESS)
        return Malformed(error);
    }
    return Put(node.out->AppendBytes(text));
  }
  if (token == "null") return ReadNullOrReject(value, node);
  if (token == "true" || token == "false" || IsJsonNumber(token))
    return Put(node.out->AppendBytes(token));
  if (!token.starts_with('{') && !token.starts_with('[')) return Reject(value, node, "");
  if (const auto raw_error = value.raw_json().get(text); raw_error != simdjson::SUCCESS)
    return Malformed(raw_error);
  return Put(node.out->AppendBytes(text.substr(0, text.find_last_of("]}") + 1)));
}

bool JsonReader::ReadBinary(Value& value, Node& node) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return ReadNullOrReject(value, node);
  scratch_.clear();
  if (DecodeBase64(text, &scratch_)) return Put(node.out->AppendBytes(scratch_));
  reason_ = "expected BINARY as base64, found the string '" + Excerpt(text) + "'";
  return false;
}

bool JsonReader::ReadDate(Value& value, Node& node) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return ReadNullOrReject(value, node);
  const auto days = sql::ParseDate(text);
  if (days.has_value()) return Put(node.out->AppendFixed(*days));
  reason_ = "expected DATE as '2026-11-22', found the string '" + Excerpt(text) + "'";
  return false;
}

bool JsonReader::ReadTimestamp(Value& value, Node& node) {
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) {
    const auto micros = sql::ParseTimestamp(text);
    if (micros.has_value()) return Put(node.out->AppendFixed(*micros));
    reason_ =
        "expected TIMESTAMP as '2026-11-22T21:00:00Z', found the string '" + Excerpt(text) + "'";
    return false;
  }
  // A whole number is seconds since 1970, as in Spark.
  constexpr int64_t kSecondsMax = std::numeric_limits<int64_t>::max() / 1'000'000;
  int64_t seconds = 0;
  if (value.get_int64().get(seconds) != simdjson::SUCCESS) return ReadNullOrReject(value, node);
  if (seconds >= -kSecondsMax && seconds <= kSecondsMax)
    return Put(node.out->AppendFixed(seconds * 1'000'000));
  reason_ = "expected TIMESTAMP as seconds since 1970, found the number " +
            std::to_string(seconds) + ", which is out of its range";
  return false;
}

bool JsonReader::ReadStruct(Value& value, Node& node) {
  ondemand::object object;
  if (const auto error = value.get_object().get(object); error != simdjson::SUCCESS)
    return error == simdjson::INCORRECT_TYPE ? ReadNullOrReject(value, node) : Malformed(error);
  return ReadMembers(object, *node.members, node.children, node.out->length()) &&
         Put(node.out->AppendStruct());
}

bool JsonReader::ReadList(Value& value, Node& node) {
  ondemand::array array;
  if (const auto error = value.get_array().get(array); error != simdjson::SUCCESS)
    return error == simdjson::INCORRECT_TYPE ? ReadNullOrReject(value, node) : Malformed(error);
  int64_t index = 0;
  for (auto item : array) {
    Value element;
    if (const auto error = std::move(item).get(element); error != simdjson::SUCCESS)
      return Malformed(error);
    if (!ReadValue(element, node.children[0])) return Within(std::to_string(index));
    ++index;
  }
  return Put(node.out->AppendList());
}

bool JsonReader::ReadMap(Value& value, Node& node) {
  ondemand::object object;
  if (const auto error = value.get_object().get(object); error != simdjson::SUCCESS)
    return error == simdjson::INCORRECT_TYPE ? ReadNullOrReject(value, node) : Malformed(error);
  const int64_t length = node.out->length();
  if (!ReadEntries(object, node, {})) return false;
  const std::vector<bool> replaced = ReplacedEntries(node);
  if (!replaced.empty()) {
    node.out->Truncate(length);
    if (const auto error = object.reset().error(); error != simdjson::SUCCESS)
      return Malformed(error);
    if (!ReadEntries(object, node, replaced)) return false;
  }
  return Put(node.out->AppendList());
}

// Appends the entries of a map, but those that `replaced` (empty: none) names by position.
bool JsonReader::ReadEntries(ondemand::object& object, Node& node,
                             const std::vector<bool>& replaced) {
  size_t position = 0;
  for (auto member : object) {
    ondemand::field field;
    if (const auto error = std::move(member).get(field); error != simdjson::SUCCESS)
      return Malformed(error);
    if (!replaced.empty() && replaced[position++]) continue;
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key); error != simdjson::SUCCESS)
      return Malformed(error);
    if (!Put(node.children[0].out->AppendBytes(key))) return false;
    if (!ReadValue(field.value(), node.children[1])) return Within(std::string(key));
    if (!Put(node.out->child(0).AppendStruct())) return false;
  }
  return true;
}

// Finds the entries just read whose key comes again later; nothing where there is none.
std::vector<bool> JsonReader::ReplacedEntries(const Node& node) const {
  const ColumnBuilder& keys = *node.children[0].out;
  const int64_t count = node.out->open_elements();
  const int64_t first = keys.length() - count;
  std::vector<int64_t> order(count);
  for (int64_t i = 0; i < count; ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    const int difference = keys.BytesAt(first + a).compare(keys.BytesAt(first + b));
    return difference != 0 ? difference < 0 : a < b;
  });
  std::vector<bool> replaced;
  for (int64_t i = 0; i + 1 < count; ++i) {
    if (keys.BytesAt(first + order[i]) != keys.BytesAt(first + order[i + 1])) continue;
    replaced.resize(count);
    replaced[order[i]] = true;
  }
  return replaced;
}

bool JsonReader::Put(Status status) {
  if (status.ok()) [[likely]] {
    return true;
  }
  fatal_ = std::move(status);
  return false;
}

void JsonReader::SetMalformed(simdjson::error_code error) {
  path_.clear();
  reason_ = std::string("malformed JSON: ") + simdjson::error_message(error);
}

bool JsonReader::Malformed(simdjson::error_code error) {
  SetMalformed(error);
  return false;
}

bool JsonReader::Reject(Value& value, const Node& node, std::string_view why) {
  reason_ = "expected " + sql::TypeName(*node.out->type()) + ", found " + Describe(Token(value));
  reason_ += why;
  return false;
}

bool JsonReader::Within(std::string_view segment) {
  PutWithin(segment, &path_);
  return false;
}

Result<std::shared_ptr<arrow::RecordBatch>> JsonReader::Finish() {
  return FinishBatch(schema_, std::exchange(rows_, 0), &builders_);
}

}  // namespace headrace::format
