// A Storage in a bucket of S3, or of a store that speaks its protocol.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "storage/s3_client.h"
#include "storage/storage.h"

namespace headrace::storage {

// A place as a user writes it: "s3://lake/quakes" is the bucket "lake" and the prefix "quakes".
struct S3Url {
  std::string bucket;
  std::string prefix;  // without a slash at its end; may be empty
};

// Errors: a user error where `url` is no such place.
Result<S3Url> ParseS3Url(const std::string& url);

// Opens the objects below a prefix of a bucket, which must be there; nothing is asked of the store
// yet.
//
// An object of more than `part_bytes` is written in parts, of which four are under way at once,
// and read in ranges in the same way; what cannot be finished is aborted. So beside the object
// itself four parts are in memory.
//
// PutIfAbsent is a PUT with `If-None-Match: *`, up to the size of four parts in one piece: beyond,
// two writers of one name are told apart as well as the store tells them apart. It carries a number
// of its own in the metadata header x-amz-meta-headrace-write: where the store says that there is
// an object already, that number tells whether it is the one of this call, whose answer was lost.
// The first one is sent twice, to see whether the store heeds the condition; one that doesn't is
// refused (a user error).
//
// Errors: user errors where the user can mend it: credentials, region, bucket. Transient errors
// only after the attempts of S3Client.
std::shared_ptr<Storage> OpenS3Storage(const S3Url& url, std::unique_ptr<S3Client> client,
                                       int64_t part_bytes = 16 << 20);

}  // namespace headrace::storage
