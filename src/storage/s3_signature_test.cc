#include "storage/s3_signature.h"

#include <gmock/gmock.h>

namespace headrace::storage {
namespace {

// The examples of "Signature Calculations for the Authorization Header", Amazon S3 API reference.
constexpr int64_t kTime = 1'369'353'600'000'000;  // 24 May 2013
const S3Credentials kCredentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                                 ""};
constexpr char kHost[] = "examplebucket.s3.amazonaws.com";

std::string Header(const http::Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::string SignatureOf(const S3Request& request) {
  const std::string value =
      Header(SignS3Request(request, kCredentials, "us-east-1", kTime), "authorization");
  EXPECT_THAT(value, ::testing::StartsWith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/"
                                           "20130524/us-east-1/s3/aws4_request, SignedHeaders="));
  return value.substr(value.rfind('=') + 1);
}

TEST(S3Signature, AnObjectIsRead) {
  EXPECT_EQ(SignatureOf({"GET", kHost, "/test.txt", {}, {{"Range", "bytes=0-9"}}, Sha256Hex("")}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(S3Signature, AnObjectIsWritten) {
  EXPECT_EQ(SignatureOf({"PUT",
                         kHost,
                         "/test$file.text",
                         {},
                         {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                          {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                         Sha256Hex("Welcome to Amazon S3.")}),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(S3Signature, AParameterWithoutAValue) {
  EXPECT_EQ(SignatureOf({"GET", kHost, "/", {{"lifecycle", ""}}, {}, Sha256Hex("")}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(S3Signature, AListing) {
  EXPECT_EQ(
      SignatureOf({"GET", kHost, "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, Sha256Hex("")}),
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(S3Signature, ASessionTokenIsSentAndSigned) {
  const S3Request request{"GET", kHost, "/test.txt", {}, {}, Sha256Hex("")};
  S3Credentials credentials = kCredentials;
  credentials.session_token = "token";
  const auto headers = SignS3Request(request, credentials, "us-east-1", kTime);
  EXPECT_EQ(Header(headers, "x-amz-security-token"), "token");
  EXPECT_THAT(Header(headers, "authorization"),
              ::testing::HasSubstr("x-amz-date;x-amz-security-token,"));
}

TEST(S3Signature, EncodesOnceAndKeepsSlashes) {
  EXPECT_EQ(EncodeS3Path("/b/day=2024-01-01/a b+c%d/\xc3\xa9~_-."),
            "/b/day%3D2024-01-01/a%20b%2Bc%25d/%C3%A9~_-.");
  EXPECT_EQ(EncodeS3Query({{"prefix", "a/b c+"}, {"list-type", "2"}, {"max-keys", ""}}),
            "list-type=2&max-keys=&prefix=a%2Fb%20c%2B");
}

}  // namespace
}  // namespace headrace::storage
