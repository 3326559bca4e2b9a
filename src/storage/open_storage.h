// Opens a Storage by what a user writes as its place.
#pragma once

#include <memory>
#include <string>

#include "base/environment.h"
#include "base/status.h"
#include "storage/s3_options.h"
#include "storage/storage.h"

namespace headrace::storage {

// How stores are reached; a folder needs nothing of it.
struct StorageOptions {
  S3Options s3;
  Environment environment = ProcessEnvironment();
};

// Opens the folder `place` of the local disk, or for "s3://bucket/path" what is below that path of
// a bucket. Asks nothing of a store yet.
//
// Errors: user errors for another scheme, a malformed place, and what OpenS3Storage needs and
// doesn't find: region and credentials.
Result<std::shared_ptr<Storage>> OpenStorage(const std::string& place,
                                             const StorageOptions& options = {});

// Whether `place` can be opened as far as its form goes. Errors: as above.
Status CheckPlace(const std::string& place);

}  // namespace headrace::storage
