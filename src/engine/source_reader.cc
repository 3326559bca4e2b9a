#include "engine/source_reader.h"

#include <arrow/array/util.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/rows.h"

namespace headrace::engine {
namespace {

// Where the whole key stands beside the value (`keys` is null) there is nothing to decode.
Result<format::DecodedBatch> DecodeKeys(format::Decoder* keys,
                                        const std::vector<std::string_view>& texts) {
  if (keys != nullptr) return keys->Decode(texts);
  return format::DecodedBatch{
      .batch = arrow::RecordBatch::Make(arrow::schema({}), std::ssize(texts), arrow::ArrayVector{}),
      .indexes = {},
      .rejected = {}};
}

}  // namespace

Result<std::unique_ptr<SourceReader>> SourceReader::Make(
    const pipeline::Source& source, std::shared_ptr<log::ReadableTopic> topic) {
  std::unique_ptr<SourceReader> reader(new SourceReader(source, std::move(topic)));
  reader->output_ = ChangeSchema(*source.read_schema, !source.key.empty(), false);
  if (const auto* kafka = std::get_if<pipeline::KafkaSource>(&source.connector))
    reader->beside_.emplace(kafka->columns, reader->topic_->name().substr(source.name.size() + 1));
  const auto in_value = [&](const std::string& name) {
    return !reader->beside_ || !reader->beside_->Has(name);
  };
  arrow::FieldVector values;
  for (const auto& field : source.read_schema->fields()) {
    if (in_value(field->name())) values.push_back(field);
  }
  reader->values_ = arrow::schema(std::move(values));
  arrow::FieldVector keys;
  for (const std::string& name : source.key) {
    auto field = source.read_schema->GetFieldByName(name);
    if (field == nullptr) return Status::Invalid("the key column '", name, "' is not read");
    if (in_value(name)) keys.push_back(std::move(field));
  }
  reader->keys_ = arrow::schema(std::move(keys));
  ASSIGN_OR_RAISE(Decoders decoders, reader->MakeDecoders());  // errors are known at once
  reader->ReturnDecoders(std::move(decoders));
  return reader;
}

Result<SourceReader::Decoders> SourceReader::MakeDecoders() const {
  Decoders decoders;
  ASSIGN_OR_RAISE(decoders.values, format::MakeDecoder(source_, values_));
  if (keys_->num_fields() > 0) {
    ASSIGN_OR_RAISE(decoders.keys, format::MakeKeyDecoder(source_, keys_));
  }
  return decoders;
}

Result<SourceReader::Decoders> SourceReader::TakeDecoders() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Decoders decoders = std::move(idle_.back());
      idle_.pop_back();
      return decoders;
    }
  }
  return MakeDecoders();
}

void SourceReader::ReturnDecoders(Decoders decoders) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(decoders));
}

Result<SourceSlice> SourceReader::Read(int32_t partition, int64_t begin, int64_t end,
                                       const log::ReadLimits& limits) {
  SourceSlice slice;
  slice.source = &source_;
  slice.topic = topic_->name();
  slice.next_offset = begin;
  ASSIGN_OR_RAISE(auto blocks, topic_->Read(partition, begin, {limits.records, limits.bytes, end}));
  Origins origins{topic_->name(), partition, {}, {}};
  for (log::RecordBlock& block : blocks) {
    origins.blocks.push_back(std::make_shared<const log::RecordBlock>(std::move(block)));
  }
  ASSIGN_OR_RAISE(Decoders decoders, TakeDecoders());
  Run run;
  for (uint32_t b = 0; b < origins.blocks.size(); ++b) {
    const log::RecordBlock& block = *origins.blocks[b];
    slice.next_offset = block.next_offset();
    slice.records += block.records();
    for (int64_t r = 0; r < block.records(); ++r) {
      const log::Record record = block.record(r);
      if (record.tombstone != run.tombstones && !run.texts.empty()) {
        RETURN_NOT_OK(DecodeRun(run, origins, decoders, &slice));
        run = {};
      }
      run.tombstones = record.tombstone;
      run.texts.push_back(record.tombstone ? record.key : record.value);
      run.places.push_back({b, static_cast<uint32_t>(r)});
      slice.bytes += static_cast<int64_t>(record.key.size() + record.value.size());
    }
  }
  if (!run.texts.empty()) RETURN_NOT_OK(DecodeRun(run, origins, decoders, &slice));
  ReturnDecoders(std::move(decoders));
  if (slice.next_offset == begin) {
    return Status::IOError("topic '", topic_->name(), "' partition ", partition,
                           " has no record at offset ", begin);
  }
  return slice;
}

Status SourceReader::DecodeRun(const Run& run, const Origins& origins, const Decoders& decoders,
                               SourceSlice* slice) {
  auto run_origins =
      std::make_shared<Origins>(Origins{origins.topic, origins.partition, origins.blocks, {}});
  if (run.tombstones && source_.key.empty()) {
    run_origins->rows = run.places;
    for (size_t i = 0; i < run.texts.size(); ++i) {
      slice->bad.push_back({run_origins->Of(static_cast<int64_t>(i)), "",
                            "a tombstone, which only a source with a key can apply"});
    }
    return Status::OK();
  }
  ASSIGN_OR_RAISE(format::DecodedBatch decoded, run.tombstones
                                                    ? DecodeKeys(decoders.keys.get(), run.texts)
                                                    : decoders.values->Decode(run.texts));
  run_origins->rows = run.places;
  for (format::RejectedRecord& rejected : decoded.rejected) {
    slice->bad.push_back(
        {run_origins->Of(rejected.index), std::move(rejected.path), std::move(rejected.reason)});
  }
  const int64_t rows = decoded.batch->num_rows();
  if (rows == 0) return Status::OK();
  if (!decoded.indexes.empty()) {
    run_origins->rows.clear();
    for (const int64_t index : decoded.indexes) run_origins->rows.push_back(run.places[index]);
  }
  if (beside_ || run.tombstones) {
    ASSIGN_OR_RAISE(decoded.batch, Widen(decoded.batch, *run_origins));
  }
  if (!source_.key.empty()) {
    auto columns = decoded.batch->columns();
    if (decoded.weights.empty()) decoded.weights.assign(rows, run.tombstones ? -1 : 1);
    columns.push_back(MakeWeights(std::move(decoded.weights)));
    decoded.batch = arrow::RecordBatch::Make(output_, rows, std::move(columns));
  }
  slice->batches.push_back(
      {std::move(decoded.batch), std::move(run_origins), PartitionOf(origins)});
  return Status::OK();
}

std::shared_ptr<const std::string> SourceReader::PartitionOf(const Origins& origins) {
  const std::lock_guard lock(mutex_);
  auto& name = partitions_[origins.partition];
  if (name == nullptr) {
    name =
        std::make_shared<const std::string>(fmt::format("{}/{}", origins.topic, origins.partition));
  }
  return name;
}

Result<std::shared_ptr<arrow::RecordBatch>> SourceReader::Widen(
    const std::shared_ptr<arrow::RecordBatch>& decoded, const Origins& origins) const {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const auto& field : source_.read_schema->fields()) {
    auto column = decoded->GetColumnByName(field->name());
    if (column == nullptr && beside_ && beside_->Has(field->name())) {
      ASSIGN_OR_RAISE(column, beside_->Read(*field, origins));
    } else if (column == nullptr) {
      ASSIGN_OR_RAISE(column, arrow::MakeArrayOfNull(field->type(), decoded->num_rows()));
    }
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(source_.read_schema, decoded->num_rows(), std::move(columns));
}

}  // namespace headrace::engine
