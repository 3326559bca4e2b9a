// Signs requests to S3 by AWS Signature Version 4. Source: "Authenticating Requests (AWS Signature
// Version 4)", Amazon S3 API reference, whose examples are tests here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/http_client.h"
#include "storage/s3_options.h"

namespace headrace::storage {

using S3Query = std::vector<std::pair<std::string, std::string>>;

// A request before it is signed; nothing in it is encoded yet.
struct S3Request {
  std::string method;
  std::string host;  // as the Host header says it
  std::string path;  // "/bucket/a key"
  S3Query query;
  http::Headers headers;
  std::string payload_sha256;  // hexadecimal, of the body
};

// Returns the path as it stands in a URL: all but letters, digits, -_.~ and slashes encoded.
std::string EncodeS3Path(std::string_view path);

// Returns the query as it stands in a URL, sorted.
std::string EncodeS3Query(const S3Query& query);

// Returns the headers to send: those of the request, and date, hash and signature.
http::Headers SignS3Request(const S3Request& request, const S3Credentials& credentials,
                            std::string_view region, int64_t now_us);

// Returns the SHA-256 of `data`, hexadecimal.
std::string Sha256Hex(std::string_view data);

}  // namespace headrace::storage
