#include "hudi/base_file.h"

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/io/memory.h>
#include <arrow/scalar.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "hudi/parquet_reader.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// Rows with the meta columns; "n" differs in each, "city" repeats.
BatchPtr Rows(int64_t rows) {
  arrow::StringBuilder meta[kMetaColumns], cities;
  arrow::Int64Builder numbers;
  for (int64_t row = 0; row < rows; ++row) {
    for (int i = 0; i < kMetaColumns; ++i) {
      const std::string text = i == kRecordKey ? fmt::format("{:06}", row * 7919 % 1'000'003) : "x";
      EXPECT_TRUE(meta[i].Append(text).ok());
    }
    EXPECT_TRUE(cities.Append(fmt::format("city {}", row % 3)).ok());
    EXPECT_TRUE((row % 5 == 0 ? numbers.AppendNull() : numbers.Append(row)).ok());
  }
  arrow::ArrayVector columns;
  for (auto& builder : meta) columns.push_back(*builder.Finish());
  columns.push_back(*cities.Finish());
  columns.push_back(*numbers.Finish());
  const auto schema = WithMetaColumns(
      arrow::Schema({arrow::field("city", arrow::utf8()), arrow::field("n", arrow::int64())}));
  return arrow::RecordBatch::Make(schema, rows, std::move(columns));
}

std::string Encode(const BatchPtr& rows, int64_t rows_each) {
  const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  BaseFileWriter writer(out, rows->schema(), "file.parquet", rows->num_rows());
  for (int64_t row = 0; row < rows->num_rows(); row += rows_each)
    EXPECT_TRUE(writer.Write(rows->Slice(row, rows_each)).ok());
  EXPECT_EQ(writer.rows(), rows->num_rows());
  EXPECT_TRUE(writer.Finish("t").ok());
  return out->Finish().ValueOrDie()->ToString();
}

BatchPtr Decode(const std::string& file, const std::shared_ptr<arrow::Schema>& schema) {
  return arrow::ConcatenateRecordBatches(ReadParquet(file, schema).ValueOrDie()).ValueOrDie();
}

TEST(BaseFile, HoldsTheRowsInWhateverBatchesTheyCame) {
  const BatchPtr rows = Rows(5000);
  const BatchPtr expected =
      rows->SetColumn(
              kFileName, rows->schema()->field(kFileName),
              arrow::MakeArrayFromScalar(arrow::StringScalar("file.parquet"), 5000).ValueOrDie())
          .ValueOrDie();
  for (const int64_t rows_each : {5000, 1234, 1}) {
    const std::string file = Encode(rows, rows_each);
    EXPECT_TRUE(Decode(file, rows->schema())->Equals(*expected)) << rows_each;
    auto footer = ParquetKeyValues(file).ValueOrDie();
    EXPECT_EQ(footer["hoodie_min_record_key"], "000000");
    EXPECT_EQ(footer["hoodie_max_record_key"], "999836");
    EXPECT_EQ(footer["hoodie_bloom_filter_type_code"], "SIMPLE");
    auto filter = BloomFilter::FromText(footer["org.apache.hudi.bloomfilter"]).ValueOrDie();
    const auto& keys = static_cast<const arrow::StringArray&>(*rows->column(kRecordKey));
    for (int64_t row = 0; row < rows->num_rows(); ++row)
      ASSERT_TRUE(filter.MayContain(keys.GetView(row)));
  }
}

TEST(BaseFile, MayBeEmpty) {
  const BatchPtr none = Rows(0);
  const std::string file = Encode(none, 1);
  EXPECT_EQ(ParquetKeyValues(file).ValueOrDie().count("hoodie_min_record_key"), 0);
  int64_t rows = 0;
  for (const auto& batch : ReadParquet(file, none->schema()).ValueOrDie())
    rows += batch->num_rows();
  EXPECT_EQ(rows, 0);
}

}  // namespace
}  // namespace headrace::hudi
