#include "base/diagnostic.h"

#include <gmock/gmock.h>

#include "base/status.h"

namespace headrace {
namespace {

TEST(DiagnosticTest, RendersLikeACompiler) {
  const std::string text = "a: 1\n  WHERE magnitude > 4\n";
  const Diagnostic diagnostic{"unknown column 'magnitude'", "did you mean 'mag'?", Span{13, 9}};
  EXPECT_EQ(Render(diagnostic, "q.yaml", text),
            "q.yaml:2:9: error: unknown column 'magnitude'\n"
            "    2 |   WHERE magnitude > 4\n"
            "      |         ^~~~~~~~~\n"
            "   did you mean 'mag'?");
}

TEST(DiagnosticTest, CountsCharactersNotBytes) {
  EXPECT_EQ(Render({"bad", "", Span{5, 1}}, "f", "\xC3\xA4\xC3\xB6 x\xC3\xA9\n"),
            "f:1:4: error: bad\n    1 | \xC3\xA4\xC3\xB6 x\xC3\xA9\n      |    ^");
}

TEST(DiagnosticTest, SurvivesAPlaceAfterTheEnd) {
  EXPECT_EQ(Render({"bad", "", Span{99, 5}}, "f", "ab"),
            "f:1:3: error: bad\n    1 | ab\n      |   ^");
}

TEST(DiagnosticTest, FindsTheNearestName) {
  const std::vector<std::string> names = {"id", "time", "magnitude"};
  EXPECT_EQ(Nearest("magnitud", names), "magnitude");
  EXPECT_EQ(Nearest("tmie", names), "");
  EXPECT_EQ(Nearest("zzz", names), "");
}

TEST(StatusTest, KindsAreToldApartByTypeAndSurviveContext) {
  const Status user = WithContext("q.yaml", UserError("bad value", "use 5 s"));
  EXPECT_EQ(KindOf(user), ErrorKind::kUser);
  EXPECT_EQ(user.message(), "q.yaml: bad value; use 5 s");
  EXPECT_EQ(DiagnosticsOf(user).at(0).hint, "use 5 s");
  EXPECT_EQ(KindOf(TransientError("gone")), ErrorKind::kTransient);
  EXPECT_EQ(KindOf(Status::IOError("disk")), ErrorKind::kFatal);
}

}  // namespace
}  // namespace headrace
