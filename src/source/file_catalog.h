// A FileCatalog knows the files of a source: which are there, and which of those that are known
// each is.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "source/file_cursor.h"

namespace headrace::source {

// A file that is there.
struct PresentFile {
  std::string path;
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t bytes = 0;
  int64_t modified_us = 0;  // since 1970 UTC
  int64_t changed_us = 0;   // its inode
  size_t known = 0;         // index among FileCatalog::known()
};

// Not thread-safe.
class FileCatalog {
 public:
  // `pattern` is a file, a folder or a pattern; `known` is what an earlier run stored.
  FileCatalog(std::string pattern, std::vector<KnownFile> known)
      : pattern_(std::move(pattern)), known_(std::move(known)) {}

  // Looks at what is there: files that fit the pattern, and known ones that were renamed within
  // their folder. A file that isn't known becomes so, read up to 0; one that is shorter than what
  // was read, or begins with other bytes, is another file. In the order in which they were written
  // last.
  //
  // Errors: a user error where more files are there than can be known.
  Result<std::vector<PresentFile>> Look();

  const std::vector<KnownFile>& known() const { return known_; }
  KnownFile& at(size_t index) { return known_[index]; }

 private:
  // Finds the known file that a file is, and makes it known where there is none.
  void Identify(PresentFile* file, const std::multimap<uint64_t, size_t>& by_inode,
                std::vector<bool>* claimed);
  // Whether the file is the known one; false as well where it can't be read now.
  bool IsSame(size_t known, const PresentFile& file);
  void FindRenamed(std::vector<PresentFile>* files, std::vector<bool>* claimed);
  Status ForgetGone(std::vector<PresentFile>* files, const std::vector<bool>& claimed);

  const std::string pattern_;
  std::vector<KnownFile> known_;
  // Of the last look, by device and inode: what hasn't changed since is not opened again.
  std::map<std::pair<uint64_t, uint64_t>, PresentFile> last_;
};

}  // namespace headrace::source
