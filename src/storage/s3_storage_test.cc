#include "storage/s3_storage.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "storage/open_storage.h"
#include "storage/s3_test_server.h"
#include "storage/storage_contract.h"

namespace headrace::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

constexpr int64_t kPartBytes = 1 << 20;
constexpr http::RetryPolicy kQuickRetries{.retries_max = 4, .first_delay_us = 1000};

std::shared_ptr<Storage> Open(const S3TestServer& server, const Environment& environment = {}) {
  S3Options options{.endpoint = server.endpoint(), .region = "eu-west-1"};
  if (environment.empty()) {
    options.access_key = "key";
    options.secret_key = "very-secret";
  }
  auto client = S3Client::Make("lake", options, environment, kQuickRetries).ValueOrDie();
  return OpenS3Storage({"lake", "quakes"}, std::move(client), kPartBytes);
}

std::shared_ptr<Storage> EmptyS3Storage() {
  static std::unique_ptr<S3TestServer> server;
  server = std::make_unique<S3TestServer>();
  return Open(*server);
}

INSTANTIATE_TEST_SUITE_P(TestServer, StorageContract, ::testing::Values(&EmptyS3Storage));
INSTANTIATE_TEST_SUITE_P(TestServer, StorageRace, ::testing::Values(&EmptyS3Storage));

// A hook that replaces the answer to the first request that `matches`.
S3TestServer::Hook Once(std::function<bool(const S3TestRequest&)> matches, http::RawReply reply) {
  return [matches = std::move(matches), reply = std::move(reply), done = false](
             const S3TestRequest& request, http::RawReply answer) mutable {
    if (done || !matches(request)) return answer;
    done = true;
    return reply;
  };
}

bool IsPut(const S3TestRequest& request) { return request.method == "PUT"; }
bool IsGet(const S3TestRequest& request) { return request.method == "GET"; }
bool IsCompletion(const S3TestRequest& request) {
  return request.method == "POST" && request.query.contains("uploadId");
}
const http::RawReply kLost = {""};

TEST(S3Storage, ALostAnswerIsNoOtherWriter) {
  S3TestServer server(Once(IsPut, kLost));
  const auto storage = Open(server);
  EXPECT_TRUE(storage->PutIfAbsent("a", "mine").ok());
  EXPECT_TRUE(storage->PutIfAbsent("a", "mine").IsAlreadyExists());
  EXPECT_THAT(server.objects(), ElementsAre(Pair("quakes/a", "mine")));
}

TEST(S3Storage, ALostAnswerIsNoVictoryOverAnotherWriter) {
  S3TestServer server(Once(IsPut, kLost));
  server.Set("quakes/a", "mine");
  EXPECT_TRUE(Open(server)->PutIfAbsent("a", "mine").IsAlreadyExists());
}

TEST(S3Storage, ALostCompletionOfPartsIsFoundAgain) {
  for (const bool if_absent : {false, true}) {
    S3TestServer server(Once(IsCompletion, kLost));
    const auto storage = Open(server);
    const std::string data(5 * kPartBytes + 5, 'x');
    const Status status = if_absent ? storage->PutIfAbsent("a", data) : storage->Put("a", data);
    EXPECT_TRUE(status.ok()) << status.ToString();
    EXPECT_TRUE(server.objects().at("quakes/a") == data);
  }
}

TEST(S3Storage, AnErrorInACompletionsSuccessIsAnError) {
  S3TestServer passing(Once(IsCompletion, S3TestServer::Error(200, "InternalError")));
  // The completion took effect before its answer was replaced: what is there is found again.
  EXPECT_TRUE(Open(passing)->Put("a", std::string(kPartBytes + 1, 'x')).ok());
  S3TestServer lasting([](const S3TestRequest& request, http::RawReply answer) {
    return IsCompletion(request) ? S3TestServer::Error(200, "InvalidPart") : answer;
  });
  const Status status = Open(lasting)->Put("a", std::string(kPartBytes + 1, 'x'));
  EXPECT_THAT(status.message(), HasSubstr("InvalidPart"));
}

TEST(S3Storage, PartsThatCannotBeFinishedAreAborted) {
  S3TestServer server([](const S3TestRequest& request, http::RawReply answer) {
    const auto part = request.query.find("partNumber");
    return part != request.query.end() && part->second == "2"
               ? S3TestServer::Error(403, "AccessDenied")
               : answer;
  });
  const Status status = Open(server)->Put("a", std::string(3 * kPartBytes, 'x'));
  EXPECT_EQ(KindOf(status), ErrorKind::kUser) << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr("s3:PutObject"));
  EXPECT_THAT(server.objects(), IsEmpty());
  EXPECT_EQ(server.uploads(), 0u);
}

TEST(S3Storage, AnOverloadedStoreIsAskedAgain) {
  for (const http::RawReply& reply :
       {S3TestServer::Error(503, "SlowDown", "Retry-After: 0\r\n"),
        S3TestServer::Error(500, "InternalError"), S3TestServer::Error(429, "TooManyRequests"),
        S3TestServer::Error(400, "RequestTimeout"),
        S3TestServer::Error(409, "ConditionalRequestConflict")}) {
    S3TestServer server(Once(IsGet, reply));
    server.Set("quakes/a", "data");
    EXPECT_EQ(Open(server)->Get("a").ValueOrDie(), "data");
    EXPECT_EQ(server.requests(), 2u);
  }
}

