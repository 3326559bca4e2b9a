// Runs every case of test/sql/*.test: with the steps as they are written, with one row a
// micro-batch, with everything in one, and with the state saved and restored after each step. The
// rows in the end must be the same.
//
// `sql_text_test --export` prints the cases instead, a JSON object a line.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>
#include <string_view>

#include "case_export.h"
#include "case_runner.h"

namespace headrace::sql_test {
namespace {

const char* Name(Batching batching) {
  switch (batching) {
    case Batching::kAsWritten:
      return "steps as written";
    case Batching::kOneRow:
      return "one row a micro-batch";
    case Batching::kAllAtOnce:
      return "all in one micro-batch";
    case Batching::kRestartAtEachStep:
      return "a restart after each step";
    case Batching::kFourThreads:
      return "four threads";
  }
  return "";
}

// Lists what is missing and what is too much.
std::string Diff(std::vector<std::string> expected, std::vector<std::string> found) {
  std::sort(expected.begin(), expected.end());
  std::sort(found.begin(), found.end());
  std::string text;
  std::vector<std::string> lines;
  std::set_difference(expected.begin(), expected.end(), found.begin(), found.end(),
                      std::back_inserter(lines));
  for (const std::string& line : lines) text += "  missing:    " + line + "\n";
  lines.clear();
  std::set_difference(found.begin(), found.end(), expected.begin(), expected.end(),
                      std::back_inserter(lines));
  for (const std::string& line : lines) text += "  unexpected: " + line + "\n";
  return text;
}

std::vector<std::string> Normal(const std::vector<std::string>& rows) {
  std::vector<std::string> normal;
  for (const std::string& row : rows) {
    const bool change = row.starts_with("+ ") || row.starts_with("- ");
    normal.push_back(change ? row.substr(0, 2) + NormalRow(row.substr(2)) : NormalRow(row));
  }
  return normal;
}

class SqlTextTest : public ::testing::Test {
 public:
  explicit SqlTextTest(SqlCase test_case) : case_(std::move(test_case)) {}

  void TestBody() override {
    if (!case_.error.empty() || !case_.failure.empty()) {
      const std::string& part = case_.error.empty() ? case_.failure : case_.error;
      const auto result = RunCase(case_, Batching::kAsWritten);
      ASSERT_FALSE(result.ok()) << "it was not refused";
      EXPECT_NE(result.status().message().find(part), std::string::npos)
          << "the message is: " << result.status().message();
      return;
    }
    ASSERT_TRUE(case_.rows.has_value()) << "the case says nothing of its rows";
    Check(Batching::kAsWritten);
    if (case_.as_written) return;
    Check(Batching::kOneRow);
    Check(Batching::kAllAtOnce);
    Check(Batching::kRestartAtEachStep);
    Check(Batching::kFourThreads);
  }

 private:
  void Check(Batching batching) {
    SCOPED_TRACE(Name(batching));
    const auto result = RunCase(case_, batching);
    ASSERT_TRUE(result.ok()) << result.status().ToString();
    EXPECT_EQ(Diff(Normal(*case_.rows), result->rows), "");
    EXPECT_EQ(result->late, case_.late) << "late rows";
    EXPECT_EQ(result->rejected, case_.rejected) << "rows put aside";
    if (!case_.views.empty() && case_.views.back().keep_late) {
      EXPECT_EQ(result->late_kept, case_.late) << "late rows that were kept";
    }
    if (batching == Batching::kOneRow || batching == Batching::kAllAtOnce) return;
    for (size_t i = 0; i < case_.steps.size(); ++i) {
      if (!case_.steps[i].changes.has_value()) continue;
      EXPECT_EQ(Diff(Normal(*case_.steps[i].changes), result->changes[i]), "")
          << "changes of step " << i + 1;
    }
  }

  const SqlCase case_;
};

// Returns a name that gtest takes: letters, digits and underscores.
std::string TestName(const std::string& text) {
  std::string name;
  for (const char c : text) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

std::vector<std::filesystem::path> CaseFiles(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

int ExportAll(const std::string& folder) {
  for (const auto& file : CaseFiles(folder)) {
    const auto cases = ParseCases(file.string());
    if (!cases.ok()) {
      std::cerr << cases.status().message() << "\n";
      return 1;
    }
    for (const SqlCase& one : *cases) std::cout << ExportCase(one) << "\n";
  }
  return 0;
}

int RegisterAll(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& file : CaseFiles(folder)) {
    const auto cases = ParseCases(file.string());
    if (!cases.ok()) {
      std::cerr << cases.status().message() << "\n";
      return 1;
    }
    for (const SqlCase& one : *cases) {
      const std::string name = TestName(one.name);
      if (!names.insert(one.file + "." + name).second) {
        std::cerr << file.string() << ":" << one.line << ": a second case of that name\n";
        return 1;
      }
      ::testing::RegisterTest(one.file.c_str(), name.c_str(), nullptr, nullptr,
                              file.string().c_str(), one.line,
                              [one]() -> SqlTextTest* { return new SqlTextTest(one); });
    }
  }
  return 0;
}

}  // namespace
}  // namespace headrace::sql_test

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--export") {
    return headrace::sql_test::ExportAll(HEADRACE_SQL_TESTS);
  }
  ::testing::InitGoogleTest(&argc, argv);
  const int status = headrace::sql_test::RegisterAll(HEADRACE_SQL_TESTS);
  return status != 0 ? status : RUN_ALL_TESTS();
}
