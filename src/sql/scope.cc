#include "sql/scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "sql/error.h"
#include "sql/functions.h"
#include "sql/names.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

std::string Written(const std::vector<ast::Identifier>& parts) {
  std::string out;
  for (const ast::Identifier& part : parts) out += (out.empty() ? "" : ".") + part.name;
  return out;
}

// How many columns a hint lists.
constexpr size_t kHintNamesMax = 40;

std::string Hint(const std::string& what, std::string_view word, std::vector<std::string> names) {
  if (names.size() <= kHintNamesMax) return HintOfNames(what, word, names);
  const std::string_view near = Nearest(word, names);
  if (!near.empty()) return fmt::format("did you mean '{}'?", near);
  names.resize(kHintNamesMax);
  return HintOfNames(what, "", names) + ", ...";
}

std::vector<std::string> NamesOf(const arrow::FieldVector& fields) {
  std::vector<std::string> names;
  for (const auto& field : fields) names.push_back(field->name());
  return names;
}

}  // namespace

Scope::Scope(std::string relation, const ast::Relation& written, const arrow::Schema& schema)
    : relation_(std::move(relation)),
      columns_(schema.fields()),
      owners_(columns_.size(), 0),
      relation_columns_(schema.num_fields()) {
  if (written.alias) {
    qualifiers_ = {{written.alias->name}};
  } else if (written.query == nullptr) {
    qualifiers_ = {{relation_, relation_.substr(relation_.rfind('.') + 1)}};
  } else {
    qualifiers_ = {{}};
  }
}

void Scope::AddGenerated(const std::string& name, const arrow::FieldVector& columns) {
  owners_.insert(owners_.end(), columns.size(), qualifiers_.size());
  qualifiers_.push_back({name});
  columns_.insert(columns_.end(), columns.begin(), columns.end());
  relation_columns_ = static_cast<int>(columns_.size());
}

int Scope::AddColumn(std::string name, std::shared_ptr<arrow::DataType> type, bool nullable) {
  columns_.push_back(arrow::field(std::move(name), std::move(type), nullable));
  owners_.push_back(SIZE_MAX);
  return static_cast<int>(columns_.size()) - 1;
}

ExpressionPtr Scope::ColumnAt(size_t index, Span span) const {
  const arrow::Field& field = *columns_[index];
  return std::make_shared<Expression>(
      Expression{ColumnReference{static_cast<int>(index)}, field.type(), field.nullable(), span});
}

bool Scope::IsRelation(const ast::Identifier& name) const {
  return std::any_of(qualifiers_.begin(), qualifiers_.end(), [&](const auto& names) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& one) { return SameName(one, name.name); });
  });
}

bool Scope::IsOf(size_t column, const ast::Identifier& relation) const {
  if (owners_[column] >= qualifiers_.size()) return false;
  const auto& names = qualifiers_[owners_[column]];
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& one) { return SameName(one, relation.name); });
}

Scope::Found Scope::Find(const std::vector<ast::Identifier>& parts) const {
  Found found;
  for (size_t i = 0; i < columns_.size() && parts.size() > 1; ++i) {
    if (SameName(columns_[i]->name(), parts[1].name) && IsOf(i, parts[0]))
      found.columns.push_back(i);
  }
  found.qualified = !found.columns.empty();
  for (size_t i = 0; i < columns_.size() && !found.qualified; ++i) {
    if (SameName(columns_[i]->name(), parts[0].name)) found.columns.push_back(i);
  }
  return found;
}

std::vector<ast::Identifier> Scope::WithoutRelation(
    const std::vector<ast::Identifier>& parts) const {
  return {parts.begin() + (Find(parts).qualified ? 1 : 0), parts.end()};
}

bool Scope::Knows(const std::vector<ast::Identifier>& parts) const {
  return !Find(parts).columns.empty();
}

Status Scope::UnknownColumn(const std::vector<ast::Identifier>& parts) const {
  const bool qualified = parts.size() > 1 && IsRelation(parts[0]);
  const ast::Identifier& column = parts[qualified ? 1 : 0];
  return ErrorAt(column.span, fmt::format("unknown column '{}' in '{}'", column.name, relation_),
                 Hint(fmt::format("columns of '{}'", relation_), column.name, NamesOf(columns_)));
}

