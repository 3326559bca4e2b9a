#include "engine/kafka_columns.h"

#include <arrow/builder.h>
#include <arrow/util/utf8.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "format/base64.h"

namespace headrace::engine {
namespace {

// Calls append(record, offset) for each row.
template <class Append>
Status ForEachRow(const Origins& origins, const Append& append) {
  for (const Origins::Place& place : origins.rows) {
    const log::RecordBlock& block = *origins.blocks[place.block];
    RETURN_NOT_OK(append(block.record(place.record), block.offset(place.record)));
  }
  return Status::OK();
}

// Bytes that are no text are given as base64.
Status AppendText(std::string_view bytes, arrow::StringBuilder* texts) {
  arrow::util::InitializeUTF8();  // It knows that once is enough.
  if (arrow::util::ValidateUTF8(bytes)) return texts->Append(bytes);
  std::string encoded;
  format::EncodeBase64(bytes, &encoded);
  return texts->Append(encoded);
}

Status AppendHeaders(const log::Record& record, arrow::MapBuilder* maps) {
  auto& names = static_cast<arrow::StringBuilder&>(*maps->key_builder());
  auto& values = static_cast<arrow::StringBuilder&>(*maps->item_builder());
  RETURN_NOT_OK(maps->Append());
  const std::map<std::string_view, std::string_view> headers = [&] {
    std::map<std::string_view, std::string_view> last;
    for (const auto& [name, value] : record.headers) last[name] = value;
    return last;
  }();
  for (const auto& [name, value] : headers) {
    RETURN_NOT_OK(AppendText(name, &names));
    RETURN_NOT_OK(AppendText(value, &values));
  }
  return Status::OK();
}

}  // namespace

bool KafkaColumnReader::Has(const std::string& column) const {
  return column == columns_.key || column == columns_.headers || column == columns_.timestamp ||
         column == columns_.topic || column == columns_.partition || column == columns_.offset;
}

Result<std::shared_ptr<arrow::Array>> KafkaColumnReader::Read(const arrow::Field& column,
                                                              const Origins& origins) const {
  std::unique_ptr<arrow::ArrayBuilder> builder;
  RETURN_NOT_OK(arrow::MakeBuilder(arrow::default_memory_pool(), column.type(), &builder));
  RETURN_NOT_OK(builder->Reserve(std::ssize(origins.rows)));
  const std::string& name = column.name();
  if (name == columns_.key) {
    auto& texts = static_cast<arrow::StringBuilder&>(*builder);
    RETURN_NOT_OK(ForEachRow(origins, [&](const log::Record& record, int64_t) {
      return record.key.data() == nullptr ? texts.AppendNull() : AppendText(record.key, &texts);
    }));
  } else if (name == columns_.headers) {
    auto& maps = static_cast<arrow::MapBuilder&>(*builder);
    RETURN_NOT_OK(ForEachRow(
        origins, [&](const log::Record& record, int64_t) { return AppendHeaders(record, &maps); }));
  } else if (name == columns_.timestamp) {
    auto& times = static_cast<arrow::TimestampBuilder&>(*builder);
    RETURN_NOT_OK(ForEachRow(origins, [&](const log::Record& record, int64_t) {
      return times.Append(record.timestamp_us);
    }));
  } else if (name == columns_.topic) {
    auto& texts = static_cast<arrow::StringBuilder&>(*builder);
    RETURN_NOT_OK(
        ForEachRow(origins, [&](const log::Record&, int64_t) { return texts.Append(topic_); }));
  } else if (name == columns_.partition) {
    auto& numbers = static_cast<arrow::Int32Builder&>(*builder);
    RETURN_NOT_OK(ForEachRow(
        origins, [&](const log::Record&, int64_t) { return numbers.Append(origins.partition); }));
  } else {
    auto& numbers = static_cast<arrow::Int64Builder&>(*builder);
    RETURN_NOT_OK(ForEachRow(
        origins, [&](const log::Record&, int64_t offset) { return numbers.Append(offset); }));
  }
  return builder->Finish();
}

}  // namespace headrace::engine
