#include "source/file_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/test_folder.h"
#include "http/gzip.h"
#include "source/failing_topic.h"

namespace headrace::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Strings = std::vector<std::string>;

class TestClock : public Clock {
 public:
  int64_t NowMicros() override { return now_us; }
  int64_t now_us = Clock::System().NowMicros();
};

class FileSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_.path("in"));
    log_ = log::OpenLocalLog(folder_.path("log"), log::OpenMode::kReadWrite).ValueOrDie();
    topic_ = log_->OpenTopic("lines", {}).ValueOrDie();
    definition_.name = "lines";
    file().path = folder_.path("in");
    file().every_us = 1000;
  }

  pipeline::FileSource& file() {
    if (!std::holds_alternative<pipeline::FileSource>(definition_.connector))
      definition_.connector.emplace<pipeline::FileSource>();
    return std::get<pipeline::FileSource>(definition_.connector);
  }

  std::string Path(const std::string& name) const { return folder_.path("in/" + name); }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name), std::ios::binary | std::ios::trunc) << text;
  }
  void Append(const std::string& name, const std::string& text) {
    std::ofstream(Path(name), std::ios::binary | std::ios::app) << text;
  }
  void Rename(const std::string& from, const std::string& to) {
    std::filesystem::rename(Path(from), Path(to));
  }

  // Runs a new source, as a restarted process would, until it has caught up.
  Status Run(int fail_at = 0) {
    auto source =
        MakeSource(definition_, std::make_shared<FailingTopic>(topic_, fail_at), registry_, clock_);
    RETURN_NOT_OK(source.status());
    return (*source)->Run({}, /*until_caught_up=*/true);
  }

  // What the topic holds beyond what was asked for before.
  Strings News() {
    Strings values;
    while (true) {
      const auto blocks = topic_->Read(0, next_, {}).ValueOrDie();
      if (blocks.empty()) return values;
      for (const auto& block : blocks) {
        for (int64_t i = 0; i < block.records(); ++i) values.emplace_back(block.record(i).value);
        next_ = block.next_offset();
      }
    }
  }
  Strings RunForNews() {
    EXPECT_EQ(Run().ToString(), "OK");
    return News();
  }

  const TestFolder folder_;
  std::unique_ptr<log::Log> log_;
  std::shared_ptr<log::Topic> topic_;
  pipeline::Source definition_;
  metrics::Registry registry_;
  TestClock clock_;
  int64_t next_ = 0;
};

TEST_F(FileSourceTest, LinesAreReadOnceAsTheFileGrows) {
  Write("a", "1\n2\r\n\n  \n3");
  EXPECT_THAT(RunForNews(), ElementsAre("1", "2"));
  EXPECT_THAT(RunForNews(), IsEmpty());
  Append("a", "4\n5\n");
  EXPECT_THAT(RunForNews(), ElementsAre("34", "5"));
  EXPECT_THAT(RunForNews(), IsEmpty());
}

TEST_F(FileSourceTest, AFileMayBeNamedOrFitAPatternAndOneWithTwoNamesIsReadOnce) {
  Write("a.log", "a\n");
  Write("b.txt", "b\n");
  Write(".hidden", "c\n");
  Write("_part", "d\n");
  std::filesystem::create_hard_link(Path("a.log"), Path("b.log"));
  file().path = Path("*.log");
  EXPECT_THAT(RunForNews(), ElementsAre("a"));
  file().path = Path("b.txt");
  EXPECT_THAT(RunForNews(), ElementsAre("b"));
  file().path = folder_.path("in");
  EXPECT_THAT(RunForNews(), IsEmpty());
  file().path = Path("nothing*");
  EXPECT_THAT(RunForNews(), IsEmpty());
}

TEST_F(FileSourceTest, ARenamedFileIsReadToItsEndAndTheNewOneFromItsBeginning) {
  file().path = Path("app.log");
  Write("app.log", "1\n2\n");
  EXPECT_THAT(RunForNews(), ElementsAre("1", "2"));
  Append("app.log", "3\n");
  Rename("app.log", "app.log.1");
  Append("app.log.1", "4\n");
  Write("app.log", "5\n");
  EXPECT_THAT(RunForNews(), ::testing::UnorderedElementsAre("3", "4", "5"));
  Rename("app.log.1", "app.log.2");
  Append("app.log.2", "6\n");
  EXPECT_THAT(RunForNews(), ElementsAre("6"));
}

TEST_F(FileSourceTest, ATruncatedFileIsReadAnewAlsoWhereItIsLongerThanBefore) {
  Write("a", "1\n2\n");
  EXPECT_THAT(RunForNews(), ElementsAre("1", "2"));
  Write("a", "3\n");
  EXPECT_THAT(RunForNews(), ElementsAre("3"));
  Write("a", "4\n5\n6\n");
  EXPECT_THAT(RunForNews(), ElementsAre("4", "5", "6"));
}

