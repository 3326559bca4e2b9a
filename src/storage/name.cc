#include "storage/storage.h"

namespace headrace::storage {

Status CheckName(std::string_view name) {
  constexpr size_t kNameBytesMax = 1024;
  constexpr size_t kPartBytesMax = 255;
  if (name.size() > kNameBytesMax)
    return Status::Invalid("the name of an object has ", name.size(), " bytes, at most ",
                           kNameBytesMax, " are allowed");
  size_t begin = 0;
  while (true) {
    const size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part == ".." || part.size() > kPartBytesMax ||
        part.find('\0') != std::string_view::npos)
      return Status::Invalid("'", name, "' cannot name an object: bad part '", part, "'");
    if (end == name.size()) return Status::OK();
    begin = end + 1;
  }
}

}  // namespace headrace::storage
