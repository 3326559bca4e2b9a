// Errors are values. Every function that can fail returns a Status or a Result<T>; an exception
// never crosses a module. There are three kinds, told apart by type and never by text:
//
//   user       the user can mend it: the pipeline file, SQL, an option, a table that doesn't fit.
//   Carries diagnostics. transient  it may pass: a server that is slow, gone or refuses. The caller
//   retries with a bound and back-off. fatal      anything else: a full disk, a corrupt file, a bug
//   that was noticed. The run ends and says why.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <string>
#include <vector>

#include "base/diagnostic.h"

namespace headrace {

using arrow::Result;
using arrow::Status;

enum class ErrorKind { kUser, kTransient, kFatal };

// An error that the user can mend. The message is the diagnostics, rendered one after the other.
Status UserError(std::vector<Diagnostic> diagnostics);
Status UserError(std::string message, std::string hint = "");

// An error that may pass by itself.
Status TransientError(std::string message);

// Returns the kind of an error that is not OK; what was not made by the functions above is fatal.
ErrorKind KindOf(const Status& status);

// Returns the diagnostics of a user error; for any other error one diagnostic without a place.
std::vector<Diagnostic> DiagnosticsOf(const Status& status);

// Returns `status` with "context: " before its message; its kind and diagnostics are kept.
Status WithContext(const std::string& context, const Status& status);

}  // namespace headrace

// RETURN_NOT_OK(status) is Arrow's.
#define ASSIGN_OR_RAISE(left, expression) ARROW_ASSIGN_OR_RAISE(left, expression)
