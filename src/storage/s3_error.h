// What an answer of S3 that is no success means, by its status and its error code. Source: "Error
// responses", Amazon S3 API reference.
#pragma once

#include <string>

#include "base/status.h"
#include "http/http_client.h"

namespace headrace::storage {

// Returns the error that `answer` stands for; `place` is what was asked for ("s3://lake/quakes/x").
//
//   transient    the store is overloaded, restarting or in the middle of a conflicting request
//   KeyError     there is no such object or upload
//   user errors  no access, no bucket, a wrong region, credentials or clock: each with what to do
//   IOError      anything else
Status S3ErrorOf(const http::Response& answer, const std::string& place);

// Whether newer credentials may help.
bool AreCredentialsRefused(const http::Response& answer);

}  // namespace headrace::storage