Result<ExpressionPtr> Scope::Resolve(const std::vector<ast::Identifier>& parts, Span span) const {
  const Found found = Find(parts);
  const std::vector<ast::Identifier> path(parts.begin() + (found.qualified ? 1 : 0), parts.end());
  const ast::Identifier& column = path.front();
  if (found.columns.empty()) return UnknownColumn(parts);
  if (found.columns.size() > 1)
    return ErrorAt(column.span,
                   fmt::format("the name '{}' is ambiguous: {} columns of '{}' bear it",
                               column.name, found.columns.size(), relation_),
                   qualifiers_.size() > 1 ? "write which relation it is of: name.column"
                                          : "names are compared without regard to case");
  // The place of a.b.c begins at a, also when a is the relation.
  ExpressionPtr expression =
      ColumnAt(found.columns.front(), path.size() == 1 ? span : Join(parts[0].span, column.span));
  for (auto field = path.begin() + 1; field != path.end(); ++field) {
    ASSIGN_OR_RAISE(expression, AccessField(std::move(expression), *field));
  }
  return expression;
}

Result<std::vector<Scope::Column>> Scope::Expand(const std::vector<ast::Identifier>& qualifier,
                                                 Span span) const {
  std::vector<Column> columns;
  if (qualifier.empty() || (qualifier.size() == 1 && IsRelation(qualifier[0]))) {
    for (size_t i = 0; i < static_cast<size_t>(relation_columns_); ++i) {
      if (qualifier.empty() || IsOf(i, qualifier[0]))
        columns.push_back({columns_[i]->name(), ColumnAt(i, span)});
    }
    return columns;
  }
  if (!Knows(qualifier))
    return ErrorAt(qualifier[0].span, fmt::format("'{}' is neither '{}' nor a struct in it",
                                                  Written(qualifier), relation_));
  ASSIGN_OR_RAISE(const ExpressionPtr base, Resolve(qualifier, span));
  if (base->type->id() != arrow::Type::STRUCT)
    return ErrorAt(span, fmt::format("'{}' is a {}, not a struct that * could expand",
                                     Written(qualifier), TypeName(*base->type)));
  for (const auto& field : base->type->fields()) {
    ASSIGN_OR_RAISE(ExpressionPtr value, AccessField(base, {field->name(), span}));
    columns.push_back({field->name(), std::move(value)});
  }
  return columns;
}

Result<ExpressionPtr> AccessField(ExpressionPtr base, const ast::Identifier& field) {
  const Span span = Join(base->span, field.span);
  const auto type = base->type;
  if (type->id() == arrow::Type::MAP) {
    ExpressionPtr key = MakeLiteral(std::make_shared<arrow::StringScalar>(field.name), field.span);
    return ResolveCall("[]", {std::move(base), std::move(key)}, span);
  }
  if (type->id() == arrow::Type::LIST)
    return ErrorAt(field.span, fmt::format("an {} has no field '{}'", TypeName(*type), field.name),
                   "take one element first: name[0]");
  if (type->id() != arrow::Type::STRUCT)
    return ErrorAt(field.span, fmt::format("a {} has no fields", TypeName(*type)));
  std::shared_ptr<arrow::Field> found;
  for (const auto& candidate : type->fields()) {
    if (!SameName(candidate->name(), field.name)) continue;
    if (found != nullptr)
      return ErrorAt(field.span, fmt::format("the field name '{}' is ambiguous", field.name),
                     "names are compared without regard to case");
    found = candidate;
  }
  if (found == nullptr)
    return ErrorAt(field.span, fmt::format("unknown field '{}'", field.name),
                   Hint("fields", field.name, NamesOf(type->fields())));
  const bool nullable = base->nullable || found->nullable();
  return std::make_shared<Expression>(
      Expression{FieldAccess{std::move(base), found->name()}, found->type(), nullable, span});
}

}  // namespace headrace::sql
