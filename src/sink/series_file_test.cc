#include "sink/series_file.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "sink/change_rows.h"
#include "sink/influx_sink.h"
#include "sink/quarantine_reader.h"

namespace headrace::sink {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr char kColumns[] = "k STRING, at TIMESTAMP, v DOUBLE, w STRING";

std::string TextOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void Put(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

class SeriesFileTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Sink>> Open(const std::string& pipeline = "quakes") {
    pipeline::InfluxSink definition;
    definition.path = path_;
    definition.measurement = "m";
    definition.tags = {"k"};
    definition.time = "at";
    return MakeInfluxSink(pipeline, "series", definition, sql::ParseSchema(kColumns).ValueOrDie(),
                          *log_, registry_);
  }

  void Commit(Sink& sink, int64_t epoch, const std::string& rows, const std::string& weights) {
    ASSERT_TRUE(sink.Write(ChangesOf(kColumns, rows, weights)).ok());
    const Status status = sink.Commit({"quakes", epoch, 0, {}}, {});
    ASSERT_TRUE(status.ok()) << status.ToString();
  }

  const TestFolder folder_;
  const std::string path_ = folder_.path("deep/series.lp");
  const std::unique_ptr<log::Log> log_ =
      log::OpenLocalLog(folder_.path("log"), log::OpenMode::kReadWrite).ValueOrDie();
  metrics::Registry registry_;
};

TEST_F(SeriesFileTest, AppendsEpochs) {
  auto sink = Open().ValueOrDie();
  EXPECT_EQ(sink->LastCommittedEpoch().ValueOrDie(), 0);
  Commit(*sink, 1, R"([{"k":"a b","at":1,"v":0.5,"w":"x\ny"}])", "[1]");
  Commit(*sink, 2, R"([{"k":"a b","at":1,"v":0.5,"w":"x\ny"},{"k":"a b","at":1,"v":1.5,"w":""}])",
         "[-1,1]");
  Commit(*sink, 4, R"([{"k":"a b","at":1,"v":1.5,"w":""}])", "[-1]");
  EXPECT_EQ(TextOf(path_),
            "# headrace pipeline=quakes epoch=0\n"
            "m,k=a\\ b v=0.5,w=\"x\\ny\" 1000\n"
            "# headrace pipeline=quakes epoch=1\n"
            "m,k=a\\ b v=1.5,w=\"\" 1000\n"
            "# headrace pipeline=quakes epoch=2\n"
            "# delete m,k=a\\ b 1000\n"
            "# headrace pipeline=quakes epoch=4\n");
  EXPECT_EQ(sink->totals().upserts, 2);
  EXPECT_EQ(sink->totals().deletes, 1);
  EXPECT_EQ(Open().ValueOrDie()->LastCommittedEpoch().ValueOrDie(), 4);
}

TEST_F(SeriesFileTest, DeletesAPointThatLosesAField) {
  auto sink = Open().ValueOrDie();
  Commit(*sink, 1, R"([{"k":"a","at":1,"v":0.5,"w":"x"},{"k":"a","at":1,"v":null,"w":"x"}])",
         "[-1,1]");
  EXPECT_THAT(TextOf(path_), HasSubstr("# delete m,k=a 1000\nm,k=a w=\"x\" 1000\n"));
  EXPECT_EQ(registry_.Sum("headrace_sink_fields_left_out_total"), 1);
}

TEST_F(SeriesFileTest, PutsRowsAsideThatAreNoPoints) {
  auto sink = Open().ValueOrDie();
  Commit(*sink, 1, R"([{"k":"a","at":null,"v":1,"w":"x"},{"k":"a","at":2,"v":null,"w":null},
                       {"k":"a","at":3,"v":1,"w":null}])",
         "");
  EXPECT_THAT(
      QuarantineOf(*log_, "series"),
      ElementsAre(std::pair(R"({"k":"a","at":null,"v":1.0,"w":"x"})", "its time is null"),
                  std::pair(R"({"k":"a","at":"1970-01-01T00:00:00.000002Z","v":null,"w":null})",
                            "it has no field that is a value")));
  EXPECT_EQ(sink->totals().quarantined, 2);
  EXPECT_EQ(sink->totals().upserts, 1);
}

TEST_F(SeriesFileTest, TruncatesAnEpochThatACrashCutOff) {
  {
    auto sink = Open().ValueOrDie();
    Commit(*sink, 1, R"([{"k":"a","at":1,"v":1,"w":null}])", "[1]");
  }
  const std::string whole = TextOf(path_);
  const std::string next =
      "m,k=a v=2.0 1000\nm,k=b v=2.0 1000\n# headrace pipeline=quakes epoch=2\n";
  for (size_t size = 0; size < next.size(); ++size) {
    Put(path_, whole + next.substr(0, size));
    EXPECT_EQ(Open().ValueOrDie()->LastCommittedEpoch().ValueOrDie(), 1) << size;
    EXPECT_EQ(TextOf(path_), whole) << size;
  }
  Put(path_, whole + next);
  EXPECT_EQ(Open().ValueOrDie()->LastCommittedEpoch().ValueOrDie(), 2);
  EXPECT_EQ(TextOf(path_), whole + next);
}

TEST_F(SeriesFileTest, BeginsAnewWhereTheFirstLineIsCutOff) {
  const std::string first = "# headrace pipeline=quakes epoch=0\n";
  std::filesystem::create_directories(folder_.path("deep"));
  for (size_t size = 0; size <= first.size(); ++size) {
    Put(path_, first.substr(0, size));
    EXPECT_EQ(Open().ValueOrDie()->LastCommittedEpoch().ValueOrDie(), 0);
    EXPECT_EQ(TextOf(path_), first);
  }
}

TEST_F(SeriesFileTest, FindsTheEpochBeforeAVeryLongTail) {
  std::filesystem::create_directories(folder_.path("deep"));
  const std::string head =
      "# headrace pipeline=quakes epoch=0\nm v=1 1\n# headrace pipeline=quakes epoch=41\n";
  for (const size_t tail : {(1 << 20) - 20, (1 << 20) - 1, 1 << 20, 3 << 20}) {
    Put(path_, head + std::string(tail, 'x') + "\n" + std::string(tail, 'y'));
    EXPECT_EQ(Open().ValueOrDie()->LastCommittedEpoch().ValueOrDie(), 41);
    EXPECT_EQ(TextOf(path_), head);
  }
}

TEST_F(SeriesFileTest, LeavesFilesOfOthersAlone) {
  std::filesystem::create_directories(folder_.path("deep"));
  Put(path_, "precious\n");
  Status status = Open().status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("not a series that headrace wrote"));
  EXPECT_EQ(TextOf(path_), "precious\n");
  Put(path_, "# headrace pipeline=other epoch=3\n");
  status = Open().status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("'other'"));
  EXPECT_THAT(TextOf(path_), EndsWith("epoch=3\n"));
}

}  // namespace
}  // namespace headrace::sink
