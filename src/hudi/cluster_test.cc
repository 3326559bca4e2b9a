#include "hudi/cluster.h"

#include <gmock/gmock.h>

#include "hudi/service_test_support.h"

namespace headrace::hudi {
namespace {

using ::testing::HasSubstr;

class ClusterTest : public ServiceTest {
 protected:
  static TableDefinition WithoutKey() {
    TableDefinition definition = Definition();
    definition.key = {};
    definition.order_by = "";
    definition.type = TableType::kCopyOnWrite;
    return definition;
  }
  static Status WriteFiles(Table& table, int64_t first_id, int64_t commits) {
    for (int64_t i = 0; i < commits; ++i)
      RETURN_NOT_OK(WriteRange(table, first_id + 4 * i, first_id + 4 * i + 4, 1));
    return Status::OK();
  }
};

TEST_F(ClusterTest, SmallFilesOfAPartitionBecomeOne) {
  const auto table = Open(storage::OpenLocalStorage(PathOf("t")), WithoutKey());
  ASSERT_TRUE(WriteFiles(*table, 0, 3).ok());
  EXPECT_EQ(MergeSmallFiles(*table)->files_written, 0) << "three are too few";
  ASSERT_TRUE(WriteFiles(*table, 100, 2).ok());
  const Rows before = Read("t");
  const auto result = MergeSmallFiles(*table);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->files_read, 10);
  EXPECT_EQ(result->files_written, 2);
  EXPECT_EQ(Read("t"), before);
  EXPECT_EQ(table->FileSlices()->size(), 2u);
  ASSERT_TRUE(WriteFiles(*table, 200, 1).ok());
  EXPECT_EQ(Read("t").size(), before.size() + 4);
  // What was replaced goes once no retained commit reads it.
  ASSERT_TRUE(WriteFiles(*table, 300, 1).ok());
  EXPECT_EQ(Clean(*table, {.retention = {.commits = 1}})->files, 10);
  EXPECT_EQ(Read("t").size(), before.size() + 8);
  EXPECT_EQ(MergeSmallFiles(*table)->files_written, 0);
}

TEST_F(ClusterTest, FilesAreFilledUpToTheirSize) {
  const auto table = Open(storage::OpenLocalStorage(PathOf("t")), WithoutKey());
  ASSERT_TRUE(WriteFiles(*table, 0, 6).ok());
  const int64_t size = table->FileSlices()->at(0).base->size;
  const auto result = MergeSmallFiles(*table, {.file_size_bytes = 2 * size + size / 2});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->files_written, 4) << "in each of two partitions, three files at a time";
  EXPECT_EQ(Read("t").size(), 24u);
}

TEST_F(ClusterTest, ATableWithAKeyIsRefused) {
  EXPECT_THAT(MergeSmallFiles(*Open("t")).status().ToString(), HasSubstr("has a key"));
}

TEST_F(ClusterTest, SurvivesACrashAtEveryStorageOperation) {
  CrashEverywhere([](Table& table) { return WriteFiles(table, 0, 4); },
                  [](Table& table) { return MergeSmallFiles(table).status(); }, WithoutKey());
}

}  // namespace
}  // namespace headrace::hudi
