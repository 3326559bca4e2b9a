// Puts generated files into a folder, which may hold others.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace headrace::observe {

struct GeneratedFile {
  std::string name;   // within the folder
  std::string text;   // begins with GeneratedMark()
  std::string about;  // for people: "3 scrape jobs"
};

enum class WriteState { kWritten, kChanged, kUnchanged };

// The first lines of a file of YAML: that headrace has made it, and what it is.
std::string GeneratedMark(const std::string& about);

// Writes each file whose text isn't there already, as a whole or not at all, and makes the folder.
// Returns what became of each.
//
// Errors: a user error where a file is in the way that headrace did not make, or the folder can't
// be written; nothing is written then.
Result<std::vector<WriteState>> WriteGeneratedFiles(const std::string& folder,
                                                    const std::vector<GeneratedFile>& files);

}  // namespace headrace::observe
