// A table is damaged in every way that Validate() knows.
#include "hudi/validation.h"

#include <arrow/array/concatenate.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "avro/container.h"
#include "hudi/bloom_filter.h"
#include "hudi/bucket.h"
#include "hudi/data_block.h"
#include "hudi/delete_block.h"
#include "hudi/log_block.h"
#include "hudi/parquet_file.h"
#include "hudi/parquet_reader.h"
#include "hudi/schemas.h"
#include "hudi/table_schema.h"
#include "hudi/table_test_support.h"

namespace headrace::hudi {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Batch = std::shared_ptr<arrow::RecordBatch>;

// A table of one partition and two buckets: one has a base file, the other log files.
class ValidationTest : public TableTest {
 protected:
  void SetUp() override {
    path_ = PathOf("t");
    storage_ = storage::OpenLocalStorage(path_);
    TableDefinition definition = Definition();
    definition.buckets = 2;
    table_ = OpenTable(path_, definition);
    std::vector<Row> even, odd;
    for (int id = 0; even.size() < 10'000; ++id)
      (BucketOf(std::to_string(id), {"id"}, 2) == 0 ? even : odd).push_back({"eu", id, 1, "a"});
    odd.resize(3);
    ASSERT_TRUE(WriteCommit(*table_, even, {}).ok());
    ASSERT_TRUE(WriteCommit(*table_, odd, {}).ok());
    ASSERT_TRUE(WriteCommit(*table_, {{"eu", odd[0].id, 2, "b"}}, {odd[1]}).ok());
    const auto files = ListDataFiles(*storage_).ValueOrDie();
    for (const DataFile& file : files) (file.name.is_log ? logs_ : bases_).push_back(file);
    std::sort(logs_.begin(), logs_.end(),
              [](const DataFile& a, const DataFile& b) { return a.name.instant < b.name.instant; });
    ASSERT_EQ(bases_.size(), 1u);
    ASSERT_EQ(logs_.size(), 2u);
  }

  // "error: <file>: <what>"
  std::vector<std::string> Findings() {
    const auto validation = Validate(*storage_);
    EXPECT_TRUE(validation.ok()) << validation.status();
    std::vector<std::string> texts;
    if (!validation.ok()) return texts;
    for (const Finding& finding : validation->findings) {
      EXPECT_FALSE(finding.hint.empty());
      texts.push_back((finding.is_error ? "error: " : "warning: ") + finding.file + ": " +
                      finding.what);
    }
    return texts;
  }

  std::string Get(const std::string& name) { return storage_->Get(name).ValueOrDie(); }
  void Put(const std::string& name, const std::string& data) {
    ASSERT_TRUE(storage_->Put(name, data).ok());
  }
  void Rename(const std::string& from, const std::string& to) {
    std::filesystem::rename(path_ + "/" + from, path_ + "/" + to);
  }
  void SetProperty(const std::string& key, const std::optional<std::string>& value) {
    Properties properties = ParseProperties(Get(".hoodie/hoodie.properties"));
    properties.erase(key);
    if (value.has_value()) properties[key] = *value;
    Put(".hoodie/hoodie.properties", FormatProperties(properties, ""));
  }
  // The path of a state's file of the commit with this index.
  std::string StatePath(size_t commit, InstantState state) {
    return std::string(kTimelineFolder) + "/" +
           table_->timeline().instants()[commit].FileName(state);
  }

  // Rewrites the base file with what `edit` makes of its rows.
  void EditBase(const std::function<Batch(const Batch&)>& edit) {
    const std::string bytes = Get(bases_[0].path);
    const auto batches = ReadParquet(bytes, WithMetaColumns(*table_->schema())).ValueOrDie();
    const auto rows = arrow::ConcatenateRecordBatches(batches).ValueOrDie();
    const auto footer = ParquetKeyValues(bytes).ValueOrDie();
    Put(bases_[0].path, WriteParquet(*edit(rows), footer).ValueOrDie()->ToString());
  }
  // Gives the first row's text column another value.
  static Batch WithText(const Batch& rows, int column, const std::optional<std::string>& value) {
    arrow::StringBuilder builder;
    EXPECT_TRUE((value.has_value() ? builder.Append(*value) : builder.AppendNull()).ok());
    const auto first =
        arrow::ChunkedArray::Make({*builder.Finish(), rows->column(column)->Slice(1)});
    const auto joined = arrow::Concatenate(first.ValueOrDie()->chunks()).ValueOrDie();
    return rows->SetColumn(column, rows->schema()->field(column)->WithNullable(true), joined)
        .ValueOrDie();
  }
  // A key in a log file.
  std::string KeyOf(const DataFile& log) {
    const std::string bytes = Get(log.path);
    const auto blocks = ParseLogFile(bytes).ValueOrDie();
    const auto batches = ReadDataBlock(blocks[0], WithMetaColumns(*table_->schema())).ValueOrDie();
    return static_cast<const arrow::StringArray&>(*batches[0]->column(kRecordKey)).GetString(0);
  }
  void ExpectBaseFinding(const std::string& what) {
    EXPECT_THAT(Findings(), Contains(HasSubstr("error: " + bases_[0].path + ": " + what)));
  }

  std::string path_;
  std::shared_ptr<storage::Storage> storage_;
  std::unique_ptr<Table> table_;
  std::vector<DataFile> bases_, logs_;
};

TEST_F(ValidationTest, AGoodTableHasNoFindings) {
  EXPECT_THAT(Findings(), IsEmpty());
  const auto validation = Validate(*storage_).ValueOrDie();
  EXPECT_EQ(validation.files, 3);
  EXPECT_EQ(validation.rows, 10'004);
  EXPECT_EQ(validation.instants, 3);
}

TEST_F(ValidationTest, Properties) {
  SetProperty("hoodie.table.checksum", "1");
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("has the checksum 1 for the table name 'events'")));
  SetProperty("hoodie.table.checksum", std::nullopt);
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("has no hoodie.table.checksum")));
}

