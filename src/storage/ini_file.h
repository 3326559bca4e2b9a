// INI files as the AWS tools write them: [sections] of `key = value`, comments after # or ;.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace headrace::storage {

using IniSection = std::map<std::string, std::string>;
using IniFile = std::map<std::string, IniSection>;

// Reads what is well-formed and passes over the rest: a line that is nested (indented) or that has
// no `=` belongs to other tools.
IniFile ParseIni(std::string_view text);

}  // namespace headrace::storage
