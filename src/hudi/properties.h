// Java properties, the form of hoodie.properties and .hoodie_partition_metadata. Source: the
// documentation of java.util.Properties.load and store.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace headrace::hudi {

using Properties = std::map<std::string, std::string>;

// Reads `key=value` lines (also `key: value`, `key value`, comments, continued lines, escapes).
// Text outside ASCII is taken as UTF-8, or from \uXXXX. Every text is one.
Properties ParseProperties(std::string_view text);

// Writes `# comment` and one line a key, in order of the keys; what isn't ASCII becomes \uXXXX.
std::string FormatProperties(const Properties& properties, std::string_view comment);

}  // namespace headrace::hudi
