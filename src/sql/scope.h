// The names an expression may use: the columns of the relation in FROM.
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

// Immutable but for AddColumn(). Names are compared without regard to case.
class Scope {
 public:
  // `relation` is its name in Relations; `written` is how FROM names it.
  Scope(std::string relation, const ast::Relation& written, const arrow::Schema& schema);

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
  ExpressionPtr ColumnAt(size_t index, Span span) const;
  bool IsRelation(const ast::Identifier& name) const;
  size_t CountOf(std::string_view column) const;
  Status UnknownColumn(const std::vector<ast::Identifier>& parts) const;

  std::string relation_;
  std::vector<std::string> qualifiers_;
  arrow::FieldVector columns_;
  int relation_columns_;
};

// Returns base.field: a struct's field, or a map's value of that key.
//
// Errors: user errors where `base` has none.
Result<ExpressionPtr> AccessField(ExpressionPtr base, const ast::Identifier& field);

}  // namespace headrace::sql
