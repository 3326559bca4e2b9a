// From a syntax tree to a typed expression: names, stars, aggregates, window() and types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/ast.h"
#include "sql/coercion.h"
#include "sql/expression.h"
#include "sql/grouping.h"
#include "sql/scope.h"
#include "sql/window_functions.h"

namespace headrace::sql {

// A name that SELECT gave to an expression.
struct Alias {
  std::string name;
  ExpressionPtr expression;
  int depth = 1;
  int64_t size = 1;
};

// How many nodes all expressions of a statement may have together, aliases expanded.
inline constexpr int64_t kStatementNodesMax = 100'000;

class ExpressionAnalyzer {
 public:
  // What an expression may use beside the columns of `scope`.
  struct Rules {
    std::string_view clause = "SELECT";                   // for messages
    const std::vector<Alias>* aliases = nullptr;          // names that SELECT gives
    bool aliases_first = false;                           // they hide columns, as in HAVING
    Grouping* grouping = nullptr;                         // null: no aggregate functions
    WindowFunctions* windows = nullptr;                   // null: no window functions
    const std::vector<ast::SelectItem>* items = nullptr;  // GROUP BY: aliases, not yet analyzed
  };

  // `nodes` counts what the whole statement has used of kStatementNodesMax.
  ExpressionAnalyzer(const Scope& scope, Rules rules, int64_t* nodes)
      : scope_(scope), rules_(rules), nodes_(*nodes) {}

  // Errors: user errors, several where several operands are wrong.
  Result<ExpressionPtr> Analyze(const ast::Expression& expression);

  // Returns a call of window() that is the whole expression.
  Result<WindowCall> AnalyzeWindow(const ast::Function& function, Span span);

  // Depth and size of what has been analyzed so far, aliases expanded.
  int depth() const { return depth_max_; }
  int64_t size() const { return size_; }

 private:
  Result<ExpressionPtr> Node(const ast::Literal& literal, Span span);
  Result<ExpressionPtr> Node(const ast::Name& name, Span span);
  Result<ExpressionPtr> Node(const ast::Star& star, Span span);
  Result<ExpressionPtr> Node(const ast::Field& field, Span span);
  Result<ExpressionPtr> Node(const ast::Operator& call, Span span);
  Result<ExpressionPtr> Node(const ast::Function& call, Span span);
  Result<ExpressionPtr> Node(const ast::Cast& cast, Span span);
  Result<ExpressionPtr> Node(const ast::Lambda& lambda, Span span);
  Result<ExpressionPtr> Node(const ast::Subquery& subquery, Span span);

  Result<ExpressionPtr> Between(const ast::Operator& call, Span span);
  Result<ExpressionPtr> Subscript(const ast::Operator& call, Span span);
  Result<WindowCall> AnalyzeSession(const ast::Function& function, Span span);
  Result<ExpressionPtr> WindowTime(const ast::Expression& argument);
  Result<ExpressionPtr> WindowFunction(const ast::Function& call, Span span);
  Result<ExpressionPtr> WindowColumn(const ast::Function& call, Span span);
  Result<ExpressionPtr> Aggregate(const std::string& function, const ast::Function& call,
                                  Span span);
  Result<ExpressionPtr> GroupingFunction(const ast::Function& call, Span span);

  // aggregate_lowering.cc: what a call becomes in the plan.
  struct LoweredAggregate {
    std::string function;
    ExpressionPtr argument = nullptr;  // null: of rows
    bool distinct = false;
    std::vector<double> parameters = {};
    bool several = false;  // an array, a result for each parameter
  };
  Result<LoweredAggregate> LowerAggregate(const std::string& function, const ast::Function& call,
                                          Span span);
  Result<LoweredAggregate> LowerCount(const ast::Function& call, Span span);
  Result<LoweredAggregate> LowerPairs(const std::string& function, const ast::Function& call,
                                      Span span);
  Result<LoweredAggregate> LowerPercentile(const std::string& function, const ast::Function& call,
                                           Span span);
  Result<LoweredAggregate> LowerFirst(const std::string& function, const ast::Function& call,
                                      Span span);
  Result<ExpressionPtr> OneArgument(const std::string& function, const ast::Function& call,
                                    Span span);
  Result<ExpressionPtr> Filtered(const ast::Function& call, ExpressionPtr argument, Span span);
  Result<ExpressionPtr> JoinList(ExpressionPtr list, const ast::Function& call, Span span);
  Result<std::vector<ExpressionPtr>> AnalyzeAll(const std::vector<ast::ExpressionPtr>& operands);
  // higher_order.cc
  Result<ExpressionPtr> HigherOrder(const ast::Function& call, Span span);
  Result<TypePtr> HigherOrderType(const std::string& name, const std::vector<ExpressionPtr>& values,
                                  const ExpressionPtr& function);
  Result<ExpressionPtr> LambdaOver(const ast::ExpressionPtr& written,
                                   const std::vector<TypePtr>& types);
  Result<ExpressionPtr> FindVariable(const ast::Name& name, Span span);
  Result<ExpressionPtr> FindAlias(const ast::Name& name, Span span, bool* found);
  Status Count(int depth, int64_t size, Span span);

  const Scope& scope_;
  Rules rules_;
  int64_t& nodes_;
  bool in_aggregate_ = false;
  std::vector<ExpressionPtr> variables_;  // of the lambdas around
  int depth_ = 0;
  int depth_max_ = 0;
  int64_t size_ = 0;
};

// Whether `name` (any case) may have a lambda as an argument.
bool TakesFunction(std::string_view name);

// Whether `function` (any case) is an aggregate, generator or window function of Spark that isn't
// supported.
bool IsUnsupportedFunction(std::string_view function);

// Whether a single name that is no column calls a function: current_timestamp.
bool IsFunctionWithoutBrackets(std::string_view name);

}  // namespace headrace::sql
