// Compares headrace with answers of real Spark: test/spark/functions.txt, recorded by
// test/spark/record_functions.py. Runs in the root of the source tree. What differs on purpose is
// in test/spark/differences.txt.
#include "sql/functions.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include "sql/analyzer.h"
#include "sql/evaluator.h"
#include "sql/number_text.h"
#include "sql/time_pattern.h"
#include "sql/translate.h"

namespace headrace::sql {
namespace {

using arrow::Type;

// Renders a value as CAST(value AS STRING) does; `nested`: inside an array, a map or a struct.
std::string ValueText(const arrow::Array& array, int64_t row, bool nested);

std::string StringText(std::string_view text, bool nested) {
  if (nested) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    switch (c) {
      case '\\':
        quoted += "\\\\";
        break;
      case '\'':
        quoted += "\\'";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\t':
        quoted += "\\t";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\0':
        quoted += "\\0";
        break;
      default:
        quoted += c;
    }
  }
  return quoted + "'";
}

std::string BinaryText(std::string_view bytes) {
  std::string text = "X'";
  for (const char c : bytes) text += fmt::format("{:02X}", static_cast<unsigned char>(c));
  return text + "'";
}

std::string DecimalValueText(const arrow::Array& array, int64_t row) {
  __int128 value;
  std::memcpy(&value, static_cast<const arrow::Decimal128Array&>(array).GetValue(row),
              sizeof(value));
  return DecimalText(value, static_cast<const arrow::Decimal128Type&>(*array.type()).scale());
}

std::string NestedText(const arrow::Array& array, int64_t row) {
  std::vector<std::string> parts;
  if (array.type_id() == Type::STRUCT) {
    const auto& structs = static_cast<const arrow::StructArray&>(array);
    for (int i = 0; i < structs.num_fields(); ++i) {
      parts.push_back(ValueText(*structs.field(i), row, true));
    }
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }
  const auto& list = static_cast<const arrow::ListArray&>(array);
  for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
    if (array.type_id() == Type::LIST) {
      parts.push_back(ValueText(*list.values(), i, true));
    } else {
      const auto& map = static_cast<const arrow::MapArray&>(array);
      parts.push_back(ValueText(*map.keys(), i, true) + " -> " + ValueText(*map.items(), i, true));
    }
  }
  return array.type_id() == Type::LIST ? fmt::format("[{}]", fmt::join(parts, ", "))
                                       : fmt::format("{{{}}}", fmt::join(parts, ", "));
}

std::string ValueText(const arrow::Array& array, int64_t row, bool nested) {
  if (array.IsNull(row) || array.type_id() == Type::NA) return nested ? "null" : "NULL";
  const std::shared_ptr<arrow::Scalar> held = *array.GetScalar(row);
  const arrow::Scalar& scalar = *held;
  switch (array.type_id()) {
    case Type::STRING:
      return StringText(static_cast<const arrow::StringArray&>(array).GetView(row), nested);
    case Type::BINARY:
      return BinaryText(static_cast<const arrow::BinaryArray&>(array).GetView(row));
    case Type::FLOAT:
      return JavaText(static_cast<const arrow::FloatScalar&>(scalar).value);
    case Type::DOUBLE:
      return JavaText(static_cast<const arrow::DoubleScalar&>(scalar).value);
    case Type::DECIMAL128:
      return DecimalValueText(array, row);
    case Type::DATE32:
      return DateText(static_cast<const arrow::Date32Scalar&>(scalar).value);
    case Type::TIMESTAMP:
      return TimestampText(static_cast<const arrow::TimestampScalar&>(scalar).value);
    case Type::LIST:
    case Type::MAP:
    case Type::STRUCT:
      return NestedText(array, row);
    default:
      return scalar.ToString();
  }
}

struct Answer {
  std::string type;
  std::string value;
  bool operator==(const Answer&) const = default;
  std::string text() const { return type + "\t" + value; }
};

Answer ErrorAnswer(const Status& status) {
  const std::string message = DiagnosticsOf(status)[0].message;
  if (KindOf(status) != ErrorKind::kUser) return {"", "BUG: " + status.ToString()};
  const size_t open = message.find('[');
  const size_t end = open == std::string::npos ? open : message.find_first_of("].", open);
  return {"",
          end == std::string::npos ? "ERROR" : "ERROR:" + message.substr(open + 1, end - open - 1)};
}

