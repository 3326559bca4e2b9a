// A server with a self-signed certificate is refused: a real TLS handshake on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "http/raw_test_server.h"
#include "source/http_client.h"

namespace headrace::source {
namespace {

// Answers the handshakes of one connection after the other with a certificate it made itself.
class TlsServer {
 public:
  TlsServer() : context_(SSL_CTX_new(TLS_server_method())) {
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* const name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    EXPECT_GT(X509_sign(certificate, key, EVP_sha256()), 0);
    EXPECT_EQ(SSL_CTX_use_certificate(context_, certificate), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(context_, key), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~TlsServer() { SSL_CTX_free(context_); }

  bool Handshake(int connection) const {
    SSL* const ssl = SSL_new(context_);
    SSL_set_fd(ssl, connection);
    const bool trusted = SSL_accept(ssl) == 1 && SSL_read(ssl, nullptr, 0) >= 0;
    SSL_free(ssl);
    return trusted;
  }

 private:
  SSL_CTX* const context_;
};

TEST(HttpTls, ASelfSignedCertificateIsRefused) {
  const TlsServer tls;
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::thread server([&] {
    const int connection = ::accept(listener, nullptr, nullptr);
    tls.Handshake(connection);
    ::close(connection);
  });
  const std::string url = "https://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
  HttpClient client({.url = url, .bearer_token = "secret"}, Clock::System());
  const auto outcome = client.Get(url, {}, {});
  server.join();
  ::close(listener);
  const auto& bad = std::get<BadAnswer>(outcome);
  EXPECT_EQ(bad.reason, BadAnswerReason::kTls) << bad.message;
  EXPECT_THAT(bad.message, ::testing::HasSubstr("self-signed"));
  EXPECT_FALSE(bad.retryable);
}

}  // namespace
}  // namespace headrace::source