TEST(S3Storage, AttemptsEnd) {
  S3TestServer server([](const S3TestRequest&, const http::RawReply&) {
    return S3TestServer::Error(503, "SlowDown");
  });
  const Status status = Open(server)->Get("a").status();
  EXPECT_EQ(KindOf(status), ErrorKind::kTransient) << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr("s3://lake/quakes/a: the store answered 503 SlowDown"));
  EXPECT_EQ(server.requests(), 5u);
}

TEST(S3Storage, ACutAnswerIsFetchedAgain) {
  http::RawReply cut = http::Reply(206, "data", "Content-Range: bytes 0-3/4\r\n");
  cut.bytes.resize(cut.bytes.size() - 2);
  S3TestServer server(Once(IsGet, cut));
  server.Set("quakes/a", "data");
  EXPECT_EQ(Open(server)->Get("a").ValueOrDie(), "data");
}

TEST(S3Storage, AnotherRangeThanAskedForIsRefused) {
  S3TestServer server([](const S3TestRequest&, const http::RawReply&) {
    return http::Reply(206, "da", "Content-Range: bytes 0-1/4\r\n");
  });
  EXPECT_FALSE(Open(server)->Get("a").ok());
}

TEST(S3Storage, AStoreThatIgnoresConditionsIsRefused) {
  S3TestServer server([](const S3TestRequest& request, http::RawReply answer) {
    return IsPut(request) ? http::Reply(200, "", "ETag: \"1\"\r\n") : answer;
  });
  const Status status = Open(server)->PutIfAbsent("a", "1");
  EXPECT_EQ(KindOf(status), ErrorKind::kUser) << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr("If-None-Match"));
}

TEST(S3Storage, CredentialsInAFileAreReadAgainWhenTheyEnd) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("headrace_s3_storage_test." + std::to_string(::getpid()));
  const auto write = [&](const std::string& key) {
    std::ofstream(path) << "[default]\naws_access_key_id = " << key
                        << "\naws_secret_access_key = very-secret\n";
  };
  write("old-key");
  S3TestServer server([&](const S3TestRequest& request, http::RawReply answer) {
    if (request.headers.at("authorization").find("Credential=new-key/") != std::string::npos)
      return answer;
    return S3TestServer::Error(400, "ExpiredToken");
  });
  server.Set("quakes/a", "data");
  const auto storage = Open(server, {{"AWS_SHARED_CREDENTIALS_FILE", path.string()}});
  const Status status = storage->Get("a").status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("get new credentials"));
  EXPECT_EQ(server.requests(), 1u);
  write("new-key");
  EXPECT_EQ(storage->Get("a").ValueOrDie(), "data");
  std::filesystem::remove(path);
}

TEST(S3Storage, SecretsStayOutOfErrors) {
  S3TestServer server([](const S3TestRequest&, const http::RawReply&) {
    return S3TestServer::Error(403, "SignatureDoesNotMatch");
  });
  const Status status = Open(server)->Get("a").status();
  EXPECT_THAT(status.ToString(), HasSubstr("the secret key is another than the store's"));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("very-secret")));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("Signature=")));
}

TEST(S3Storage, FoldersOfOtherToolsAreNoObjects) {
  S3TestServer server;
  server.Set("quakes/day=1/", "");
  server.Set("quakes/day=1/a", "1");
  server.Set("quakes2/b", "1");
  EXPECT_THAT(Names(*Open(server), ""), ElementsAre("day=1/a:1"));
}

TEST(S3Storage, ABucketMayBePartOfTheHost) {
  S3TestServer server([](const S3TestRequest& request, http::RawReply answer) {
    EXPECT_THAT(request.headers.at("host"), ::testing::StartsWith("lake.localhost:"));
    return answer;
  });
  server.Set("quakes/a", "data");
  const std::string endpoint =
      "http://localhost" + server.endpoint().substr(server.endpoint().rfind(':'));
  const S3Options options{
      .endpoint = endpoint, .path_style = false, .access_key = "key", .secret_key = "secret"};
  const auto storage = OpenStorage("s3://lake/quakes", {.s3 = options, .environment = {}});
  EXPECT_EQ((*storage)->Get("a").ValueOrDie(), "data");
  EXPECT_THAT(Names(**storage, ""), ElementsAre("a:4"));
  EXPECT_EQ((*storage)->root(), "s3://lake/quakes");
}

TEST(S3Storage, PlacesAreChecked) {
  for (const std::string place : {"s3://", "s3://a", "s3://UPPER/x", "s3://lake//x",
                                  "s3://lake/../x", "gs://lake/x", "hdfs://host/x"}) {
    const Status status = OpenStorage(place).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUser) << place;
    EXPECT_THAT(status.message(), HasSubstr("s3://")) << place;
  }
  EXPECT_EQ(ParseS3Url("s3://lake/a/b/")->prefix, "a/b");
  EXPECT_EQ(ParseS3Url("s3://lake")->prefix, "");
}

}  // namespace
}  // namespace headrace::storage
