// What a SELECT groups by and computes a group: collected while its expressions are analyzed, then
// lowered to Project - [GroupingSets] - Aggregate.
//
// Expressions of a grouped SELECT are analyzed over the columns of the relation, followed by the
// column `window` where there is one, the id of the grouping set where there are some, and a column
// an aggregate call. Lowering maps them to the
// columns of the Aggregate node.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "sql/expression.h"
#include "sql/plan.h"

namespace headrace::sql {

// window(time, size[, slide[, start]]) as written; lengths in microseconds.
struct WindowCall {
  ExpressionPtr time;
  int64_t size_us = 0;
  int64_t slide_us = 0;
  int64_t start_us = 0;
  bool session = false;  // session_window(time, gap): the gap is the size

  // What its column is called.
  const char* column() const { return session ? "session_window" : "window"; }
  bool Same(const WindowCall& other) const;
};

// The type of the column `window`: struct<start, end>.
std::shared_ptr<arrow::DataType> WindowType();

// How many expressions GROUP BY may have.
inline constexpr size_t kGroupingKeysMax = 256;

// How many different aggregate calls one SELECT may have.
inline constexpr size_t kAggregateCallsMax = 1024;

class Grouping {
 public:
  // `columns` is the number of columns that expressions see before aggregate calls: those of the
  // relation, and `window`.
  void SetColumns(int relation_columns);
  void SetWindow(WindowCall window) { window_ = std::move(window); }
  // Returns which key it is, counted from 0.
  size_t AddKey(ExpressionPtr key);
  // For each set, whether it holds the key; after the last key.
  void SetGroupingSets(std::vector<std::vector<bool>> sets) { sets_ = std::move(sets); }

  const std::optional<WindowCall>& window() const { return window_; }
  int window_column() const { return relation_columns_; }
  const std::vector<ExpressionPtr>& keys() const { return keys_; }
  bool has_sets() const { return !sets_.empty(); }

  // Returns the column with the id of the grouping set.
  ExpressionPtr GroupingIdColumn(Span span) const;

  // Returns the column of an aggregate call, the same for equal calls. `argument` is null for
  // count(*).
  ExpressionPtr AddCall(const std::string& function, ExpressionPtr argument, bool distinct,
                        std::shared_ptr<arrow::DataType> type, std::vector<double> parameters,
                        Span span);

  size_t calls() const { return calls_.size(); }

  // Returns whether `expression` holds an aggregate call, or the window.
  bool UsesGroup(const Expression& expression) const;

  // Returns the Aggregate over a Project that computes times, keys and arguments from `input`.
  PlanPtr Lower(PlanPtr input) const;

  // Returns an expression over the columns of the Aggregate.
  //
  // Errors: a user error where it uses a column that is neither grouped by nor aggregated.
  Result<ExpressionPtr> OverGroups(const ExpressionPtr& expression) const;

 private:
  struct CallOfGroup {
    std::string function;
    ExpressionPtr argument;
    bool distinct;
    std::shared_ptr<arrow::DataType> type;
    std::vector<double> parameters;
  };

  int first_key() const { return window_ ? 1 : 0; }
  int set_columns() const { return sets_.empty() ? 0 : 2; }
  int first_call() const { return first_key() + static_cast<int>(keys_.size()) + set_columns(); }
  bool KeyCanBeLeftOut(size_t key) const;
  PlanPtr OverSets(PlanPtr input) const;
  Status NotGrouped(const Expression& expression) const;

  std::optional<WindowCall> window_;
  std::vector<ExpressionPtr> keys_;
  std::vector<std::vector<bool>> sets_;
  std::vector<CallOfGroup> calls_;
  int relation_columns_ = 0;
  int columns_ = 0;
};

}  // namespace headrace::sql
