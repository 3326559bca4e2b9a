// A JsonReader appends the members of one JSON object at a time to the columns of a schema. The
// decoder drives it; it is apart from decoder.h so that only its own file needs simdjson.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/column_builder.h"
#include "base/status.h"
#include "format/decoder.h"

namespace headrace::format {

// Which column a member of an object belongs to. It learns the order in which members come, so
// that a record like the one before it costs one comparison a member.
class MemberTable {
 public:
  explicit MemberTable(const arrow::FieldVector& fields);

  // Returns the column of the member at `position` whose name stands as `raw` in the text, or -1.
  // Where that can't be read for a name (an escape that is none), -1 as well.
  int Find(simdjson::ondemand::field& field, size_t position) {
    const std::string_view raw = field.escaped_key();
    if (position < expected_.size() && expected_[position].raw == raw)
      return expected_[position].column;
    return Learn(field, raw, position);
  }

 private:
  struct Expected {
    std::string raw;  // with its escapes
    int column = -1;
  };
  int Learn(simdjson::ondemand::field& field, std::string_view raw, size_t position);

  std::unordered_map<std::string, int> columns_;
  std::vector<Expected> expected_;
};

class JsonReader {
 public:
  explicit JsonReader(const std::shared_ptr<arrow::Schema>& schema);

  // Makes room for `rows` more values a column.
  Status Reserve(int64_t rows);

  // Appends one row from the object that `document` is; false where it doesn't fit: then nothing
  // is appended and path() and reason() say why.
  bool Read(simdjson::ondemand::document& document);

  // For a row that comes in parts: some columns from one object, others from another.
  struct Part;
  std::shared_ptr<Part> MakePart(const std::vector<int>& columns);
  // Appends a value to each column of the part; false where the object doesn't fit.
  bool ReadPart(simdjson::ondemand::object& object, Part& part);
  // Appends one value to one column; false where it doesn't fit.
  bool ReadColumn(simdjson::ondemand::value& value, int column);
  // Appends null, also where the column is NOT NULL.
  bool AppendNull(int column) { return Put(builders_[static_cast<size_t>(column)].AppendNull()); }
  // Ends a row of which every column has its value; takes it back where it doesn't fit.
  bool EndRow(bool is_good);
  // Says why a record doesn't fit.
  bool RejectRow(std::string path, std::string reason);

  const std::string& path() const { return path_; }
  const std::string& reason() const { return reason_; }
  // Not OK where a column cannot grow any more; the reader is of no use then.
  const Status& fatal() const { return fatal_; }

  int64_t rows() const { return rows_; }
  Result<std::shared_ptr<arrow::RecordBatch>> Finish();

  // Sets the reason of a record that is no JSON.
  void SetMalformed(simdjson::error_code error);

 private:
  using Value = simdjson::ondemand::value;

  // A column or a part of one: its builder, and how its members are found.
  struct Node {
    explicit Node(ColumnBuilder* builder, const arrow::Field& field);

    ColumnBuilder* out;
    std::string name;
    bool nullable;
    int precision = 0;
    int scale = 0;
    std::vector<Node> children;            // members of a struct; element; key and value of a map
    std::unique_ptr<MemberTable> members;  // of a struct
  };

  bool ReadMembers(simdjson::ondemand::object& object, MemberTable& table,
                   std::vector<Node>& columns, int64_t row);
  bool CompleteRow(std::vector<Node>& columns, int64_t row);
  bool ReadValue(Value& value, Node& node);
  bool ReadNullOrReject(Value& value, Node& node);
  template <typename T>
  bool ReadInteger(Value& value, Node& node);
  bool ReadBool(Value& value, Node& node);
  template <typename T>
  bool ReadReal(Value& value, Node& node);
  bool ReadDecimal(Value& value, Node& node);
  bool ReadText(Value& value, Node& node);
  bool ReadBinary(Value& value, Node& node);
  bool ReadDate(Value& value, Node& node);
  bool ReadTimestamp(Value& value, Node& node);
  bool ReadStruct(Value& value, Node& node);
  bool ReadList(Value& value, Node& node);
  bool ReadMap(Value& value, Node& node);
  bool ReadEntries(simdjson::ondemand::object& object, Node& node,
                   const std::vector<bool>& replaced);
  std::vector<bool> ReplacedEntries(const Node& node) const;

  bool Put(Status status);
  bool Malformed(simdjson::error_code error);
  bool Reject(Value& value, const Node& node, std::string_view why);
  bool Within(std::string_view segment);

  std::shared_ptr<arrow::Schema> schema_;
  std::vector<ColumnBuilder> builders_;
  std::vector<Node> columns_;
  MemberTable members_;
  int64_t rows_ = 0;
  std::string path_;
  std::string reason_;
  Status fatal_;
  std::string scratch_;
};

struct JsonReader::Part {
  MemberTable members;
  std::vector<Node> columns;
};

}  // namespace headrace::format
