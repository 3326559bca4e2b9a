#include "engine/watermark.h"

#include <arrow/array/array_primitive.h>
#include <arrow/builder.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headrace::engine {
namespace {

constexpr int64_t kSecond = 1'000'000;
using Times = std::vector<std::optional<int64_t>>;  // seconds

std::shared_ptr<arrow::Schema> Schema() {
  return arrow::schema({arrow::field("time", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"))});
}

class WatermarkTest : public ::testing::Test {
 protected:
  // Adds rows of a partition to the next micro-batch; empty: of unknown ones.
  void Add(const std::string& partition, const std::vector<int64_t>& times) {
    arrow::TimestampBuilder builder(Schema()->field(0)->type(), arrow::default_memory_pool());
    for (const int64_t time : times) EXPECT_TRUE(builder.Append(time * kSecond).ok());
    Changes changes{
        arrow::RecordBatch::Make(Schema(), std::ssize(times), {builder.Finish().ValueOrDie()}),
        nullptr};
    if (!partition.empty()) changes.partition = std::make_shared<const std::string>(partition);
    input_.batches.push_back(std::move(changes));
  }

  // Runs the micro-batch; returns the stamps of its rows.
  Times Run(int64_t now_s = 0) {
    MicroBatch context{.now_us = now_s * kSecond, .late = {}, .rejected = {}};
    const Delta* inputs[] = {&input_};
    const Delta delta = state_->Process(inputs, context).ValueOrDie();
    input_.batches.clear();
    watermark_ = Seconds(delta.watermark);
    Times stamps;
    for (const Changes& changes : delta.batches) {
      const auto& column = static_cast<const arrow::Int64Array&>(
          *changes.batch->GetColumnByName(std::string(kWatermarkColumn)));
      for (const auto& stamp : column) stamps.push_back(Seconds(stamp));
    }
    return stamps;
  }

  // Saves the state and goes on with a new one.
  void Restart() {
    StateBlock block;
    state_->SaveChanges(&block);
    saved_.push_back(block.bytes());
    state_ = plan_.Open().ValueOrDie();
    for (const std::string& bytes : saved_) {
      EXPECT_TRUE(VisitStateBlock(bytes, [&](std::string_view key, auto value) {
                    return state_->Restore(key, value);
                  }).ok());
    }
  }

  static std::optional<int64_t> Seconds(std::optional<int64_t> micros) {
    return micros ? std::optional(*micros / kSecond) : std::nullopt;
  }

  const WatermarkPlan plan_{Schema(), 0, 10 * kSecond, 60 * kSecond};
  std::unique_ptr<OperatorState> state_ = plan_.Open().ValueOrDie();
  Delta input_;
  std::vector<std::string> saved_;
  std::optional<int64_t> watermark_;
};

TEST_F(WatermarkTest, IsTheLargestTimeBeforeTheRowLessTheDelay) {
  Add("", {100, 90, 120});
  Add("", {110});
  EXPECT_EQ(Run(), (Times{std::nullopt, 90, 90, 110}));
  EXPECT_EQ(watermark_, 110);
}

TEST_F(WatermarkTest, APartitionThatIsReadAheadMakesNoRowsOfAnotherLate) {
  Add("s/0", {100, 1000});
  Add("s/1", {101, 102});
  EXPECT_EQ(Run(), (Times{std::nullopt, 90, std::nullopt, 91}));
  EXPECT_EQ(watermark_, 92);
  Add("s/0", {2000});
  Add("s/1", {103});
  EXPECT_EQ(Run(), (Times{990, 92}));
  EXPECT_EQ(watermark_, 93);
}

TEST_F(WatermarkTest, EveryPartitionGoesOnWhereItWasAfterARestart) {
  Add("s/0", {1000});
  Add("s/1", {100});
  Run();
  Restart();
  Add("s/0", {1001});
  Add("s/1", {101});
  EXPECT_EQ(Run(), (Times{990, 90}));
  Restart();
  Restart();
  Add("s/1", {102});
  EXPECT_EQ(Run(), (Times{91}));
  EXPECT_EQ(watermark_, 92);
}

TEST_F(WatermarkTest, AnIdlePartitionHoldsNothingBackAndFindsClosedWhatWasClosed) {
  Add("s/0", {100});
  Add("s/1", {100});
  Run(0);
  Add("s/0", {200});
  Run(60);
  EXPECT_EQ(watermark_, 90);
  Add("s/0", {300});
  Run(61);
  EXPECT_EQ(watermark_, 290);
  Add("s/1", {150, 400});
  EXPECT_EQ(Run(62), (Times{290, 290}));
  EXPECT_EQ(watermark_, 290);
}

TEST_F(WatermarkTest, APartitionThatIsNewFindsClosedWhatWasClosed) {
  Add("s/0", {500});
  Run();
  Add("s/1", {100});
  EXPECT_EQ(Run(), (Times{490}));
  EXPECT_EQ(watermark_, 490);
}

// As it was before partitions were told apart.
TEST_F(WatermarkTest, TakesTheStateOfAnEarlierVersion) {
  StateBlock block;
  const int64_t time_us = 500 * kSecond;
  block.Put("max_time", {reinterpret_cast<const char*>(&time_us), sizeof(time_us)});
  saved_.push_back(block.bytes());
  Restart();
  Add("s/0", {400});
  EXPECT_EQ(Run(), (Times{490}));
  EXPECT_EQ(watermark_, 490);
}

}  // namespace
}  // namespace headrace::engine
