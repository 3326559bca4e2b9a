// Whom the client trusts: real TLS handshakes on loopback.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "http/http_client.h"
#include "http/tls_test_server.h"

namespace headrace::http {
namespace {

TEST(Tls, AnAuthorityMayBeNamedInAFile) {
  const TlsTestServer server, stranger;
  const auto path =
      std::filesystem::temp_directory_path() / ("headrace_tls_test." + std::to_string(::getpid()));
  Request request;
  request.url = server.url();
  Client client;
  EXPECT_EQ(KindOf(client.Send(request, {}).status()), ErrorKind::kUser);
  request.ca_file = path.string();
  Status missing = client.Send(request, {}).status();
  EXPECT_EQ(KindOf(missing), ErrorKind::kUser) << missing;
  EXPECT_THAT(missing.message(), ::testing::HasSubstr(path.string()));
  std::ofstream(path) << stranger.certificate_pem();
  EXPECT_EQ(KindOf(client.Send(request, {}).status()), ErrorKind::kUser);
  std::ofstream(path) << server.certificate_pem();
  EXPECT_EQ(client.Send(request, {}).ValueOrDie().body, "secure");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace headrace::http
