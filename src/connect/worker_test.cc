// What a worker may say that the real one of the integration tests doesn't: nonsense, refusals,
// secrets.
#include "connect/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "http/test_server.h"

namespace headrace::connect {
namespace {

using testing::HasSubstr;

class WorkerTest : public testing::Test {
 protected:
  // Has the server answer everything so.
  Worker Answering(int status, const std::string& body) {
    server_.get().set_pre_routing_handler(
        [=](const httplib::Request&, httplib::Response& response) {
          response.status = status;
          response.set_content(body, "application/json");
          return httplib::Server::HandlerResponse::Handled;
        });
    server_.Start();
    pipeline::KafkaConnector connector;
    connector.url = server_.url("/");
    connector.config = {{"connector.class", "X"}, {"my.password", "geheim"}};
    return Worker(connector);
  }

  http::TestServer server_;
};

TEST_F(WorkerTest, NoWorkerOfConnect) {
  for (const char* body : {"<html>", "[]", "{}", "null", "{\"config\":", "17"}) {
    SCOPED_TRACE(body);
    http::TestServer server;
    server.get().Get(".*", [=](const httplib::Request&, httplib::Response& response) {
      response.set_content(body, "text/html");
    });
    server.Start();
    pipeline::KafkaConnector connector;
    connector.url = server.url();
    Worker worker(connector);
    const auto config = worker.Config("c", {});
    ASSERT_FALSE(config.ok());
    EXPECT_EQ(KindOf(config.status()), ErrorKind::kTransient);
    EXPECT_THAT(config.status().message(), HasSubstr("doesn't answer as a worker"));
    EXPECT_FALSE(worker.Status("c", {}).ok());
  }
}

TEST_F(WorkerTest, AConnectorThatIsNotThere) {
  Worker worker = Answering(404, R"({"error_code":404,"message":"Connector c not found"})");
  EXPECT_EQ(*worker.Config("c", {}), std::nullopt);
  EXPECT_FALSE(worker.Status("c", {})->has_value());
}

TEST_F(WorkerTest, ARefusalIsQuotedWithoutSecrets) {
  Worker worker = Answering(400, R"({"error_code":400,"message":"bad:\ngeheim is geheim"})");
  const Status status = worker.Create("c", {}, {});
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("answered 400: bad: [hidden] is [hidden]"));
}

TEST_F(WorkerTest, WhatMayPass) {
  Worker worker = Answering(409, R"({"error_code":409,"message":"rebalance"})");
  EXPECT_EQ(KindOf(worker.Update("c", {}, {})), ErrorKind::kTransient);
}

TEST_F(WorkerTest, NotAllowed) {
  Worker worker = Answering(401, "");
  const Status status = worker.Config("c", {}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(DiagnosticsOf(status)[0].hint, HasSubstr("'username' and 'password'"));
}

TEST_F(WorkerTest, AFailureIsItsFirstLineAndItsLastCause) {
  Worker worker = Answering(200, R"({"name":"c","connector":{"state":"RUNNING"},"tasks":[
      {"id":0,"state":"RUNNING"},
      {"id":1,"state":"FAILED","trace":"a.X: broke\n\tat y\nCaused by: a.Y: why\n\tat z\nCaused by: a.Z: root\n"}]})");
  const auto status = *worker.Status("c", {});
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->HasFailed());
  EXPECT_FALSE(status->IsRunning());
  EXPECT_EQ(status->Failure(), "task 1 failed: a.X: broke (caused by a.Z: root)");
}

TEST_F(WorkerTest, AConnectorWithoutTasksDoesNotRunYet) {
  Worker worker = Answering(200, R"({"name":"c","connector":{"state":"RUNNING"},"tasks":[]})");
  EXPECT_FALSE((*worker.Status("c", {}))->IsRunning());
}

TEST_F(WorkerTest, ClassesGoByTheirShortNamesToo) {
  Worker worker = Answering(200, R"([{"class":"a.b.FileStreamSourceConnector"}])");
  EXPECT_TRUE(worker.CheckClass("FileStreamSource", {}).ok());
  EXPECT_TRUE(worker.CheckClass("FileStreamSourceConnector", {}).ok());
  EXPECT_TRUE(worker.CheckClass("a.b.FileStreamSourceConnector", {}).ok());
  const Status status = worker.CheckClass("b.FileStreamSource", {});
  EXPECT_THAT(status.message(), HasSubstr("has no connector 'b.FileStreamSource'"));
  EXPECT_THAT(DiagnosticsOf(status)[0].hint, HasSubstr("a.b.FileStreamSourceConnector"));
}

TEST_F(WorkerTest, LongTextsAreCutBetweenCharacters) {
  const Worker worker = Answering(200, "");
  std::string text(599, 'x');
  EXPECT_EQ(worker.Hide(text + "ä"), text + "...");
}

}  // namespace
}  // namespace headrace::connect
