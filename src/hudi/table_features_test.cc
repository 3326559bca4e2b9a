// Tables of other writers that headrace must not read, or must not write.
#include "hudi/table_features.h"

#include <gmock/gmock.h>

#include <array>

#include "hudi/table_test_support.h"
#include "hudi/validation.h"

namespace headrace::hudi {
namespace {

using ::testing::HasSubstr;

class TableFeaturesTest : public TableTest {
 protected:
  void SetUp() override {
    path_ = PathOf("t");
    storage_ = storage::OpenLocalStorage(path_);
    ASSERT_TRUE(WriteCommit(*OpenTable(path_), {{"eu", 1, 1, "a"}}, {}).ok());
    original_ = storage_->Get(".hoodie/hoodie.properties").ValueOrDie();
  }
  void Set(const std::string& key, const std::string& value) {
    Properties properties = ParseProperties(original_);
    properties[key] = value;
    ASSERT_TRUE(storage_->Put(".hoodie/hoodie.properties", FormatProperties(properties, "")).ok());
  }
  Status Write() { return Table::OpenOrCreate(storage_, Definition()).status(); }
  static void ExpectRefused(const Status& status, const std::string& text) {
    EXPECT_EQ(KindOf(status), ErrorKind::kUser);
    EXPECT_THAT(status.message(), HasSubstr(text));
    EXPECT_FALSE(DiagnosticsOf(status)[0].hint.empty());
  }

  std::string path_, original_;
  std::shared_ptr<storage::Storage> storage_;
};

TEST_F(TableFeaturesTest, WhatIsNotReadIsNotWrittenEither) {
  const std::vector<std::array<const char*, 3>> cases = {
      {"hoodie.table.version", "10", "is of another version: hoodie.table.version=10"},
      {"hoodie.table.version", "6", "is of another version: hoodie.table.version=6"},
      {"hoodie.timeline.layout.version", "1", "has another layout of the timeline"},
      {"hoodie.timeline.path", "moments", "has its timeline in another folder"},
      {"hoodie.record.merge.mode", "CUSTOM", "merges records by a class of its own"},
      {"hoodie.table.partial.update.mode", "IGNORE_DEFAULTS", "merges partial updates"},
      {"hoodie.table.ordering.fields", "updated,id", "is ordered by several columns"},
      {"hoodie.table.base.file.format", "ORC", "has base files of another format"},
      {"hoodie.table.multiple.base.file.formats.enable", "true", "files of several formats"},
      {"hoodie.populate.meta.fields", "false", "has no meta columns"},
      {"hoodie.datasource.write.drop.partition.columns", "true", "keeps partition columns in"},
      {"hoodie.bootstrap.base.path", "/lake/old", "is bootstrapped"},
  };
  for (const auto& [key, value, text] : cases) {
    SCOPED_TRACE(text);
    Set(key, value);
    ExpectRefused(ReadTable(path_).status(), text);
    ExpectRefused(Validate(*storage_).status(), text);
    ExpectRefused(Write(), text);
  }
}

TEST_F(TableFeaturesTest, WhatIsNotKeptIsReadButNotWritten) {
  const std::vector<std::array<const char*, 3>> cases = {
      {"hoodie.index.type", "BLOOM", "has another index than the bucket index"},
      {"hoodie.index.type", "RECORD_INDEX", "has another index than the bucket index"},
      {"hoodie.index.bucket.engine", "CONSISTENT_HASHING", "has buckets of varying number"},
      {"hoodie.table.metadata.partitions", "files,record_index", "has a metadata table"},
      {"hoodie.table.keygenerator.type", "TIMESTAMP", "in a way of its own"},
      {"hoodie.table.keygenerator.type", "CUSTOM", "in a way of its own"},
      {"hoodie.datasource.write.partitionpath.urlencode", "true", "encodes the names of its"},
      {"hoodie.table.cdc.enabled", "true", "keeps a log of changes"},
  };
  for (const auto& [key, value, text] : cases) {
    SCOPED_TRACE(text);
    Set(key, value);
    EXPECT_EQ(ReadRows(path_).size(), 1u);
    ExpectRefused(Write(), text);
  }
  EXPECT_EQ(ListDataFiles(*storage_).ValueOrDie().size(), 1u);
}

// Spark keeps the index to itself; the names of file groups tell.
TEST_F(TableFeaturesTest, AnotherIndexIsFoundByItsFileGroups) {
  Properties properties = ParseProperties(original_);
  properties.erase("hoodie.index.type");
  properties.erase("hoodie.bucket.index.num.buckets");
  ASSERT_TRUE(storage_->Put(".hoodie/hoodie.properties", FormatProperties(properties, "")).ok());
  const DataFile file = ListDataFiles(*storage_).ValueOrDie()[0];
  DataFileName name = file.name;
  name.file_id = "7be3a1d2-0a61-4c8e-9d8e-3f6f0e0b7a55-0";
  std::filesystem::rename(path_ + "/" + file.path, path_ + "/eu/" + name.ToString());
  EXPECT_EQ(ReadRows(path_).size(), 1u);
  ExpectRefused(Write(), "was not written with a bucket index");
}

}  // namespace
}  // namespace headrace::hudi
