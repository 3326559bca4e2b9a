#include "sql/scope.h"

#include <fmt/format.h>

#include <algorithm>
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

Scope::Scope(const std::string& relation, const ast::Relation& written, const arrow::Schema& schema)
    : relations_{{relation, {}}}, relation_columns_(schema.num_fields()) {
  if (written.alias) {
    relations_[0].qualifiers = {written.alias->name};
  } else if (written.query == nullptr) {
    relations_[0].qualifiers = {relation, relation.substr(relation.rfind('.') + 1)};
  }
  for (const auto& field : schema.fields()) {
    star_.push_back(static_cast<int>(columns_.size()));
    columns_.push_back({field, 0, false});
  }
}

void Scope::AddGenerated(const std::string& name, const arrow::FieldVector& columns) {
  const int relation = static_cast<int>(relations_.size());
  relations_.push_back({name, {name}});
  for (const auto& field : columns) {
    star_.push_back(static_cast<int>(columns_.size()));
    columns_.push_back({field, relation, false});
  }
  relation_columns_ = static_cast<int>(columns_.size());
}

void Scope::Append(const Scope& joined) {
  const int relations = static_cast<int>(relations_.size());
  for (const Relation& relation : joined.relations_) relations_.push_back(relation);
  for (ColumnOfRelation column : joined.columns_) {
    if (column.relation >= 0) column.relation += relations;
    columns_.push_back(std::move(column));
  }
  for (const int column : joined.star_) star_.push_back(relation_columns_ + column);
  relation_columns_ += joined.relation_columns_;
}

void Scope::SetNullable(int begin, int end) {
  for (int i = begin; i < end; ++i) columns_[i].field = columns_[i].field->WithNullable(true);
}

int Scope::AddMerged(const std::shared_ptr<arrow::Field>& field) {
  columns_.push_back({field, -1, false});
  return relation_columns_++;
}

void Scope::Merge(const std::vector<int>& merged, const std::vector<int>& hidden) {
  for (const int column : hidden) columns_[column].hidden = true;
  std::vector<int> star = merged;
  for (const int column : star_) {
    const bool known = std::ranges::find(merged, column) != merged.end();
    if (!known && !columns_[column].hidden) star.push_back(column);
  }
  star_ = std::move(star);
}

int Scope::AddColumn(std::string name, std::shared_ptr<arrow::DataType> type, bool nullable) {
  columns_.push_back({arrow::field(std::move(name), std::move(type), nullable), -1, false});
  return static_cast<int>(columns_.size()) - 1;
}

ExpressionPtr Scope::ColumnAt(int column, Span span) const {
  const arrow::Field& field = *columns_[column].field;
  return std::make_shared<Expression>(
      Expression{ColumnReference{column}, field.type(), field.nullable(), span});
}

std::vector<int> Scope::Find(std::string_view name, int begin, int end) const {
  std::vector<int> found;
  for (int i = begin; i < end; ++i) {
    if (!columns_[i].hidden && SameName(columns_[i].field->name(), name)) found.push_back(i);
  }
  return found;
}

std::vector<int> Scope::FindQualified(const ast::Identifier& relation,
                                      std::string_view column) const {
  std::vector<int> found;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].relation < 0 || !SameName(columns_[i].field->name(), column)) continue;
    const auto& qualifiers = relations_[columns_[i].relation].qualifiers;
    if (std::ranges::any_of(qualifiers, [&](const std::string& qualifier) {
          return SameName(qualifier, relation.name);
        }))
      found.push_back(static_cast<int>(i));
  }
  return found;
}

bool Scope::IsRelation(const ast::Identifier& name) const {
  return std::ranges::any_of(relations_, [&](const Relation& relation) {
    return std::ranges::any_of(relation.qualifiers, [&](const std::string& qualifier) {
      return SameName(qualifier, name.name);
    });
  });
}

bool Scope::IsQualified(const std::vector<ast::Identifier>& parts) const {
  return parts.size() > 1 && !FindQualified(parts[0], parts[1].name).empty();
}

