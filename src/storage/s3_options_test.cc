#include "storage/s3_options.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "storage/ini_file.h"

namespace headrace::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class S3OptionsTest : public ::testing::Test {
 protected:
  S3OptionsTest() {
    std::filesystem::create_directories(home_ / ".aws");
    std::ofstream(home_ / ".aws/credentials")
        << "[default]\naws_access_key_id=file-key\naws_secret_access_key=file/secret=\n\n"
           "[other]\naws_access_key_id = other-key\naws_secret_access_key = other-secret\n"
           "aws_session_token = other-token\n";
    std::ofstream(home_ / ".aws/config") << "[default]\nregion = eu-north-1\n"
                                            "[profile other]\nregion = ap-south-1\n"
                                            "endpoint_url = http://store:9000\n";
  }
  ~S3OptionsTest() override { std::filesystem::remove_all(home_); }

  const std::filesystem::path home_ = std::filesystem::temp_directory_path() /
                                      ("headrace_s3_options_test." + std::to_string(::getpid()));
  Environment environment_ = {{"HOME", home_.string()}};
  S3Options options_;
};

TEST_F(S3OptionsTest, CredentialsInTheirOrder) {
  EXPECT_EQ(*FindS3Credentials(options_, environment_),
            (S3Credentials{"file-key", "file/secret=", ""}));
  environment_["AWS_PROFILE"] = "other";
  EXPECT_EQ(*FindS3Credentials(options_, environment_),
            (S3Credentials{"other-key", "other-secret", "other-token"}));
  environment_["AWS_ACCESS_KEY_ID"] = "env-key";
  environment_["AWS_SECRET_ACCESS_KEY"] = "env-secret";
  environment_["AWS_SESSION_TOKEN"] = "env-token";
  EXPECT_EQ(*FindS3Credentials(options_, environment_),
            (S3Credentials{"env-key", "env-secret", "env-token"}));
  options_.profile = "default";
  EXPECT_EQ(*FindS3Credentials(options_, environment_),
            (S3Credentials{"file-key", "file/secret=", ""}));
  options_.access_key = "own-key";
  options_.secret_key = "own-secret";
  EXPECT_EQ(*FindS3Credentials(options_, environment_),
            (S3Credentials{"own-key", "own-secret", ""}));
}

TEST_F(S3OptionsTest, MissingCredentialsNameEveryPlace) {
  environment_["AWS_PROFILE"] = "nobody";
  Status status = FindS3Credentials(options_, environment_).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  for (const char* place :
       {"AWS_ACCESS_KEY_ID", "'nobody'", ".aws/credentials", ".aws/config", "access_key"})
    EXPECT_THAT(status.message(), HasSubstr(place));
  options_.access_key = "half";
  status = FindS3Credentials(options_, environment_).status();
  EXPECT_THAT(status.message(), HasSubstr("is missing"));
}

TEST_F(S3OptionsTest, EndpointAndRegionInTheirOrder) {
  S3Endpoint endpoint = *FindS3Endpoint(options_, environment_);
  EXPECT_EQ(endpoint.scheme + "://" + endpoint.host, "https://s3.eu-north-1.amazonaws.com");
  EXPECT_FALSE(endpoint.path_style);
  options_.profile = "other";
  endpoint = *FindS3Endpoint(options_, environment_);
  EXPECT_EQ(endpoint.scheme + "://" + endpoint.host, "http://store:9000");
  EXPECT_EQ(endpoint.region, "ap-south-1");
  EXPECT_TRUE(endpoint.path_style);
  environment_["AWS_REGION"] = "us-west-2";
  environment_["AWS_ENDPOINT_URL"] = "https://any:443";
  environment_["AWS_CA_BUNDLE"] = "ca.pem";
  endpoint = *FindS3Endpoint(options_, environment_);
  EXPECT_EQ(endpoint.host + " " + endpoint.region + " " + endpoint.ca_file, "any us-west-2 ca.pem");
  environment_["AWS_ENDPOINT_URL_S3"] = "http://s3only:80/";
  EXPECT_EQ(FindS3Endpoint(options_, environment_)->host, "s3only");
  options_.endpoint = "http://own:1";
  options_.region = "own";
  options_.path_style = false;
  endpoint = *FindS3Endpoint(options_, environment_);
  EXPECT_EQ(endpoint.host + " " + endpoint.region, "own:1 own");
  EXPECT_FALSE(endpoint.path_style);
}

TEST_F(S3OptionsTest, WhatCannotBeReachedIsRefused) {
  environment_["AWS_CONFIG_FILE"] = "/nowhere";
  EXPECT_THAT(FindS3Endpoint(options_, environment_).status().message(), HasSubstr("AWS_REGION"));
  for (const char* url :
       {"127.0.0.1:9000", "ftp://host", "http://host/path", "http://", "http://u:p@host"}) {
    options_.endpoint = url;
    const Status status = FindS3Endpoint(options_, environment_).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUser) << url;
    EXPECT_THAT(status.message(), ::testing::Not(HasSubstr("u:p")));
  }
}

TEST(IniFile, PassesOverWhatItDoesntKnow) {
  IniFile file = ParseIni(
      "key = before\n# comment\n[ a ]\r\nx = 1 # note\r\ny=#2\n  nested = 3\nno value\n[b\nz=4\n"
      "[c]\nz = a=b");
  EXPECT_THAT(file["a"], ElementsAre(Pair("x", "1"), Pair("y", "#2")));
  EXPECT_THAT(file["c"], ElementsAre(Pair("z", "a=b")));
  EXPECT_EQ(file.size(), 2u);
}

}  // namespace
}  // namespace headrace::storage
