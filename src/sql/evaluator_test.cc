#include "sql/evaluator.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/table_builder.h>
#include <gmock/gmock.h>

#include <map>

#include "base/change_batch.h"
#include "sql/analyzer.h"
#include "sql/functions.h"

namespace headrace::sql {
namespace {

using arrow::field;

std::shared_ptr<arrow::Schema> EventSchema() {
  return arrow::schema(
      {field("id", arrow::int64(), false), field("name", arrow::utf8()),
       field("place", arrow::struct_({field("x", arrow::float64()), field("tag", arrow::utf8())})),
       field("scores", arrow::list(arrow::int32())),
       field("labels", arrow::map(arrow::utf8(), arrow::int64())),
       field("price", arrow::decimal128(12, 2)), field("flag", arrow::boolean()),
       field(std::string(kWeightColumn), arrow::int8(), false)});
}

// Row i: names of growing length, every third value null, every seventh struct null.
std::shared_ptr<arrow::RecordBatch> Events(int64_t rows) {
  const auto schema = EventSchema();
  auto made = arrow::RecordBatchBuilder::Make(schema, arrow::default_memory_pool());
  EXPECT_TRUE(made.ok());
  auto& batch = **made;
  auto* places = batch.GetFieldAs<arrow::StructBuilder>(2);
  auto* xs = static_cast<arrow::DoubleBuilder*>(places->field_builder(0));
  auto* tags = static_cast<arrow::StringBuilder*>(places->field_builder(1));
  auto* scores = batch.GetFieldAs<arrow::ListBuilder>(3);
  auto* score = static_cast<arrow::Int32Builder*>(scores->value_builder());
  auto* labels = batch.GetFieldAs<arrow::MapBuilder>(4);
  auto* label = static_cast<arrow::StringBuilder*>(labels->key_builder());
  auto* count = static_cast<arrow::Int64Builder*>(labels->item_builder());
  Status status;
  for (int64_t i = 0; i < rows; ++i) {
    const bool null = i % 3 == 2;
    const std::string name = "name-" + std::string(static_cast<size_t>(i % 20), 'x');
    auto* names = batch.GetFieldAs<arrow::StringBuilder>(1);
    status &= batch.GetFieldAs<arrow::Int64Builder>(0)->Append(i);
    status &= null ? names->AppendNull() : names->Append(name);
    status &= places->Append(i % 7 != 6);
    status &= null ? xs->AppendNull() : xs->Append(static_cast<double>(i) / 2);
    status &= tags->Append(name);
    status &= scores->Append(!null);
    for (int64_t j = 0; j < i % 4 && !null; ++j) status &= score->Append(static_cast<int>(i + j));
    status &= null ? labels->AppendNull() : labels->Append();
    if (!null) status &= label->Append(name) & count->Append(i);
    auto* prices = batch.GetFieldAs<arrow::Decimal128Builder>(5);
    status &= null ? prices->AppendNull() : prices->Append(arrow::Decimal128(i * 101));
    status &= batch.GetFieldAs<arrow::BooleanBuilder>(6)->Append(i % 2 == 0);
    status &= batch.GetFieldAs<arrow::Int8Builder>(7)->Append(i % 5 == 0 ? -1 : 1);
  }
  EXPECT_TRUE(status.ok()) << status.ToString();
  return *batch.Flush();
}

// Runs "SELECT columns FROM events [WHERE filter]" by one evaluator.
Result<std::unique_ptr<Evaluator>> Prepare(const std::string& columns, const std::string& filter) {
  const auto schema = EventSchema();
  const Relations relations = {
      {"events",
       arrow::schema(arrow::FieldVector(schema->fields().begin(), schema->fields().end() - 1))}};
  ASSIGN_OR_RAISE(const PlanPtr plan, Analyze("SELECT " + columns + " FROM events", relations));
  ExpressionPtr predicate;
  if (!filter.empty()) {
    ASSIGN_OR_RAISE(const PlanPtr filtered,
                    Analyze("SELECT " + filter + " AS keep FROM events", relations));
    predicate = std::get<Project>(filtered->node).expressions[0];
  }
  std::vector<std::string> names;
  for (const auto& column : plan->schema->fields()) names.push_back(column->name());
  return Evaluator::Make(schema, predicate, std::get<Project>(plan->node).expressions, names);
}

Result<std::shared_ptr<arrow::RecordBatch>> Select(
    const std::string& columns, const std::string& filter,
    const std::shared_ptr<arrow::RecordBatch>& batch) {
  ASSIGN_OR_RAISE(const auto evaluator, Prepare(columns, filter));
  ASSIGN_OR_RAISE(auto result, evaluator->Run(batch));
  RETURN_NOT_OK(result->ValidateFull());
  EXPECT_TRUE(result->schema()->Equals(*evaluator->output_schema()));
  for (int i = 0; i < result->num_columns(); ++i) {
    EXPECT_TRUE(result->column(i)->type()->Equals(*result->schema()->field(i)->type()));
  }
  return result;
}

TEST(EvaluatorTest, ColumnsPassThroughWithoutCopies) {
  const auto batch = Events(10);
  const auto result = *Select("name, id", "", batch);
  EXPECT_EQ(result->column(0)->data()->buffers[2], batch->column(1)->data()->buffers[2]);
  EXPECT_EQ(result->num_columns(), 3);
  EXPECT_EQ(result->schema()->field(2)->name(), kWeightColumn);
  EXPECT_TRUE(result->column(2)->Equals(batch->column(7)));
}

TEST(EvaluatorTest, FilterKeepsOrderAndSystemColumns) {
  const auto batch = Events(10'000);
  const auto result = *Select("id, id + 1 AS next, scores", "id % 3 = 0", batch);
  ASSERT_EQ(result->num_rows(), 3334);
  const auto& ids = static_cast<const arrow::Int64Array&>(*result->column(0));
  const auto& next = static_cast<const arrow::Int64Array&>(*result->column(1));
  const int8_t* weights = Weights(*result);
  for (int64_t i = 0; i < result->num_rows(); ++i) {
    ASSERT_EQ(ids.Value(i), i * 3);
    ASSERT_EQ(next.Value(i), i * 3 + 1);
    ASSERT_EQ(weights[i], i * 3 % 5 == 0 ? -1 : 1);
  }
}

TEST(EvaluatorTest, NestedColumnsGoThroughDuckDbUnchanged) {
  for (const int64_t rows : {1, 2047, 2048, 2049, 5000}) {
    const auto batch = Events(rows)->Slice(rows / 3);
    const auto result = *Select(
        "if(id >= 0, scores, NULL) AS s, if(id >= 0, labels, NULL) AS l, if(id >= 0, place, NULL) "
        "AS p, "
        "if(id >= 0, price, NULL) AS d, if(id >= 0, name, NULL) AS n, if(id >= 0, flag, NULL) AS f",
        "", batch);
    const int from[] = {3, 4, 2, 5, 1, 6};
    for (int i = 0; i < 6; ++i) {
      EXPECT_EQ(result->column(i)->ToString(), batch->column(from[i])->ToString())
          << rows << " rows, column " << i;
    }
  }
}

TEST(EvaluatorTest, FieldsOfNullStructsAreNull) {
  const auto batch = Events(14);
  const auto result = *Select("place.x, place.x * 2 AS twice", "id = 6 OR id = 7", batch);
  ASSERT_EQ(result->num_rows(), 2);
  EXPECT_TRUE(result->column(0)->IsNull(0));
  EXPECT_TRUE(result->column(1)->IsNull(0));
  EXPECT_EQ(static_cast<const arrow::DoubleArray&>(*result->column(1)).Value(1), 7.0);
}

TEST(EvaluatorTest, SlicesAreRead) {
  const auto batch = Events(100)->Slice(37, 20);
  const auto result = *Select("place.tag || '!' AS t, upper(name) AS u, flag AND true AS f",
                              "flag OR NOT flag", batch);
  ASSERT_EQ(result->num_rows(), 20);
  const auto& tags = static_cast<const arrow::StringArray&>(*result->column(0));
  EXPECT_EQ(tags.GetString(2), "name-" + std::string(19, 'x') + "!");
  const auto& flags = static_cast<const arrow::BooleanArray&>(*result->column(2));
  EXPECT_FALSE(flags.Value(0));
  EXPECT_TRUE(flags.Value(1));
}

TEST(EvaluatorTest, EmptyBatchesGiveEmptyBatches) {
  EXPECT_EQ((*Select("id + 1 AS n, name", "id > 3", Events(0)))->num_rows(), 0);
  EXPECT_EQ((*Select("id + 1 AS n, name", "id > 30", Events(10)))->num_rows(), 0);
}

TEST(EvaluatorTest, ErrorsOfRowsAreTheUsersAndLeaveTheEvaluatorUsable) {
  const auto evaluator = *Prepare("10 / (id - 5) AS q", "");
  const auto failed = evaluator->Run(Events(10));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(KindOf(failed.status()), ErrorKind::kUser);
  EXPECT_THAT(DiagnosticsOf(failed.status())[0].message, testing::StartsWith("[DIVIDE_BY_ZERO]"));
  EXPECT_EQ((*evaluator->Run(Events(5)))->num_rows(), 5);
}

TEST(EvaluatorTest, RowsThatAreFilteredOutCannotFail) {
  const auto result = *Select("10 / (id - 5) AS q", "id <> 5 AND 1 / (id - 5) < 100", Events(3000));
  EXPECT_EQ(result->num_rows(), 2999);
  EXPECT_EQ((*Select("id <> 5 AND 1 / (id - 5) > 0 AS q", "", Events(10)))->num_rows(), 10);
  EXPECT_EQ((*Select("id = 5 OR 1 / (id - 5) > 0 AS q", "", Events(10)))->num_rows(), 10);
}

TEST(EvaluatorTest, TheClockIsTheEpochs) {
  const auto evaluator = *Prepare("current_timestamp() AS t, current_date() AS d", "");
  for (const int64_t now : {int64_t{1'700'000'000'123'456}, int64_t{-1}}) {
    evaluator->SetNow(now);
    const auto result = *evaluator->Run(Events(2));
    EXPECT_EQ(static_cast<const arrow::TimestampArray&>(*result->column(0)).Value(1), now);
    EXPECT_EQ(static_cast<const arrow::Date32Array&>(*result->column(1)).Value(1),
              now < 0 ? -1 : 19'675);
  }
}

TEST(EvaluatorTest, DeepNestingIsTranslatedInBoundedText) {
  std::string sum = "id";
  for (int i = 0; i < 40; ++i) sum = "(" + sum + " / 2 + 1)";
  EXPECT_EQ((*Select(sum + " AS s", sum + " > 0", Events(3)))->num_rows(), 3);
  std::string logic = "id > 0";
  for (int i = 0; i < 24; ++i) {
    logic = "(" + logic + (i % 2 == 0 ? " AND " : " OR ") + "1 / (id + 1) > 0)";
  }
  const auto result = Select(logic + " AS b", "", Events(3));
  EXPECT_TRUE(result.ok() || KindOf(result.status()) == ErrorKind::kUser)
      << result.status().ToString();
}

TEST(EvaluatorTest, StringsWithQuotesAndZerosAreKept) {
  const auto literal = MakeLiteral(arrow::MakeScalar(std::string("a'b\0c\"{0}", 9)), {});
  const auto call = *ResolveCall("concat", {literal, literal}, {});
  const auto evaluator = *Evaluator::Make(EventSchema(), nullptr, {call}, {"s"});
  const auto result = *evaluator->Run(Events(1));
  EXPECT_EQ(static_cast<const arrow::StringArray&>(*result->column(0)).GetString(0),
            std::string("a'b\0c\"{0}a'b\0c\"{0}", 18));
}

}  // namespace
}  // namespace headrace::sql
