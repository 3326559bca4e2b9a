#include "pipeline/environment.h"

#include <gtest/gtest.h>

namespace headrace::pipeline {
namespace {

const Environment kEnvironment = {{"HOST", "example.org"}, {"EMPTY", ""}, {"NESTED", "${HOST}"}};

std::string Sub(const std::string& text) {
  const auto result = Substitute(text, kEnvironment);
  return result.ok() ? *result : "error: " + result.status().message();
}

TEST(Substitute, PutsValuesIn) {
  EXPECT_EQ(Sub("no reference"), "no reference");
  EXPECT_EQ(Sub("https://${HOST}/feed"), "https://example.org/feed");
  EXPECT_EQ(Sub("${HOST}${HOST}"), "example.orgexample.org");
  EXPECT_EQ(Sub("${EMPTY}"), "");
  EXPECT_EQ(Sub("${NESTED}"), "${HOST}");
}

TEST(Substitute, DefaultsStandInForWhatIsUnsetOrEmpty) {
  EXPECT_EQ(Sub("${PORT:-8080}"), "8080");
  EXPECT_EQ(Sub("${EMPTY:-5 s}"), "5 s");
  EXPECT_EQ(Sub("${HOST:-other}"), "example.org");
  EXPECT_EQ(Sub("${PORT:-}"), "");
  EXPECT_EQ(Sub("${URL:-http://127.0.0.1:8900/a}"), "http://127.0.0.1:8900/a");
}

TEST(Substitute, DollarsEscape) {
  EXPECT_EQ(Sub("$${HOST}"), "${HOST}");
  EXPECT_EQ(Sub("costs $5 and $HOST"), "costs $5 and $HOST");
}

TEST(Substitute, ReportsEveryErrorAtItsPlace) {
  const auto result = Substitute("${HOST} ${MISSING} ${not-a-name}", kEnvironment);
  const auto diagnostics = DiagnosticsOf(result.status());
  ASSERT_EQ(diagnostics.size(), 2);
  EXPECT_EQ(diagnostics[0].message, "the environment variable MISSING is not set");
  EXPECT_EQ(diagnostics[0].hint, "set it, or give a default: ${MISSING:-default}");
  EXPECT_EQ(diagnostics[0].span->offset, 8);
  EXPECT_EQ(diagnostics[0].span->length, 10);
  EXPECT_EQ(diagnostics[1].message, "'not-a-name' is no name of an environment variable");
  EXPECT_EQ(Sub("a ${HOST"), "error: '${' is not closed; write ${NAME}; $${ stands for ${ itself");
}

TEST(IsReference, IsOneReferenceAndNothingElse) {
  EXPECT_TRUE(IsReference("${TOKEN}"));
  EXPECT_FALSE(IsReference("${TOKEN:-literal}"));
  EXPECT_FALSE(IsReference("x${TOKEN}"));
  EXPECT_FALSE(IsReference("${}"));
  EXPECT_FALSE(IsReference("${"));
  EXPECT_FALSE(IsReference(""));
}

}  // namespace
}  // namespace headrace::pipeline
