// The names an expression may use: the columns of what FROM names.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/ast.h"
#include "sql/expression.h"

namespace headrace::sql {

// Immutable but for the functions that add columns. Names are compared without regard to case.
class Scope {
 public:
  // `relation` is its name in Relations; `written` is how FROM names it.
  Scope(std::string relation, const ast::Relation& written, const arrow::Schema& schema);

  // Adds the columns of a LATERAL VIEW, which `name` (or nothing) may stand before.
  void AddGenerated(const std::string& name, const arrow::FieldVector& columns);

  // Adds a column that isn't one of the relation, such as `window`; returns its index. A star
  // doesn't expand to it.
  int AddColumn(std::string name, std::shared_ptr<arrow::DataType> type, bool nullable);

  // Returns whether the name, or what stands before its first point, is a column; a relation may
  // stand before it.
  bool Knows(const std::vector<ast::Identifier>& parts) const;

  // Returns the column, or the field inside one, that `parts` name.
  //
  // Errors: user errors where there is none, or more than one column of that name.
  Result<ExpressionPtr> Resolve(const std::vector<ast::Identifier>& parts, Span span) const;

  // Returns `parts` without the relation that qualifies them.
  std::vector<ast::Identifier> WithoutRelation(const std::vector<ast::Identifier>& parts) const;

  // Returns what a star stands for: names and expressions. `qualifier` is empty, the relation, or a
  // column that is a struct.
  struct Column {
    std::string name;
    ExpressionPtr expression;
  };
  Result<std::vector<Column>> Expand(const std::vector<ast::Identifier>& qualifier,
                                     Span span) const;

  int relation_columns() const { return relation_columns_; }

 private:
  // What a name may mean: columns, and whether the relation they are of stands before them.
  struct Found {
    std::vector<size_t> columns;
    bool qualified = false;
  };

  Found Find(const std::vector<ast::Identifier>& parts) const;
  ExpressionPtr ColumnAt(size_t index, Span span) const;
  bool IsRelation(const ast::Identifier& name) const;
  bool IsOf(size_t column, const ast::Identifier& relation) const;
  Status UnknownColumn(const std::vector<ast::Identifier>& parts) const;

  std::string relation_;
  std::vector<std::vector<std::string>> qualifiers_;  // the names of each relation
  arrow::FieldVector columns_;
  std::vector<size_t> owners_;  // of the columns: a relation, or none
  int relation_columns_;
};

// Returns base.field: a struct's field, or a map's value of that key.
//
// Errors: user errors where `base` has none.
Result<ExpressionPtr> AccessField(ExpressionPtr base, const ast::Identifier& field);

}  // namespace headrace::sql
