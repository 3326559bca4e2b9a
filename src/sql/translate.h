// Expressions as DuckDB's SQL.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "sql/expression.h"
#include "sql/native.h"

namespace headrace::sql {

// What an expression reads: a column, or a field of a struct column; {2, 0} is the first field of
// column 2. Such a path never passes through an array or a map.
using InputPath = std::vector<int>;

// The name that typeof() gives a type: "array<int>", "struct<a:decimal(10,2)>".
std::string SimpleTypeName(const arrow::DataType& type);

// Returns the path where `expression` is nothing but one; otherwise an empty one.
InputPath PathOf(const Expression& expression);

// Translates expressions over one input. The paths they read become the columns c0, c1, ... of the
// statement, in the order of inputs().
class Translator {
 public:
  // Returns SQL whose DuckDB type is that of `expression`.
  //
  // Errors: fatal where the function table has no row for a call; a user error where the
  // expression is too large.
  Result<std::string> Translate(const Expression& expression);

  // Translates a predicate: null counts as false.
  Result<std::string> TranslateFilter(const Expression& predicate);

  const std::vector<InputPath>& inputs() const { return inputs_; }
  const std::vector<NativeUse>& natives() const { return natives_; }
  // Whether the statement has the parameter $1: the time in microseconds, a BIGINT.
  bool reads_clock() const { return reads_clock_; }

 private:
  Result<std::string> TranslateNode(const Expression& expression);
  Result<std::string> TranslateCall(const Call& call, const Expression& expression);
  Result<std::string> TranslateLogic(const Call& call);
  // translate_lambda.cc
  Result<std::string> TranslateHigherOrder(const Call& call);
  Result<std::string> TranslateTry(const Call& call);
  Result<std::string> TranslateAggregate(const Call& call, const std::string& list,
                                         const std::string& e);
  Result<std::string> TranslateSort(const Call& call, const std::string& list,
                                    const std::string& e);
  Result<std::string> TranslateBody(const Expression& function,
                                    const std::vector<std::string>& parameters);
  Result<std::string> TranslateCast(const Expression& operand, const TypePtr& type, bool try_cast);
  Result<std::string> CastText(const std::string& operand, const TypePtr& from, const TypePtr& to,
                               bool try_cast);
  Result<std::string> CastNested(const std::string& operand, const TypePtr& from, const TypePtr& to,
                                 bool try_cast);
  Result<std::string> UseNative(std::string_view kernel, const std::vector<TypePtr>& types,
                                const TypePtr& result, const std::vector<std::string>& arguments);

  std::vector<InputPath> inputs_;
  std::vector<NativeUse> natives_;
  bool reads_clock_ = false;
  int lambdas_ = 0;
  std::map<int, std::string> variables_;  // what a LambdaVariable is called
};

}  // namespace headrace::sql
