// Kernels: what Spark computes and no SQL of DuckDB's can say, as scalar functions of DuckDB.
#pragma once

#include <duckdb.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/coercion.h"

namespace headrace::sql {

class NativeRows;

// One kernel for one choice of types. DuckDB knows it by name().
struct NativeUse {
  std::string kernel;
  std::vector<TypePtr> arguments;
  TypePtr result;

  std::string name() const;
};

// Computes all rows of a chunk.
using NativeFunction = void (*)(const NativeUse& use, NativeRows& rows);

// Returns the function of a kernel for these types, or null where there is none.
NativeFunction FindNative(const NativeUse& use);

// Makes a kernel known to the database of `connection`. Registering it again changes nothing.
Status RegisterNative(duckdb_connection connection, const NativeUse& use);

// The kernels, by kind; each returns null where the kernel isn't of its kind.
NativeFunction FindMathNative(const NativeUse& use);
NativeFunction FindDecimalNative(const NativeUse& use);
NativeFunction FindStringNative(const NativeUse& use);
NativeFunction FindTimeNative(const NativeUse& use);
NativeFunction FindCastNative(const NativeUse& use);
NativeFunction FindTextNative(const NativeUse& use);
NativeFunction FindUrlNative(const NativeUse& use);
NativeFunction FindHashNative(const NativeUse& use);

}  // namespace headrace::sql
