#include "base/json_pointer.h"

namespace headrace {

void PutWithin(std::string_view member, std::string* pointer) {
  std::string escaped = "/";
  for (const char c : member) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  pointer->insert(0, escaped);
}

}  // namespace headrace
