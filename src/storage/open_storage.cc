#include "storage/open_storage.h"

#include "storage/s3_storage.h"

namespace headrace::storage {
namespace {

bool IsInS3(const std::string& place) { return place.starts_with("s3://"); }

}  // namespace

Status CheckPlace(const std::string& place) {
  if (IsInS3(place)) return ParseS3Url(place).status();
  if (const size_t scheme = place.find("://"); scheme != std::string::npos)
    return UserError("headrace has no storage '" + place.substr(0, scheme) + "'",
                     "give a folder of the local disk, or s3://bucket/path");
  return Status::OK();
}

Result<std::shared_ptr<Storage>> OpenStorage(const std::string& place,
                                             const StorageOptions& options) {
  RETURN_NOT_OK(CheckPlace(place));
  if (!IsInS3(place)) return OpenLocalStorage(place);
  ASSIGN_OR_RAISE(const S3Url url, ParseS3Url(place));
  ASSIGN_OR_RAISE(auto client, S3Client::Make(url.bucket, options.s3, options.environment));
  return OpenS3Storage(url, std::move(client));
}

}  // namespace headrace::storage
