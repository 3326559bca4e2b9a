#include "sink/blackhole_sink.h"

#include <gtest/gtest.h>

#include "sink/change_rows.h"

namespace headrace::sink {
namespace {

TEST(BlackholeSink, CountsWhatIsCommitted) {
  metrics::Registry registry;
  auto sink = MakeBlackholeSink("nothing", registry);
  EXPECT_EQ(*sink->LastCommittedEpoch(), 0);
  const ChangeBatch changes = ChangesOf("a INT", R"([{"a":1},{"a":2},{"a":3}])", "[-1,1,1]");
  ASSERT_TRUE(sink->Write(changes).ok());
  ASSERT_TRUE(sink->Write(ChangesOf("a INT", R"([{"a":4}])", "")).ok());
  ASSERT_TRUE(sink->Commit({"test", 1, 0, {}}, {}).ok());
  EXPECT_EQ(sink->totals().upserts, 3);
  EXPECT_EQ(sink->totals().deletes, 1);
  ASSERT_TRUE(sink->Commit({"test", 2, 0, {}}, {}).ok());
  EXPECT_EQ(sink->totals().upserts, 3);
  EXPECT_EQ(sink->totals().commits, 2);
  EXPECT_EQ(registry.Sum("headrace_sink_records_total"), 4);
}

}  // namespace
}  // namespace headrace::sink
