#include <algorithm>

#include "format/decoder.h"

namespace headrace::format {
namespace {

// The columns that the bytes of a record hold: not what a message of Kafka has beside its value.
std::vector<std::string> NamesOf(const pipeline::Source& source) {
  std::vector<std::string> names = source.schema->field_names();
  if (const auto* kafka = std::get_if<pipeline::KafkaSource>(&source.connector)) {
    const auto& [key, headers, timestamp, topic, partition, offset] = kafka->columns;
    for (const std::string* column : {&key, &headers, &timestamp, &topic, &partition, &offset})
      std::erase(names, *column);
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<Decoder>> MakeDecoder(const pipeline::Source& source,
                                             std::shared_ptr<arrow::Schema> schema) {
  if (const auto* csv = std::get_if<pipeline::CsvFormat>(&source.format))
    return MakeCsvDecoder(*csv, NamesOf(source), std::move(schema));
  if (const auto* debezium = std::get_if<pipeline::DebeziumFormat>(&source.format))
    return MakeDebeziumDecoder(*debezium, source.key, std::move(schema));
  if (const auto* avro = std::get_if<pipeline::AvroFormat>(&source.format))
    return MakeAvroDecoder(*avro, std::move(schema));
  return MakeJsonDecoder(std::move(schema));
}

Result<std::unique_ptr<Decoder>> MakeKeyDecoder(const pipeline::Source& source,
                                                std::shared_ptr<arrow::Schema> schema) {
  if (std::holds_alternative<pipeline::DebeziumFormat>(source.format))
    return MakeDebeziumKeyDecoder(std::move(schema));
  if (const auto* avro = std::get_if<pipeline::AvroFormat>(&source.format))
    return MakeAvroKeyDecoder(*avro, std::move(schema));
  return MakeJsonDecoder(std::move(schema));
}

}  // namespace headrace::format