std::vector<ast::Identifier> Scope::WithoutRelation(
    const std::vector<ast::Identifier>& parts) const {
  return {parts.begin() + (IsQualified(parts) ? 1 : 0), parts.end()};
}

bool Scope::Knows(const std::vector<ast::Identifier>& parts) const {
  return IsQualified(parts) ||
         !Find(parts.front().name, 0, static_cast<int>(columns_.size())).empty();
}

std::string Scope::QualifierNames() const {
  std::string names;
  for (const Relation& relation : relations_)
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ",
                         relation.qualifiers.empty() ? relation.name : relation.qualifiers[0]);
  return names;
}

std::string Scope::RelationNames() const {
  std::string names;
  for (const Relation& relation : relations_)
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ", relation.name);
  return names;
}

Status Scope::UnknownColumn(const std::vector<ast::Identifier>& parts) const {
  const bool qualified = parts.size() > 1 && IsRelation(parts[0]);
  const ast::Identifier& column = parts[qualified ? 1 : 0];
  arrow::FieldVector fields;
  std::string names = RelationNames();
  for (const ColumnOfRelation& candidate : columns_) {
    if (qualified) {
      if (candidate.relation < 0 || FindQualified(parts[0], candidate.field->name()).empty())
        continue;
      names = fmt::format("'{}'", relations_[candidate.relation].name);
    }
    fields.push_back(candidate.field);
  }
  return ErrorAt(column.span, fmt::format("unknown column '{}' in {}", column.name, names),
                 Hint(fmt::format("columns of {}", names), column.name, NamesOf(fields)));
}

Status Scope::Ambiguous(const ast::Identifier& column, const std::vector<int>& found) const {
  const int first = columns_[found[0]].relation;
  const bool several =
      std::ranges::any_of(found, [&](int index) { return columns_[index].relation != first; });
  if (!several || first < 0)
    return ErrorAt(column.span,
                   fmt::format("the name '{}' is ambiguous: {} columns of {} bear it", column.name,
                               found.size(), RelationNames()),
                   "names are compared without regard to case");
  return ErrorAt(column.span,
                 fmt::format("the name '{}' is ambiguous: {} relations have such a column",
                             column.name, found.size()),
                 fmt::format("write {}.{}", relations_[first].qualifiers.back(), column.name));
}

Result<ExpressionPtr> Scope::Resolve(const std::vector<ast::Identifier>& parts, Span span) const {
  const bool qualified = IsQualified(parts);
  const std::vector<ast::Identifier> path = WithoutRelation(parts);
  const ast::Identifier& column = path.front();
  const std::vector<int> found = qualified
                                     ? FindQualified(parts[0], column.name)
                                     : Find(column.name, 0, static_cast<int>(columns_.size()));
  if (found.empty()) return UnknownColumn(parts);
  if (found.size() > 1) return Ambiguous(column, found);
  // The place of a.b.c begins at a, also when a is the relation.
  ExpressionPtr expression =
      ColumnAt(found[0], path.size() == 1 ? span : Join(parts[0].span, column.span));
  for (auto field = path.begin() + 1; field != path.end(); ++field) {
    ASSIGN_OR_RAISE(expression, AccessField(std::move(expression), *field));
  }
  return expression;
}

Result<std::vector<Scope::Column>> Scope::Expand(const std::vector<ast::Identifier>& qualifier,
                                                 Span span) const {
  std::vector<Column> columns;
  if (qualifier.empty()) {
    for (const int index : star_)
      columns.push_back({columns_[index].field->name(), ColumnAt(index, span)});
    return columns;
  }
  if (qualifier.size() == 1 && IsRelation(qualifier[0])) {
    for (int i = 0; i < relation_columns_; ++i) {
      const std::string& name = columns_[i].field->name();
      if (std::ranges::count(FindQualified(qualifier[0], name), i) > 0)
        columns.push_back({name, ColumnAt(i, span)});
    }
    return columns;
  }
  if (!Knows(qualifier))
    return ErrorAt(qualifier[0].span, fmt::format("'{}' is neither {} nor a struct in it",
                                                  Written(qualifier), QualifierNames()));
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
