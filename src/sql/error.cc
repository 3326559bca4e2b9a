#include "sql/error.h"

#include <algorithm>
#include <utility>

namespace headrace::sql {

Status ErrorAt(Span span, std::string message, std::string hint) {
  return UserError({Diagnostic{std::move(message), std::move(hint), span}});
}

Status NotSupported(Span span, std::string_view what, std::string hint) {
  return ErrorAt(span, std::string(what) + " is not supported yet", std::move(hint));
}

Span Join(Span first, Span last) {
  const size_t end = std::max(first.offset + first.length, last.offset + last.length);
  return {first.offset, end - first.offset};
}

}  // namespace headrace::sql
