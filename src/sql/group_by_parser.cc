#include "sql/group_by_parser.h"

#include <fmt/format.h>

#include <utility>

#include "sql/error.h"
#include "sql/expression_parser.h"
#include "sql/names.h"

namespace headrace::sql {
namespace {

using Set = std::vector<size_t>;
using Sets = std::vector<Set>;

Status TooMany(Span span) {
  return ErrorAt(span, fmt::format("GROUP BY has more than {} grouping sets", kGroupingSetsMax));
}

Set Joined(const Set& a, const Set& b) {
  Set both = a;
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

// ROLLUP(a, b): (a, b), (a), ().
Sets Rollup(const std::vector<Set>& elements) {
  Sets sets = {{}};
  for (const Set& element : elements) sets.insert(sets.begin(), Joined(sets.front(), element));
  return sets;
}

// CUBE(a, b): (a, b), (a), (b), ().
Sets Cube(const std::vector<Set>& elements) {
  Sets sets = {{}};
  for (size_t i = elements.size(); i-- > 0;) {
    Sets with;
    for (const Set& set : sets) with.push_back(Joined(elements[i], set));
    sets.insert(sets.begin(), with.begin(), with.end());
  }
  return sets;
}

}  // namespace

Status GroupByParser::Parse(ast::Select* select) {
  tokens_.Next();
  RETURN_NOT_OK(tokens_.ExpectWord("BY"));
  if (tokens_.IsWord("ALL") && !tokens_.IsSymbol(".", 1) && !tokens_.IsSymbol(",", 1)) {
    tokens_.Next();
    select->group_by_all = true;
    return Status::OK();
  }
  const Span start = tokens_.Peek().span;
  bool sets = false;
  do {
    const size_t before = keys_.size();
    ASSIGN_OR_RAISE(const Sets element, ParseElement());
    sets = sets || element.size() != 1 || element[0].size() != keys_.size() - before;
    RETURN_NOT_OK(Multiply(element, start));
  } while (tokens_.TakeSymbol(","));
  if (tokens_.IsWord("AS"))
    return NotSupported(tokens_.Peek().span, "an alias in GROUP BY", "give it in SELECT");
  // What follows the keys in the older forms: a, b WITH ROLLUP; a, b GROUPING SETS ((a), (b)).
  const bool with = tokens_.IsWord("WITH") && tokens_.IsAnyWord({"CUBE", "ROLLUP"}, 1);
  if (!sets && with) {
    tokens_.Next();
    std::vector<Set> elements;
    for (size_t i = 0; i < keys_.size(); ++i) elements.push_back({i});
    const bool cube = tokens_.IsWord("CUBE");
    if (cube && elements.size() > 10) return TooMany(tokens_.Peek().span);
    tokens_.Next();
    sets_ = cube ? Cube(elements) : Rollup(elements);
    sets = true;
  } else if (!sets && tokens_.IsWord("GROUPING") && tokens_.IsWord("SETS", 1)) {
    ASSIGN_OR_RAISE(sets_, ParseGroupingSets());
    sets = true;
  }
  select->group_by = std::move(keys_);
  if (sets) select->grouping_sets = std::move(sets_);
  return Status::OK();
}

// Each set of the clause so far, with each of the new ones.
Status GroupByParser::Multiply(const Sets& sets, Span span) {
  if (sets_.size() * sets.size() > kGroupingSetsMax) return TooMany(span);
  Sets product;
  for (const Set& a : sets_) {
    for (const Set& b : sets) product.push_back(Joined(a, b));
  }
  sets_ = std::move(product);
  return Status::OK();
}

Result<GroupByParser::Set> GroupByParser::AddKey() {
  ASSIGN_OR_RAISE(ast::ExpressionPtr key, ExpressionParser(&tokens_).Parse());
  keys_.push_back(std::move(key));
  return Set{keys_.size() - 1};
}

Result<GroupByParser::Sets> GroupByParser::ParseElement() {
  if (tokens_.IsWord("GROUPING") && tokens_.IsWord("SETS", 1)) return ParseGroupingSets();
  if (tokens_.IsSymbol("(") && tokens_.IsSymbol(")", 1)) {
    tokens_.Next();
    tokens_.Next();
    return Sets{{}};
  }
  if (!tokens_.IsAnyWord({"CUBE", "ROLLUP"}) || !tokens_.IsSymbol("(", 1)) {
    ASSIGN_OR_RAISE(Set key, AddKey());
    return Sets{std::move(key)};
  }
  const Span span = tokens_.Peek().span;
  const bool cube = tokens_.IsWord("CUBE");
  tokens_.Next();
  ASSIGN_OR_RAISE(const std::vector<Set> elements, ParseSetList());
  if (cube && elements.size() > 10) return TooMany(span);
  return cube ? Cube(elements) : Rollup(elements);
}

// GROUPING SETS (set, ...): a set is (a, b), a, () or again GROUPING SETS, ROLLUP or CUBE.
Result<GroupByParser::Sets> GroupByParser::ParseGroupingSets() {
  const Span span = tokens_.Next().span;
  tokens_.Next();
  RETURN_NOT_OK(tokens_.ExpectSymbol("("));
  if (++depth_ > kDepthMax) return ErrorAt(span, "GROUPING SETS are nested too deep");
  Sets sets;
  do {
    const bool nested = tokens_.IsWord("GROUPING") ||
                        (tokens_.IsAnyWord({"CUBE", "ROLLUP"}) && tokens_.IsSymbol("(", 1));
    if (nested) {
      ASSIGN_OR_RAISE(const Sets inner, ParseElement());
      sets.insert(sets.end(), inner.begin(), inner.end());
    } else {
      ASSIGN_OR_RAISE(Set set, ParseSet());
      sets.push_back(std::move(set));
    }
    if (sets.size() > kGroupingSetsMax) return TooMany(span);
  } while (tokens_.TakeSymbol(","));
  RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
  --depth_;
  return sets;
}

// ( set, ... ) of ROLLUP and CUBE
Result<std::vector<GroupByParser::Set>> GroupByParser::ParseSetList() {
  RETURN_NOT_OK(tokens_.ExpectSymbol("("));
  std::vector<Set> sets;
  do {
    ASSIGN_OR_RAISE(Set set, ParseSet());
    sets.push_back(std::move(set));
  } while (tokens_.TakeSymbol(","));
  RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
  return sets;
}

// One key, or several in parentheses. A key that was written before is the same one.
Result<GroupByParser::Set> GroupByParser::ParseSet() {
  if (!tokens_.IsSymbol("(")) return AddKey();
  if (tokens_.IsSymbol(")", 1)) {
    tokens_.Next();
    tokens_.Next();
    return Set{};
  }
  // (a + b) * 2 also begins with a bracket; (a, b) is read as a struct of its parts.
  ASSIGN_OR_RAISE(Set set, AddKey());
  const auto* call = std::get_if<ast::Function>(&keys_.back()->node);
  if (call == nullptr || call->name.name != "named_struct" || call->name.span.length != 1)
    return set;
  const std::vector<ast::ExpressionPtr> parts = call->arguments;
  keys_.pop_back();
  set.clear();
  for (size_t i = 1; i < parts.size(); i += 2) {
    keys_.push_back(parts[i]);
    set.push_back(keys_.size() - 1);
  }
  return set;
}

}  // namespace headrace::sql
