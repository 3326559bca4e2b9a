// What a query reads from outside of the database.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"

namespace headrace::sql {

// A table of which those columns are read that a query needs. Thread-safe.
class Relation {
 public:
  virtual ~Relation() = default;
  virtual std::shared_ptr<arrow::Schema> schema() const = 0;

  // Opens a reader of the named columns, at least one, in this order. The relation outlives it.
  virtual Result<std::shared_ptr<arrow::RecordBatchReader>> Read(
      const std::vector<std::string>& columns) = 0;
};

// A function that queries may name after FROM: name('text', ..., option => 'text'). What isn't text
// is given as DuckDB casts it to text.
struct TableFunction {
  using Options = std::map<std::string, std::string>;  // those that the query names
  std::string name;
  size_t parameters = 1;
  std::vector<std::string> options = {};
  std::function<Result<std::shared_ptr<Relation>>(const std::vector<std::string>& arguments,
                                                  const Options& options)>
      open;
};

}  // namespace headrace::sql
