#include "base/fault.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace headrace {
namespace {

TEST(FaultDeathTest, AnArmedPointKillsTheNthTime) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  ::setenv("HEADRACE_FAULT", "engine.after_run:2", 1);
  EXPECT_EXIT(
      {
        FaultPoint("engine.before_plan");
        FaultPoint("engine.after_run");
        FaultPoint("engine.after_run");
        std::_Exit(0);
      },
      ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(
      {
        FaultPoint("engine.after_run");
        std::_Exit(0);
      },
      ::testing::ExitedWithCode(0), "");
  ::setenv("HEADRACE_FAULT", "engine.no_such_point", 1);
  EXPECT_EXIT(FaultPoint("engine.after_run"), ::testing::ExitedWithCode(2), "names no fault point");
  ::unsetenv("HEADRACE_FAULT");
}

}  // namespace
}  // namespace headrace
