// A server with a self-signed certificate is refused: a real TLS handshake on loopback.
#include <gmock/gmock.h>

#include "http/tls_test_server.h"
#include "source/http_client.h"

namespace headrace::source {
namespace {

TEST(HttpTls, ASelfSignedCertificateIsRefused) {
  const http::TlsTestServer server;
  HttpClient client({.url = server.url(), .bearer_token = "secret"}, Clock::System());
  const auto outcome = client.Get(server.url(), {}, {});
  const auto& bad = std::get<BadAnswer>(outcome);
  EXPECT_EQ(bad.reason, BadAnswerReason::kTls) << bad.message;
  EXPECT_THAT(bad.message, ::testing::HasSubstr("self-signed"));
  EXPECT_FALSE(bad.retryable);
}

}  // namespace
}  // namespace headrace::source
