// The XML documents of S3's API. Source: Amazon S3 API reference.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "storage/storage.h"

namespace headrace::storage {

// One page of ListObjectsV2.
struct S3Listing {
  std::vector<ObjectInfo> objects;  // by their keys
  std::string next_token;           // empty: the last page
};

// Errors: Invalid where `xml` is no listing, or a listing that can't be followed.
Result<S3Listing> ParseS3Listing(std::string_view xml);

// What an <Error> says; all empty where `xml` is none.
struct S3Error {
  std::string code;     // "NoSuchKey"
  std::string message;  // for people
  std::string region;   // the one to ask, where that is what is wrong
};
S3Error ParseS3Error(std::string_view xml);

// Returns the upload id that CreateMultipartUpload answers with. Errors: Invalid.
Result<std::string> ParseS3UploadId(std::string_view xml);

// Returns the body of CompleteMultipartUpload: the ETags of parts 1, 2, ...
std::string S3CompletionXml(const std::vector<std::string>& etags);

}  // namespace headrace::storage
