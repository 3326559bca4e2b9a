#include "log/kafka_claim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/kafka_takeover.h"

namespace headrace::log {
namespace {

using testing::HasSubstr;

TEST(Claim, IsReadAsItWasWritten) {
  Claim claim = MakeClaim("quakes");
  claim.number = 7;
  claim.is_released = true;
  claim.state = "abc";
  claim.folder = "var/\"quakes\"";
  claim.epoch = 12;
  const auto read = DecodeClaim(EncodeClaim(claim));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->pipeline, "quakes");
  EXPECT_EQ(read->run, claim.run);
  EXPECT_EQ(read->host, claim.host);
  EXPECT_EQ(read->pid, getpid());
  EXPECT_EQ(read->process, claim.process);
  EXPECT_EQ(read->since_us, claim.since_us);
  EXPECT_EQ(read->number, 7);
  EXPECT_TRUE(read->is_released);
  EXPECT_EQ(read->state, "abc");
  EXPECT_EQ(read->folder, "var/\"quakes\"");
  EXPECT_EQ(read->epoch, 12);
  EXPECT_NE(MakeClaim("quakes").run, claim.run);
}

TEST(Claim, WhatIsNoneIsAnError) {
  for (const char* text : {"", "{}", "[]", "no JSON", R"({"pipeline": 1})"})
    EXPECT_TRUE(DecodeClaim(text).status().IsIOError()) << text;
}

TEST(Claim, SaysWhoHoldsIt) {
  Claim claim = MakeClaim("quakes");
  claim.host = "a";
  claim.pid = 4711;
  claim.since_us = 1'700'000'000'000'000;
  EXPECT_EQ(HolderText(claim), "process 4711 on host 'a', which runs since 2023-11-14T22:13:20Z");
}

TEST(Claim, OfAProcessThatIsGoneIsKnownToBeFree) {
  Claim claim = MakeClaim("quakes");
  EXPECT_FALSE(HasEnded(claim));
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    char wait;
    (void)!read(ends[0], &wait, 1);
    _exit(0);
  }
  ASSERT_GT(child, 0);
  // Another process than the one that claimed, under the same pid.
  claim.pid = child;
  EXPECT_TRUE(HasEnded(claim));
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(HasEnded(claim));
  // Of another machine nothing is known.
  claim.process = "another-boot pid:[1] 99";
  EXPECT_FALSE(HasEnded(claim));
  claim.process = "";
  EXPECT_FALSE(HasEnded(claim));
}

TEST(TakeOver, OnlyTheStateThatProcessedTheLogGoesOn) {
  Claim last = MakeClaim("quakes");
  last.host = "a";
  last.folder = "/there";
  last.state = "one";
  last.epoch = 12;
  const auto message = [&](const EngineState& state) { return CheckState(last, state).message(); };
  EXPECT_EQ(message({.id = "one", .folder = "/here", .epoch = 12}), "");
  EXPECT_EQ(message({.id = "one", .folder = "/here", .epoch = 13}), "");
  EXPECT_EQ(message({.id = "two", .folder = "/here", .is_reset = true}), "");
  EXPECT_THAT(message({.id = "two", .folder = "/here"}),
              HasSubstr("up to epoch 12 with the state in /there on host 'a'"));
  EXPECT_THAT(message({.id = "one", .folder = "/here", .epoch = 11}),
              HasSubstr("the state in /here ends at epoch 11"));
  last.epoch = 0;
  EXPECT_EQ(message({.id = "two", .folder = "/here"}), "");
  EXPECT_TRUE(CheckState(std::nullopt, {.id = "two", .folder = "/here"}).ok());
  EXPECT_THAT(CheckState(std::nullopt, {.id = "two", .folder = "/here", .epoch = 3}).message(),
              HasSubstr("has processed another log"));
}

TEST(TakeOver, APrefixIsOnePipelines) {
  const Claim last = MakeClaim("quakes");
  EXPECT_TRUE(CheckPipeline(std::nullopt, "storms", "a.").ok());
  EXPECT_TRUE(CheckPipeline(last, "quakes", "a.").ok());
  EXPECT_THAT(CheckPipeline(last, "storms", "a.").message(),
              HasSubstr("the Kafka topics 'a.*' are those of pipeline 'quakes'"));
}

}  // namespace
}  // namespace headrace::log
