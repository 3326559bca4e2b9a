#include "sink/console_sink.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "sink/change_rows.h"

namespace headrace::sink {
namespace {

std::string TextOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(ConsoleSink, PrintsChangesAtTheCommit) {
  const TestFolder folder;
  std::FILE* out = std::fopen(folder.path("out").c_str(), "w");
  metrics::Registry registry;
  auto sink = MakeConsoleSink("console", registry, out);
  const ChangeBatch changes =
      ChangesOf("a INT, b STRING", R"([{"a":1,"b":"x"},{"a":2,"b":null}])", "[-1,1]");
  ASSERT_TRUE(sink->Write(changes).ok());
  EXPECT_EQ(TextOf(folder.path("out")), "");
  ASSERT_TRUE(sink->Commit({"test", 1, 0, {}}, {}).ok());
  const std::string lines =
      "{\"op\":\"-\",\"row\":{\"a\":1,\"b\":\"x\"}}\n{\"op\":\"+\",\"row\":{\"a\":2,\"b\":null}}\n";
  EXPECT_EQ(TextOf(folder.path("out")), lines);
  ASSERT_TRUE(sink->Commit({"test", 2, 0, {}}, {}).ok());
  EXPECT_EQ(TextOf(folder.path("out")), lines);
  EXPECT_EQ(sink->totals().upserts, 1);
  EXPECT_EQ(sink->totals().deletes, 1);
  EXPECT_EQ(sink->totals().commits, 2);
  EXPECT_EQ(registry.Sum("headrace_sink_records_total"), 2);
  std::fclose(out);
}

TEST(ConsoleSink, SaysWhereItCannotPrint) {
  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  metrics::Registry registry;
  auto sink = MakeConsoleSink("console", registry, full);
  ASSERT_TRUE(sink->Write(ChangesOf("a INT", R"([{"a":1}])", "")).ok());
  EXPECT_TRUE(sink->Commit({"test", 1, 0, {}}, {}).IsIOError());
  std::fclose(full);
}

}  // namespace
}  // namespace headrace::sink