TEST_F(ValidationTest, PropertiesThatNameNoColumn) {
  SetProperty("hoodie.table.recordkey.fields", "other");
  SetProperty("hoodie.table.partition.fields", "place");
  SetProperty("hoodie.table.ordering.fields", "when");
  for (const char* text :
       {"names the key column 'other', which the table hasn't",
        "names the partition column 'place'", "names the ordering column 'when'"})
    EXPECT_THAT(Findings(), Contains(HasSubstr(text)));
}

TEST_F(ValidationTest, PropertiesOfAnotherKind) {
  SetProperty("hoodie.table.type", "MERGE");
  Put(".hoodie/hoodie.properties.backup", "");
  EXPECT_THAT(Findings(),
              ElementsAre(HasSubstr("has the table type 'MERGE'"), HasSubstr("was left behind")));
  SetProperty("hoodie.table.version", "10");
  EXPECT_EQ(KindOf(Validate(*storage_).status()), ErrorKind::kUser);
}

TEST_F(ValidationTest, StatesThatAreMissing) {
  ASSERT_TRUE(storage_->Delete(StatePath(0, InstantState::kRequested)).ok());
  ASSERT_TRUE(storage_->Delete(StatePath(1, InstantState::kInflight)).ok());
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("is there without its requested file"),
                                      HasSubstr("is there without its inflight file")));
}

TEST_F(ValidationTest, ACommitInFlightIsAWarning) {
  const auto commit = table_->Begin().ValueOrDie();
  ASSERT_TRUE(commit->Write(ToBatches({{"eu", 1, 1, "a"}}), {}).ok());
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("warning: .hoodie/timeline/" +
                                                commit->instant().time + ".deltacommit.inflight")));
}

TEST_F(ValidationTest, TimesOutOfOrder) {
  const Instant instant = table_->timeline().instants()[2];
  Instant early = instant, twice = instant;
  early.completion_time = instant.time;
  Rename(StatePath(2, InstantState::kCompleted),
         std::string(kTimelineFolder) + "/" + early.FileName(InstantState::kCompleted));
  EXPECT_THAT(Findings(), Contains(HasSubstr("completed before it was requested")));
  twice.completion_time = table_->timeline().instants()[1].completion_time;
  Rename(std::string(kTimelineFolder) + "/" + early.FileName(InstantState::kCompleted),
         std::string(kTimelineFolder) + "/" + twice.FileName(InstantState::kCompleted));
  EXPECT_THAT(Findings(), Contains(HasSubstr("has the time " + twice.completion_time + " of ")));
}

TEST_F(ValidationTest, FilesOfTheTimeline) {
  const Instant instant = table_->timeline().instants()[1];
  Put(std::string(kTimelineFolder) + "/" + instant.time + ".clean.requested", "");
  Put(std::string(kTimelineFolder) + "/notes.txt", "");
  Instant again = instant;
  again.completion_time = NextInstantTime(table_->timeline().LastCompletion());
  const std::string twice =
      std::string(kTimelineFolder) + "/" + again.FileName(InstantState::kCompleted);
  Put(twice, Get(StatePath(1, InstantState::kCompleted)));
  const auto findings = Findings();
  EXPECT_THAT(findings, Contains(HasSubstr(instant.time + ".clean.requested")));
  EXPECT_THAT(findings, Contains(HasSubstr(twice + ": is there beside ")));
  EXPECT_THAT(findings, Contains("warning: .hoodie/timeline/notes.txt: is no file of a timeline"));
}

