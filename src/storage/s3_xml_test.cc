#include "storage/s3_xml.h"

#include <gmock/gmock.h>

#include "storage/s3_error.h"

namespace headrace::storage {
namespace {

using ::testing::HasSubstr;

constexpr char kListing[] = R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>lake</Name><Prefix></Prefix><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys>
  <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
  <Contents><Key>a%2Bb+c%26/%C3%A9</Key><Size>12</Size><ETag>&quot;1&quot;</ETag></Contents>
  <Contents><Key>d</Key><Size>0</Size></Contents>
  <NextContinuationToken>x&amp;y=</NextContinuationToken>
</ListBucketResult>)";

TEST(S3Xml, ReadsAListing) {
  const S3Listing listing = ParseS3Listing(kListing).ValueOrDie();
  ASSERT_EQ(listing.objects.size(), 2u);
  EXPECT_EQ(listing.objects[0].name, "a+b c&/\xc3\xa9");
  EXPECT_EQ(listing.objects[0].size, 12);
  EXPECT_EQ(listing.objects[1].name, "d");
  EXPECT_EQ(listing.next_token, "x&y=");
}

TEST(S3Xml, KeysAreTakenAsTheyStandWhereTheyAreNotEncoded) {
  const auto listing = ParseS3Listing(
      "<ListBucketResult><Contents><Key>a+b%20&lt;</Key><Size>1</Size></Contents>"
      "</ListBucketResult>");
  EXPECT_EQ(listing->objects[0].name, "a+b%20<");
}

TEST(S3Xml, RefusesWhatIsNoListing) {
  for (const char* xml :
       {"", "no xml", "<html></html>", "<ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>"})
    EXPECT_TRUE(ParseS3Listing(xml).status().IsInvalid()) << xml;
}

TEST(S3Xml, CompletionNamesEveryPart) {
  EXPECT_EQ(S3CompletionXml({"\"a\"", "\"b&\""}),
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part>"
            "<Part><PartNumber>2</PartNumber><ETag>\"b&amp;\"</ETag></Part>"
            "</CompleteMultipartUpload>");
}

Status ErrorOf(int status, const std::string& code, const http::Headers& headers = {}) {
  http::Response answer;
  answer.status = status;
  answer.headers = headers;
  if (!code.empty()) answer.body = "<Error><Code>" + code + "</Code><Message>why</Message></Error>";
  return S3ErrorOf(answer, "s3://lake/x");
}

TEST(S3ErrorOf, TellsTheKindsApart) {
  for (const auto& [status, code] :
       std::vector<std::pair<int, std::string>>{{503, "SlowDown"},
                                                {500, "InternalError"},
                                                {502, ""},
                                                {429, ""},
                                                {400, "RequestTimeout"},
                                                {200, "InternalError"},
                                                {507, "XMinioStorageFull"},
                                                {409, "OperationAborted"}})
    EXPECT_EQ(KindOf(ErrorOf(status, code)), ErrorKind::kTransient) << status << code;
  for (const auto& [status, code] :
       std::vector<std::pair<int, std::string>>{{403, "AccessDenied"},
                                                {403, ""},
                                                {404, "NoSuchBucket"},
                                                {400, "ExpiredToken"},
                                                {301, "PermanentRedirect"},
                                                {307, ""},
                                                {403, "RequestTimeTooSkewed"},
                                                {501, "NotImplemented"},
                                                {404, "InvalidAccessKeyId"}})
    EXPECT_EQ(KindOf(ErrorOf(status, code)), ErrorKind::kUser) << status << code;
  EXPECT_TRUE(ErrorOf(404, "NoSuchKey").IsKeyError());
  EXPECT_TRUE(ErrorOf(404, "").IsKeyError());
  EXPECT_EQ(KindOf(ErrorOf(400, "InvalidArgument")), ErrorKind::kFatal);
}

TEST(S3ErrorOf, SaysWhereWhatAndWhatToDo) {
  EXPECT_EQ(ErrorOf(403, "RequestTimeTooSkewed").message(),
            "s3://lake/x: the store answered 403 RequestTimeTooSkewed: why; the clock of this "
            "machine is wrong: set it");
  EXPECT_THAT(ErrorOf(301, "", {{"x-amz-bucket-region", "eu-west-3"}}).message(),
              HasSubstr("the bucket is in eu-west-3"));
}

}  // namespace
}  // namespace headrace::storage
