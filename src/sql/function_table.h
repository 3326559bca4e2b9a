// The function table: every scalar function and operator, what it takes, what it gives, and how
// DuckDB computes it. Where Spark's function is not DuckDB's of the same name, the template is what
// makes it so; where no SQL of DuckDB's can, the template names a kernel (native.h).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/coercion.h"
#include "sql/expression.h"

namespace headrace::sql {

// When the result is null, as far as the argument types can say.
enum class Nulls {
  kAny,     // where any argument is null
  kAll,     // where all arguments are null
  kAlways,  // may be null for any argument
  kNever,   // never
};

// One signature of a function.
//
// `parameters` is a list of kinds between ", "; the last may end in "..." (once or more). A kind is
// a type ("int", "string", "date", "timestamp", "ntz", "interval", "months", ...), a class of types
// ("integral", "number": integers and floats, "decimal", "time": TIMESTAMP or TIMESTAMP_NTZ,
// "array", "map", "struct", "any"), or holds variables ("T", "array<T>", "map<K,V>") that stand for
// the common type of all that bears the letter.
//
// `result` is such a type, or "0" for the type of the first argument, or "" where the rule is in
// functions_operator.cc.
//
// `duckdb` is SQL with {0}, {1} for the arguments, {*} for all of them, {1*} for those from the
// second on; "@name" is a kernel. `can_fail`: there are arguments for which it is an error.
struct Overload {
  std::string_view name;
  std::string_view parameters;
  std::string_view result;
  Nulls nulls;
  std::string_view duckdb;
  bool can_fail = false;
};

struct Alias {
  std::string_view name;
  std::string_view meaning;
};

// The rows, by kind.
std::span<const Overload> OperatorFunctions();
std::span<const Overload> StringFunctions();
std::span<const Overload> MathFunctions();
std::span<const Overload> ConditionalFunctions();
std::span<const Overload> TimeFunctions();
std::span<const Overload> CollectionFunctions();
std::span<const Overload> OtherFunctions();
std::span<const Overload> DerivedFunctions();
std::span<const Alias> FunctionAliases();

// Returns the rows of a function (its own name, not an alias).
std::vector<const Overload*> OverloadsOf(std::string_view name);

// Returns the row that takes exactly these types, or null.
const Overload* FindExact(std::string_view name, const std::vector<TypePtr>& types);

// Returns the types the arguments have to be cast to for `overload`, and in `result` the type of
// the call; none where it doesn't take them. `exact`: without any cast.
std::optional<std::vector<TypePtr>> MatchOverload(const Overload& overload,
                                                  const std::vector<TypePtr>& types, bool exact,
                                                  TypePtr* result);

// Resolves what the kinds of a row can't say: arithmetic on decimals and times, CASE, structs,
// maps, elements. Returns null where `name` is none of them.
Result<ExpressionPtr> ResolveSpecial(std::string_view name,
                                     const std::vector<ExpressionPtr>& arguments, Span span);

// Resolves functions that are others in disguise. Returns null where `name` is none of them.
Result<ExpressionPtr> ResolveDerived(std::string_view name,
                                     const std::vector<ExpressionPtr>& arguments, Span span);

// Resolves to_json, of a struct, an array or a map.
Result<ExpressionPtr> ResolveToJson(const ExpressionPtr& value, Span span);

ExpressionPtr MakeCall(std::string_view name, std::vector<ExpressionPtr> arguments, TypePtr type,
                       bool nullable, Span span);

}  // namespace headrace::sql