TEST_F(ValidationTest, ACommitThatCannotBeRead) {
  const std::string path = StatePath(2, InstantState::kCompleted);
  Put(path, Get(path).substr(0, 2000));
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("error: " + path + ": cannot be read: ")));
  Put(path, "");
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("error: " + path + ": cannot be read: ")));
}

TEST_F(ValidationTest, AnArchiveThatCannotBeRead) {
  Put(".hoodie/timeline/history/_version_", "1");
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("the archived timeline cannot be read")));
  Put(".hoodie/timeline/history/manifest_1", R"({"files":[{"fileName":"a_b_0.parquet"}]})");
  Put(".hoodie/timeline/history/a_b_0.parquet", "no Parquet");
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("the archived timeline cannot be read")));
}

TEST_F(ValidationTest, FilesOfNoCommit) {
  DataFileName name = logs_[0].name;
  name.instant = NextInstantTime(table_->timeline().LastCompletion());
  Put("eu/" + name.ToString(), Get(logs_[0].path));
  name.instant = "20200101000000000";
  Put("eu/" + name.ToString(), Get(logs_[0].path));
  const auto findings = Findings();
  EXPECT_THAT(findings, Contains(HasSubstr("belongs to no commit on the timeline")));
  EXPECT_THAT(findings, Contains(HasSubstr("is older than the active timeline")));
  EXPECT_EQ(findings.size(), 2u);
}

TEST_F(ValidationTest, PartitionMetadata) {
  const std::string path = "eu/.hoodie_partition_metadata";
  Put(path, "partitionDepth=2\n");
  EXPECT_THAT(Findings(), ElementsAre("error: " + path + ": says the partition depth 2, not 1",
                                      "error: " + path + ": names no commit"));
  ASSERT_TRUE(storage_->Delete(path).ok());
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("is missing in a folder with data files")));
}

TEST_F(ValidationTest, WhatIsLeftOver) {
  const std::string time = table_->timeline().instants()[0].time;
  Put(".hoodie/.temp/" + time + "/MARKERS0", "");
  Put(".hoodie/.temp/20200101000000000/MARKERS0", "");
  Put("eu/notes.txt", "");
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("is a marker of a commit that isn't there"),
                                      HasSubstr("is a marker of a commit that is complete"),
                                      "warning: eu/notes.txt: is no file of a Hudi table"));
}

TEST_F(ValidationTest, FilesThatCommitsDoNotSay) {
  ASSERT_TRUE(storage_->Delete(logs_[0].path).ok());
  Put(logs_[1].path, Get(logs_[1].path) + Get(logs_[1].path));
  DataFileName name = logs_[1].name;
  name.log_version = 2;
  Put("eu/" + name.ToString(), Get(logs_[1].path));
  const auto findings = Findings();
  EXPECT_THAT(findings, Contains(HasSubstr("error: " + logs_[0].path + ": is missing, though")));
  EXPECT_THAT(findings, Contains(HasSubstr("error: " + logs_[1].path + ": has ")));
  EXPECT_THAT(findings, Contains(HasSubstr(name.ToString() + ": is not among the files")));
}

TEST_F(ValidationTest, AFileInAnotherPartition) {
  std::filesystem::create_directories(path_ + "/us");
  std::filesystem::copy(path_ + "/eu/.hoodie_partition_metadata",
                        path_ + "/us/.hoodie_partition_metadata");
  const std::string moved = "us/" + logs_[1].name.ToString();
  Rename(logs_[1].path, moved);
  const auto findings = Findings();
  EXPECT_THAT(findings, Contains(HasSubstr("error: " + moved + ": is not where commit")));
  EXPECT_THAT(findings, Contains(HasSubstr("has a _hoodie_partition_path that isn't the file's")));
  EXPECT_THAT(findings, Contains(HasSubstr("has partition columns that aren't those")));
}

TEST_F(ValidationTest, FileGroupsOfABucket) {
  const auto copy = [&](const std::string& file_id) {
    DataFileName name = logs_[1].name;
    name.file_id = file_id;
    Put("eu/" + name.ToString(), Get(logs_[1].path));
  };
  copy(MakeFileId(*BucketOfFileId(logs_[1].name.file_id)));
  EXPECT_THAT(Findings(), Contains(HasSubstr("is of a second file group of bucket 1")));
  copy(MakeFileId(7));
  EXPECT_THAT(Findings(), Contains(HasSubstr("is of bucket 7, the table has 2")));
  copy("a1b2c3d4-0000-4000-8000-000000000000-0");
  EXPECT_THAT(Findings(), Contains(HasSubstr("is of a file group that names no bucket")));
}

