// A Storage holds objects under slash-separated names below one root: a folder of the local disk, a
// bucket of S3. It is all that the table format knows of the world outside.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace::storage {

struct ObjectInfo {
  std::string name;  // relative to the root
  int64_t size = 0;  // bytes
};

// An object that is made piece by piece, so that it needn't fit into memory. Used by one thread.
class ObjectWriter {
 public:
  // Without Finish() there will be no object.
  virtual ~ObjectWriter() = default;

  virtual Status Append(std::string_view data) = 0;

  // Makes the object visible, as PutIfAbsent does. The last call.
  virtual Status Finish() = 0;
};

// Thread-safe. What Put and PutIfAbsent have acknowledged is durable and visible to every reader,
// whole; a reader never sees a part of an object.
//
// Errors: transient where the store may answer later; AlreadyExists, KeyError (not found) and fatal
// as said below.
class Storage {
 public:
  virtual ~Storage() = default;

  // Creates or replaces an object.
  virtual Status Put(const std::string& name, std::string_view data) = 0;

  // Creates an object; AlreadyExists (IsAlreadyExists()) where there is one: of two writers at most
  // one succeeds.
  virtual Status PutIfAbsent(const std::string& name, std::string_view data) = 0;

  // Begins an object that Finish() creates. The storage must outlive the writer.
  virtual Result<std::unique_ptr<ObjectWriter>> Create(const std::string& name) = 0;

  // Returns the whole object; KeyError where there is none.
  virtual Result<std::string> Get(const std::string& name) = 0;

  // Returns `length` bytes from `offset`; fewer where the object ends before.
  virtual Result<std::string> GetRange(const std::string& name, int64_t offset, int64_t length) = 0;

  // Returns the objects whose names begin with `prefix` followed by a slash (all for ""), at any
  // depth, sorted by name.
  virtual Result<std::vector<ObjectInfo>> List(const std::string& prefix) = 0;

  // Deletes an object, durably; that there is none is no error.
  virtual Status Delete(const std::string& name) = 0;

  // How many requests at once are worth it: more than one where most of each is waiting.
  virtual int concurrency() const { return 1; }

  // The root as a user writes it: "lake/quakes".
  virtual const std::string& root() const = 0;
};

// Checks the name of an object: slash-separated parts, none of them empty, "." or "..", of at most
// 255 bytes each and 1,024 in all, without NUL. Every Storage refuses other names (Invalid).
Status CheckName(std::string_view name);

// Opens a folder of the local disk; it is made with the first Put. Objects are files; a folder
// below is there as long as it holds one. An object is written to a file ".tmp-*" beside its place,
// synced and moved there, so a crash leaves at most such a file; List doesn't show them, and
// removes those that were not touched for an hour. Errors are fatal: a local disk doesn't get well
// by waiting.
std::shared_ptr<Storage> OpenLocalStorage(const std::string& folder);

}  // namespace headrace::storage
