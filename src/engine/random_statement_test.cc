#include "engine/random_statement.h"

#include <fmt/format.h>

namespace headrace::engine {

std::string RandomStatement::Query(int depth, int columns) {
  switch (Below(depth > 0 ? 12 : 8)) {
    case 0:
    case 1:
    case 2:
      return Group(depth, columns);
    case 3:
      return Ranked(depth, columns);
    case 4:
      return "SELECT DISTINCT" + Project(depth, columns).substr(6);
    case 8:
      return First(depth - 1, columns);
    case 9:
    case 10:
      return Union(depth - 1, columns);
    default:
      return Project(depth, columns);
  }
}

std::string RandomStatement::Items(const Relations& relations, int columns) {
  std::string items;
  for (int i = 0; i < columns; ++i)
    items += fmt::format("{}{} AS c{}", i == 0 ? "" : ", ", Value(relations, 2), i);
  return items;
}

std::string RandomStatement::Project(int depth, int columns) {
  Relations relations;
  const std::string from = From(depth, &relations);
  return fmt::format("SELECT {} FROM {}{}", Items(relations, columns), from,
                     Where(depth, relations));
}

std::string RandomStatement::Group(int depth, int columns) {
  Relations relations;
  const std::string from = From(depth, &relations);
  const std::string where = Where(depth, relations);
  const int keys = Below(columns + 1);
  std::string items;
  std::string by;
  std::string first;
  for (int i = 0; i < columns; ++i) {
    const std::string item =
        i < keys ? Column(relations) + Pick({"", " + 1", " * 2"}) : Aggregate(relations);
    items += fmt::format("{}{} AS c{}", i == 0 ? "" : ", ", item, i);
    if (i == 0) first = item;
    if (i < keys) by += (i == 0 ? "" : ", ") + item;
  }
  std::string text = fmt::format("SELECT {} FROM {}{}", items, from, where);
  // Not ROLLUP: over no rows Spark has no total, DuckDB has one.
  const bool sets = keys > 1 && OneIn(3);
  if (sets) by = fmt::format("GROUPING SETS (({}), ({}))", by, first);
  if (keys > 0) text += " GROUP BY " + by;
  if (keys > 0 && OneIn(3)) text += fmt::format(" HAVING {} > {}", Aggregate(relations), Number());
  return text;
}

std::string RandomStatement::Ranked(int depth, int columns) {
  Relations relations;
  const std::string from = From(depth, &relations);
  return fmt::format("SELECT {} FROM {}{} QUALIFY {}() OVER ({}ORDER BY {} {} NULLS {}) <= {}",
                     Items(relations, columns), from, Where(depth, relations),
                     Pick({"rank", "dense_rank"}),
                     OneIn(3) ? "" : "PARTITION BY " + Column(relations) + " ", Column(relations),
                     Pick({"ASC", "DESC"}), Pick({"FIRST", "LAST"}), 1 + Below(3));
}

// By all columns, so that it makes no difference which of equal rows come first.
std::string RandomStatement::First(int depth, int columns) {
  const std::string alias = Alias();
  std::string items;
  std::string by;
  for (int i = 0; i < columns; ++i) {
    items += fmt::format("{}{}.c{}", i == 0 ? "" : ", ", alias, i);
    by += fmt::format("{}c{} {} NULLS {}", i == 0 ? "" : ", ", i, Pick({"ASC", "DESC"}),
                      Pick({"FIRST", "LAST"}));
  }
  return fmt::format("SELECT {} FROM ({}) {} ORDER BY {} LIMIT {}", items, Query(depth, columns),
                     alias, by, 1 + Below(5));
}

std::string RandomStatement::Union(int depth, int columns) {
  return fmt::format("({}) {} ({})", Query(depth, columns), Pick({"UNION", "UNION ALL"}),
                     Query(depth, columns));
}

RandomStatement::Relation RandomStatement::Read(int depth) {
  Relation relation{.text = "", .alias = Alias(), .columns = {"id", "k", "v"}};
  if (depth == 0 || OneIn(2)) {
    relation.text = Pick({"a", "b"}) + " " + relation.alias;
    return relation;
  }
  const int columns = 1 + Below(2);
  relation.columns.clear();
  for (int i = 0; i < columns; ++i) relation.columns.push_back(fmt::format("c{}", i));
  relation.text = fmt::format("({}) {}", Query(depth - 1, columns), relation.alias);
  return relation;
}

std::string RandomStatement::From(int depth, Relations* relations) {
  relations->push_back(Read(depth));
  std::string text = relations->back().text;
  while (OneIn(3) && relations->size() < 3) {
    const Relation right = Read(depth > 0 ? depth - 1 : 0);
    const std::string kind = Pick({"", "", "LEFT ", "RIGHT ", "FULL ", "SEMI ", "ANTI "});
    Relations both = *relations;
    both.push_back(right);
    text +=
        fmt::format(" {}JOIN {} ON {} = {}", kind, right.text, Column(*relations), Column({right}));
    if (OneIn(3)) text += fmt::format(" AND {}", Predicate(both, 1));
    if (kind != "SEMI " && kind != "ANTI ") *relations = both;
  }
  return text;
}

std::string RandomStatement::Where(int depth, const Relations& relations) {
  const bool subquery = depth > 0 && OneIn(3);
  std::string text = OneIn(2) ? Predicate(relations, 2) : "";
  if (subquery) text += (text.empty() ? "" : " AND ") + Subquery(depth - 1, relations);
  return text.empty() ? "" : " WHERE " + text;
}

std::string RandomStatement::Subquery(int depth, const Relations& relations) {
  const std::string negation = OneIn(2) ? "NOT " : "";
  if (OneIn(2)) return fmt::format("{} {}IN ({})", Column(relations), negation, Query(depth, 1));
  const Relation inner = Read(0);
  Relations both = relations;
  both.push_back(inner);
  return fmt::format("{}EXISTS (SELECT 1 FROM {} WHERE {} = {} AND {})", negation, inner.text,
                     Column({inner}), Column(relations), Predicate(both, 1));
}

std::string RandomStatement::Column(const Relations& relations) {
  const Relation& relation =
      relations[static_cast<size_t>(Below(static_cast<int>(relations.size())))];
  return relation.alias + "." + Pick(relation.columns);
}

std::string RandomStatement::Value(const Relations& relations, int depth) {
  if (depth == 0) return OneIn(6) ? Number() : Column(relations);
  switch (Below(7)) {
    case 0:
      return fmt::format("({} {} {})", Value(relations, depth - 1), Pick({"+", "-", "*"}),
                         Value(relations, depth - 1));
    case 1:
      return fmt::format("coalesce({}, {})", Column(relations), Value(relations, depth - 1));
    case 2:
      return fmt::format("CASE WHEN {} THEN {} ELSE {} END", Predicate(relations, depth - 1),
                         Value(relations, depth - 1), Value(relations, depth - 1));
    case 3:
      return fmt::format("abs({})", Value(relations, depth - 1));
    default:
      return Column(relations);
  }
}

std::string RandomStatement::Predicate(const Relations& relations, int depth) {
  if (depth > 0 && OneIn(3))
    return fmt::format("({} {} {})", Predicate(relations, depth - 1), Pick({"AND", "OR"}),
                       Predicate(relations, depth - 1));
  switch (Below(6)) {
    case 0:
      return fmt::format("{} IS {}NULL", Column(relations), Pick({"", "NOT "}));
    case 1:
      return fmt::format("{} IN ({}, {})", Column(relations), Number(), Number());
    case 2:
      return fmt::format("{} BETWEEN {} AND {}", Column(relations), Number(), Column(relations));
    case 3:
      return fmt::format("NOT {} = {}", Column(relations), Value(relations, 0));
    default:
      return fmt::format("{} {} {}", Column(relations), Pick({"=", "<>", "<", "<=", ">", ">="}),
                         Value(relations, depth == 0 ? 0 : 1));
  }
}

std::string RandomStatement::Aggregate(const Relations& relations) {
  const std::string column = Column(relations);
  const std::string call = Pick({"count(*)", "count({})", "count(DISTINCT {})", "sum({})",
                                 "min({})", "max({})", "max({} * 2)", "sum(DISTINCT {})"});
  const std::string filter =
      OneIn(4) ? fmt::format(" FILTER (WHERE {})", Predicate(relations, 0)) : "";
  return fmt::format(fmt::runtime(call), column) + filter;
}

}  // namespace headrace::engine
