// JSON Pointers (RFC 6901) to what of a record doesn't fit.
#pragma once

#include <string>
#include <string_view>

namespace headrace {

// Makes of a pointer from a member one from what holds it: "/mag" within "properties" is
// "/properties/mag".
void PutWithin(std::string_view member, std::string* pointer);

}  // namespace headrace