TEST_F(FileSourceTest, AFileThatReplacesAnotherIsReadAsAWhole) {
  Write("a", "1\n2\n");
  EXPECT_THAT(RunForNews(), ElementsAre("1", "2"));
  Write(".new", "1\n2\n3\n");
  Rename(".new", "a");
  EXPECT_THAT(RunForNews(), ElementsAre("1", "2", "3"));
}

TEST_F(FileSourceTest, AFileThatWasAwayIsNotReadAgain) {
  Write("a", "1\n");
  EXPECT_THAT(RunForNews(), ElementsAre("1"));
  Rename("a", "../away");
  EXPECT_THAT(RunForNews(), IsEmpty());
  Rename("../away", "a");
  EXPECT_THAT(RunForNews(), IsEmpty());
}

TEST_F(FileSourceTest, ALastLineWithoutALineBreakCountsOnceItsFileIsLongUntouched) {
  file().complete_after_us = 60'000'000;
  Write("a", "1\n2");
  clock_.now_us = Clock::System().NowMicros();
  EXPECT_THAT(RunForNews(), ElementsAre("1"));
  clock_.now_us += 120'000'000;
  EXPECT_THAT(RunForNews(), ElementsAre("2"));
  EXPECT_THAT(RunForNews(), IsEmpty());
}

TEST_F(FileSourceTest, PackedFilesAreReadOnceAndAsFarAsTheyAreThere) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += std::to_string(i * 7919) + " a line\n";
  const std::string packed = http::Gzip(text + "last").ValueOrDie();
  Write("a.gz", packed.substr(0, packed.size() / 2));
  const Strings part = RunForNews();
  EXPECT_THAT(part, ::testing::Not(IsEmpty()));
  Write("a.gz", packed);
  Strings all = part;
  for (const std::string& line : RunForNews()) all.push_back(line);
  ASSERT_EQ(all.size(), 5001U);
  EXPECT_EQ(all[4999], std::to_string(4999 * 7919) + " a line");
  EXPECT_EQ(all[5000], "last");
  EXPECT_THAT(RunForNews(), IsEmpty());
}

TEST_F(FileSourceTest, AFileThatCannotBeReadIsCountedAndTheOthersGoOn) {
  Write("a.gz", http::Gzip("some text").ValueOrDie().substr(0, 10) + "no packed bytes at all");
  Write("b", "1\n");
  EXPECT_THAT(RunForNews(), ElementsAre("1"));
  EXPECT_GE(registry_.Sum("headrace_source_errors_total"), 1);
}

TEST_F(FileSourceTest, EachRowOfCsvComesWithTheHeaderOfItsFile) {
  pipeline::CsvFormat csv;
  csv.multiline = true;
  definition_.format = csv;
  Write("a.csv", "\xef\xbb\xbfid,name\r\n1,\"x\ny\"\r\n");
  Write("b.csv", "name,id\nz,2");
  EXPECT_THAT(RunForNews(), ElementsAre("id,name\n1,\"x\ny\""));
  Append("b.csv", "2\n");
  Append("a.csv", "3,u\n");
  EXPECT_THAT(RunForNews(), ::testing::UnorderedElementsAre("name,id\nz,22", "id,name\n3,u"));
  Write("c.csv", "id");
  EXPECT_THAT(RunForNews(), IsEmpty());
  Append("c.csv", "\n4\n");
  EXPECT_THAT(RunForNews(), ElementsAre("id\n4"));
}

TEST_F(FileSourceTest, AnAppendThatFailsLosesAndDoublesNothing) {
  // Several appends: more than 8 MiB.
  std::string text;
  Strings lines;
  for (int i = 0; i < 20'000; ++i) {
    lines.push_back(std::to_string(i) + std::string(1000, 'x'));
    text += lines.back() + "\n";
  }
  Write("a", text);
  Write("b", "end\n");
  EXPECT_FALSE(Run(2).ok());
  EXPECT_FALSE(Run(1).ok());
  EXPECT_EQ(Run().ToString(), "OK");
  Strings values = News();
  ASSERT_EQ(values.size(), lines.size() + 1);
  std::erase(values, "end");
  EXPECT_EQ(values, lines);
}

TEST_F(FileSourceTest, ALineWithoutEndIsAnErrorThatNamesItsPlace) {
  Write("a", "1\n" + std::string((64 << 20) + 1, 'x'));
  const Status status = Run();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("the record at byte 2 of "));
}

TEST(FileCursorTest, WhatWasStoredComesBackAndAnythingElseIsRefused) {
  const std::vector<KnownFile> files = {{"in/a \"b\"", 7, 1LL << 40, 4096, ~0ULL}, {"b", ~0ULL}};
  EXPECT_EQ(DecodeFileCursor(EncodeFileCursor(files)).ValueOrDie(), files);
  for (const char* text :
       {"", "[]", R"({"files":1})", R"({"files":[["a",1,2,3]]})", R"({"files":[["a",1,2,3,"4"]]})"})
    EXPECT_FALSE(DecodeFileCursor(text).ok()) << text;
}

}  // namespace
}  // namespace headrace::source
