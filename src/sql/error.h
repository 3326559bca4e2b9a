// User errors with a place in a SQL text.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace headrace::sql {

Status ErrorAt(Span span, std::string message, std::string hint = "");

// What is valid Spark SQL but isn't there yet: "<what> is not supported yet".
Status NotSupported(Span span, std::string_view what, std::string hint = "");

// Returns the span from the start of `first` to the end of `last`.
Span Join(Span first, Span last);

}  // namespace headrace::sql