TEST_F(ValidationTest, FilesInAGroupThatWasReplaced) {
  constexpr char kSchema[] =
      R"({"type":"record","name":"R","fields":[{"name":"partitionToReplaceFileIds",)"
      R"("type":{"type":"map","values":{"type":"array","items":"string"}}}]})";
  const std::string file =
      avro::WriteContainer(kSchema, {{"partitionToReplaceFileIds",
                                      {{"eu", {logs_[0].name.file_id, bases_[0].name.file_id}}}}})
          .ValueOrDie();
  // A commit that began before and completes afterwards: into the group of the log files.
  const auto commit = table_->Begin().ValueOrDie();
  ASSERT_TRUE(commit->Write(ToBatches({{"eu", std::stoll(KeyOf(logs_[0])), 3, "lost"}}), {}).ok());
  Instant replace;
  replace.time = NextInstantTime(commit->instant().time);
  replace.action = "replacecommit";
  replace.completion_time = NextInstantTime(replace.time);
  const auto path = [&](InstantState state) {
    return std::string(kTimelineFolder) + "/" + replace.FileName(state);
  };
  Put(path(InstantState::kRequested), "");
  Put(path(InstantState::kInflight), "");
  Put(path(InstantState::kCompleted), file);
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("warning: ")));
  ASSERT_TRUE(table_->Refresh().ok());
  Instant late = commit->instant();
  ASSERT_TRUE(table_->timeline()
                  .Complete(&late, Get(StatePath(2, InstantState::kCompleted)), Clock::System())
                  .ok());
  EXPECT_THAT(Findings(),
              Contains(HasSubstr("was written into a file group after a replacecommit")));
}

TEST_F(ValidationTest, BaseFiles) {
  const std::string whole = Get(bases_[0].path);
  Put(bases_[0].path, whole.substr(0, whole.size() - 5));
  ExpectBaseFinding("Parquet magic bytes not found");
  Put(bases_[0].path, whole);
  EditBase([](const Batch& rows) { return rows->Slice(1); });
  ExpectBaseFinding("holds 9999 rows, commit ");
  Put(bases_[0].path, whole);
  EditBase([](const Batch& rows) {
    return arrow::ConcatenateRecordBatches({rows, rows->Slice(5, 1)}).ValueOrDie();
  });
  ExpectBaseFinding("holds the key '");
  Put(bases_[0].path, whole);
  std::map<std::string, std::string> footer = ParquetKeyValues(whole).ValueOrDie();
  footer["hoodie_max_record_key"] = "3";
  const auto batches = ReadParquet(whole, WithMetaColumns(*table_->schema())).ValueOrDie();
  const auto rows = arrow::ConcatenateRecordBatches(batches).ValueOrDie();
  Put(bases_[0].path, WriteParquet(*rows, footer).ValueOrDie()->ToString());
  EXPECT_THAT(Findings(), Contains(HasSubstr("outside the range ")));
  footer = ParquetKeyValues(whole).ValueOrDie();
  footer["org.apache.hudi.bloomfilter"] = BloomFilter(1).ToText();
  Put(bases_[0].path, WriteParquet(*rows, footer).ValueOrDie()->ToString());
  EXPECT_THAT(Findings(), Contains(HasSubstr("which the Bloom filter of its footer lacks")));
  footer["org.apache.hudi.bloomfilter"] = "AAAA";
  Put(bases_[0].path, WriteParquet(*rows, footer).ValueOrDie()->ToString());
  EXPECT_THAT(Findings(), Contains(HasSubstr("has a broken Bloom filter")));
}

