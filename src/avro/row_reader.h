// A RowReader reads rows that one schema wrote as the columns of another: Avro's schema resolution
// (https://avro.apache.org/docs/1.11.1/specification/#schema-resolution) with a schema of Arrow as
// the reader's. Fields are matched by name, with case; one that the columns don't name is skipped,
// a column that the writer doesn't have is null. What becomes of a value:
//
//   int, long            integers, where the value is within their range, and reals
//   float, double        FLOAT from float, DOUBLE from both
//   string, bytes, enum  STRING where the bytes are UTF-8, BINARY
//   fixed                BINARY
//   array, map, record   LIST, MAP with keys of STRING, STRUCT
//   union                as its branch
//
// and of a logical type, which may be read as what it is without, too:
//
//   decimal              DECIMAL with at least as many digits after the point
//   date                 DATE
//   (local-)timestamp-millis, -micros, -nanos    TIMESTAMP, with a zone or without
//   uuid of a fixed      STRING
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "avro/schema.h"
#include "base/column_builder.h"
#include "base/status.h"

namespace headrace::avro {

struct ReadPlan;

// Not thread-safe.
class RowReader {
 public:
  // Always succeeds: what of `writer` cannot become a column is said by the rows that hold it, with
  // the name that `type_name` has for the column's type.
  RowReader(TypePtr writer, std::shared_ptr<arrow::Schema> reader,
            std::string (*type_name)(const arrow::DataType&));
  ~RowReader();

  // Appends a value to each of `columns`, which are those of the reader's schema. False where the
  // bytes are no row, or one that doesn't fit: path() and reason() say why, and columns may hold
  // a part of the row, which the caller takes back.
  bool Read(std::string_view row, std::vector<ColumnBuilder>* columns);

  const std::string& path() const { return path_; }  // JSON Pointer: "/lines/3/price"
  const std::string& reason() const { return reason_; }
  // Not OK where a column cannot grow any more.
  const Status& fatal() const { return fatal_; }

 private:
  const TypePtr writer_;
  const std::shared_ptr<arrow::Schema> reader_;
  std::unique_ptr<const ReadPlan> plan_;  // refers to both
  std::string path_;
  std::string reason_;
  Status fatal_;
};

}  // namespace headrace::avro
