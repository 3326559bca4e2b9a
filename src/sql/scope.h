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

// Its columns are those of the plan of FROM, in the same order. Names are compared without regard
// to case.
class Scope {
 public:
  // `relation` is its name in Relations; `written` is how FROM names it.
  Scope(const std::string& relation, const ast::Relation& written, const arrow::Schema& schema);

  // Adds the columns of a LATERAL VIEW, which `name` (or nothing) may stand before.
  void AddGenerated(const std::string& name, const arrow::FieldVector& columns);

  // Adds what is joined: its columns follow those that are there.
  void Append(const Scope& joined);

  // Says that the columns [begin, end) may be null: those of a side that a join fills up.
  void SetNullable(int begin, int end);

  // Adds the column that stands for two columns of USING; returns its index.
  int AddMerged(const std::shared_ptr<arrow::Field>& field);

  // What USING does: `merged` come first in a star; `hidden` can only be named with their relation.
  void Merge(const std::vector<int>& merged, const std::vector<int>& hidden);

  // Adds a column that isn't one of the plan, such as `window`; returns its index. A star doesn't
  // expand to it.
  int AddColumn(std::string name, std::shared_ptr<arrow::DataType> type, bool nullable);

  // Returns the columns [begin, end) of this name that need no relation before it.
  std::vector<int> Find(std::string_view name, int begin, int end) const;
  const std::shared_ptr<arrow::Field>& field(int column) const { return columns_[column].field; }
  ExpressionPtr ColumnAt(int column, Span span) const;

  // Returns whether the name, or what stands before its first point, is a column; a relation may
  // stand before it.
  bool Knows(const std::vector<ast::Identifier>& parts) const;

  // Returns the column, or the field inside one, that `parts` name.
  //
  // Errors: user errors where there is none, or more than one column of that name.
  Result<ExpressionPtr> Resolve(const std::vector<ast::Identifier>& parts, Span span) const;

  // Returns `parts` without the relation that qualifies them.
  std::vector<ast::Identifier> WithoutRelation(const std::vector<ast::Identifier>& parts) const;

  // Returns what a star stands for: names and expressions. `qualifier` is empty, a relation, or a
  // column that is a struct.
  struct Column {
    std::string name;
    ExpressionPtr expression;
  };
  Result<std::vector<Column>> Expand(const std::vector<ast::Identifier>& qualifier,
                                     Span span) const;

  int relation_columns() const { return relation_columns_; }

 private:
  struct Relation {
    std::string name;
    std::vector<std::string> qualifiers;
  };
  struct ColumnOfRelation {
    std::shared_ptr<arrow::Field> field;
    int relation = -1;  // none: it can't be qualified
    bool hidden = false;
  };

  std::vector<int> FindQualified(const ast::Identifier& relation, std::string_view column) const;
  bool IsRelation(const ast::Identifier& name) const;
  bool IsQualified(const std::vector<ast::Identifier>& parts) const;
  std::string RelationNames() const;
  std::string QualifierNames() const;
  Status UnknownColumn(const std::vector<ast::Identifier>& parts) const;
  Status Ambiguous(const ast::Identifier& column, const std::vector<int>& found) const;

  std::vector<Relation> relations_;
  std::vector<ColumnOfRelation> columns_;
  std::vector<int> star_;
  int relation_columns_ = 0;
};

// Returns base.field: a struct's field, or a map's value of that key.
//
// Errors: user errors where `base` has none.
Result<ExpressionPtr> AccessField(ExpressionPtr base, const ast::Identifier& field);

}  // namespace headrace::sql