TEST_F(ValidationTest, RowsOfABaseFile) {
  const std::string whole = Get(bases_[0].path);
  const auto check = [&](int column, const std::optional<std::string>& value,
                         const std::string& what) {
    Put(bases_[0].path, whole);
    EditBase([&](const Batch& rows) { return WithText(rows, column, value); });
    ExpectBaseFinding("row 1: " + what);
  };
  const std::string later = NextInstantTime(bases_[0].name.instant);
  check(kCommitTime, later, "has a wrong _hoodie_commit_time");
  check(kCommitTime, std::nullopt, "has a wrong _hoodie_commit_time");
  check(kCommitSeqno, std::nullopt, "has no _hoodie_commit_seqno");
  check(kRecordKey, std::nullopt, "has no record key");
  check(kRecordKey, "x", "has a record key that isn't that of its key columns");
  std::string stray;  // of the other bucket
  for (int id = 0; stray.empty(); ++id)
    if (BucketOf(std::to_string(id), {"id"}, 2) == 1) stray = std::to_string(id);
  check(kRecordKey, stray, "has a key that doesn't belong into bucket 0 of 2");
  check(kPartitionPath, "us", "has a _hoodie_partition_path that isn't the file's folder");
  check(kPartitionPath, std::nullopt, "has a _hoodie_partition_path that isn't");
  check(kFileName, "x", "has a wrong _hoodie_file_name");
  check(kMetaColumns + 1, "us", "has partition columns that aren't those of the file's folder");
  const auto make_null = [&](const std::string& name) {
    Put(bases_[0].path, whole);
    EditBase([&](const Batch& rows) {
      const int column = rows->schema()->GetFieldIndex(name);
      const auto nulls = arrow::MakeArrayOfNull(arrow::int64(), rows->num_rows()).ValueOrDie();
      return rows->SetColumn(column, arrow::field(name, arrow::int64()), nulls).ValueOrDie();
    });
  };
  make_null("updated");
  ExpectBaseFinding("row 1, and 9999 more: has a null in the ordering column 'updated'");
  make_null("id");
  ExpectBaseFinding("row 1, and 9999 more: has a null in the column 'id', which is NOT NULL");
  ExpectBaseFinding("row 1: has a key column that is null or empty");
}

TEST_F(ValidationTest, FramesOfALogFile) {
  const std::string whole = Get(logs_[1].path);
  const auto check = [&](std::string bytes) {
    Put(logs_[1].path, bytes);
    EXPECT_THAT(Findings(),
                Contains(HasSubstr(logs_[1].path + ": the log file has no whole block")));
  };
  check(whole.substr(0, whole.size() - 1));
  check(whole + "x");
  std::string other = whole;
  other[13] += 1;  // the size at its front
  check(other);
  other = whole;
  other.back() += 1;  // the size at its end
  check(other);
  other = whole;
  other[0] = 'x';
  check(other);
}

TEST_F(ValidationTest, BlocksOfALogFile) {
  const std::string whole = Get(logs_[1].path);
  const std::vector<LogBlock> blocks = ParseLogFile(whole).ValueOrDie();
  ASSERT_EQ(blocks.size(), 2u);
  const std::string path = "error: " + logs_[1].path + ": ";
  const auto check = [&](size_t block, LogHeader key, const std::string& value,
                         const std::string& content, const std::string& what) {
    auto header = blocks[block].header;
    header[key] = value;
    std::string file;
    AppendLogBlock(blocks[block].type, header, content, &file);
    Put(logs_[1].path, file);
    EXPECT_THAT(Findings(), Contains(HasSubstr(path + what)));
  };
  const std::string time = logs_[1].name.instant;
  check(0, LogHeader::kInstantTime, "20200101000000000", std::string(blocks[0].content),
        "the block at byte 0 has the instant '20200101000000000'");
  check(0, LogHeader::kSchema, "{", std::string(blocks[0].content), "the block at byte 0: ");
  check(0, LogHeader::kInstantTime, time, std::string(blocks[0].content.substr(0, 20)),
        "the block at byte 0: ");
  check(1, LogHeader::kInstantTime, time, "x", "the block at byte 0: ");
  const auto type = arrow::int64();
  const std::string key = DecodeDeletes(blocks[1].content).ValueOrDie()[0].key;
  check(1, LogHeader::kInstantTime, time, EncodeDeletes({{key, "us", int64_t{1}}}, type.get()),
        "deletes the key '" + key + "' of the partition 'us'");
  // One list of an ordered and of an unordered delete: after version and size, Avro's count, the
  // records and the end.
  const std::string ordered = EncodeDeletes({{key, "eu", int64_t{1}}}, type.get()).substr(9);
  const std::string natural = EncodeDeletes({{"x", "eu", OrderingValue()}}, nullptr).substr(9);
  const std::string list = "\x04" + ordered.substr(0, ordered.size() - 1) + natural;
  const std::string size = {0, 0, 0, static_cast<char>(list.size())};
  check(1, LogHeader::kInstantTime, time, std::string(blocks[1].content.substr(0, 4)) + size + list,
        "the delete block at byte 0 mixes kinds of ordering values");
}

}  // namespace
}  // namespace headrace::hudi
