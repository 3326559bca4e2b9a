// What a table may be that headrace doesn't do: each such property of hoodie.properties is refused
// with a message, before anything is read wrongly or written that another engine reads wrongly.
#pragma once

#include <string>

#include "base/status.h"
#include "hudi/properties.h"
#include "storage/storage.h"

namespace headrace::hudi {

// Errors: a user error that says the first thing about the table at `path` which headrace cannot
// read.
Status CheckReadable(const Properties& properties, const std::string& path);

// Reads the properties of a table that is to be written.
//
// Errors: a user error that lists all that headrace doesn't keep.
Status CheckWritable(storage::Storage& storage);

}  // namespace headrace::hudi
