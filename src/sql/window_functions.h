// The window functions of one SELECT, such as row_number() OVER (...): collected while its
// expressions are analyzed, then lowered to Rank nodes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "sql/expression.h"
#include "sql/plan.h"

namespace headrace::sql {

class WindowFunctions {
 public:
  struct Order {
    ExpressionPtr expression;
    bool descending = false;
    bool nulls_first = true;
  };

  // Returns what stands for the function until Place() puts a column there; the same for equal
  // functions.
  ExpressionPtr Add(const std::string& function, std::vector<ExpressionPtr> partition,
                    std::vector<Order> order, Span span);

  bool empty() const { return calls_.empty(); }

  // Maps the expressions that the functions are over.
  Status Map(const std::function<Result<ExpressionPtr>(const ExpressionPtr&)>& map);

  // Returns `input` with a column a function behind its own.
  PlanPtr Lower(PlanPtr input) const;

  // Returns `expression` over the columns that Lower() returns, where `input_columns` is the number
  // of columns of its input.
  static ExpressionPtr Place(const ExpressionPtr& expression, int input_columns);

 private:
  struct CallOfWindow {
    std::string function;
    std::vector<ExpressionPtr> partition;
    std::vector<Order> order;
  };

  std::vector<CallOfWindow> calls_;
};

// Whether `function` (any case) is one that OVER makes a window function of, and that is supported.
bool IsRankingFunction(std::string_view function);

}  // namespace headrace::sql
