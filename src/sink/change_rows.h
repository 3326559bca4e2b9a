// Change batches from JSON, and a folder of its own, for tests.
#pragma once

#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/change_batch.h"
#include "sql/analyzer.h"

namespace headrace::sink {

// Rows of a schema as Spark's DDL; `weights` ("[1,-1]") may be empty: the rows are appended.
inline ChangeBatch ChangesOf(const std::string& ddl, const std::string& rows,
                             const std::string& weights) {
  const auto schema = sql::ParseSchema(ddl).ValueOrDie();
  const auto array =
      arrow::json::ArrayFromJSONString(arrow::struct_(schema->fields()), rows).ValueOrDie();
  arrow::ArrayVector columns = arrow::RecordBatch::FromStructArray(array).ValueOrDie()->columns();
  if (!weights.empty())
    columns.push_back(arrow::json::ArrayFromJSONString(arrow::int8(), weights).ValueOrDie());
  return arrow::RecordBatch::Make(ChangeSchema(*schema, !weights.empty(), false), array->length(),
                                  std::move(columns));
}

// Gone with the object.
class TestFolder {
 public:
  TestFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("headrace_sink_test." + std::to_string(::getpid()) + "." +
               ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace headrace::sink