// Runs one expression over a table of one row.
Answer Evaluate(const std::string& expression) {
  const auto schema = arrow::schema({arrow::field("id", arrow::int64(), false)});
  const auto plan = Analyze("SELECT " + expression + " AS v FROM one_row", {{"one_row", schema}});
  if (!plan.ok()) return ErrorAnswer(plan.status());
  const auto& project = std::get<Project>((*plan)->node);
  const auto evaluator = Evaluator::Make(schema, nullptr, project.expressions, {"v"});
  if (!evaluator.ok()) return ErrorAnswer(evaluator.status());
  arrow::Int64Builder ids;
  EXPECT_TRUE(ids.Append(0).ok());
  const auto batch = arrow::RecordBatch::Make(schema, 1, {ids.Finish().ValueOrDie()});
  const auto result = (*evaluator)->Run(batch);
  if (!result.ok()) return ErrorAnswer(result.status());
  EXPECT_TRUE((*result)->ValidateFull().ok()) << expression;
  const arrow::Array& column = *(*result)->column(0);
  EXPECT_TRUE(column.type()->Equals(*project.expressions[0]->type)) << expression;
  EXPECT_TRUE(project.expressions[0]->nullable || !column.IsNull(0))
      << expression << " is null, and its type says it is not";
  return {SimpleTypeName(*column.type()), ValueText(column, 0, false)};
}

// Spark's classes of errors have parts behind points, and what it finds while it analyzes has many.
bool SameAnswer(const Answer& spark, const Answer& ours) {
  if (!spark.value.starts_with("ERROR:")) return spark == ours;
  if (!ours.value.starts_with("ERROR")) return false;
  const std::string error_class = spark.value.substr(0, spark.value.find('.'));
  if (error_class.find('_') == std::string::npos) return true;  // a Java exception without a class
  return ours.value == error_class || ours.value == "ERROR";
}

std::vector<std::vector<std::string>> ReadTable(const std::string& name) {
  std::ifstream file("test/spark/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> fields;
    size_t start = 0;
    for (size_t tab = line.find('\t'); tab != std::string::npos; tab = line.find('\t', start)) {
      fields.push_back(line.substr(start, tab - start));
      start = tab + 1;
    }
    fields.push_back(line.substr(start));
    rows.push_back(std::move(fields));
  }
  return rows;
}

TEST(FunctionsTest, AnswersAsSparkDoes) {
  std::map<std::string, Answer> deliberate;
  for (const auto& row : ReadTable("differences.txt")) {
    ASSERT_EQ(row.size(), 4u) << row[0];
    deliberate[row[0]] = {row[1], row[2]};
  }
  size_t compared = 0;
  for (const auto& row : ReadTable("functions.txt")) {
    ASSERT_EQ(row.size(), 3u) << row[0] << " is not recorded yet";
    const Answer spark{row[1], row[2]};
    const Answer ours = Evaluate(row[0]);
    ++compared;
    if (const auto known = deliberate.find(row[0]); known != deliberate.end()) {
      EXPECT_EQ(ours.text(), known->second.text()) << row[0] << " differs in another way";
      EXPECT_FALSE(SameAnswer(spark, ours)) << row[0] << " doesn't differ any more";
    } else if (!SameAnswer(spark, ours)) {
      ADD_FAILURE() << row[0] << "\n  spark:    " << spark.text()
                    << "\n  headrace: " << ours.text();
    }
  }
  EXPECT_GT(compared, 1000u);
}

// The reasons for what differs are what the manual says.
TEST(FunctionsTest, DifferencesAreDocumented) {
  std::ifstream file("docs/SQL.md");
  const std::string manual((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
  for (const auto& row : ReadTable("differences.txt")) {
    EXPECT_THAT(manual, testing::HasSubstr(row.at(3))) << row[0];
  }
  for (const std::string& name : FunctionNames()) {
    EXPECT_THAT(manual, testing::HasSubstr("`" + name + "`"));
  }
}

}  // namespace
}  // namespace headrace::sql
