// name(...): plain calls, and the forms with words between the arguments. Each form becomes a call
// of the plain function that Spark knows it by.
#include <fmt/format.h>

#include <utility>

#include "sql/error.h"
#include "sql/expression_parser.h"
#include "sql/interval.h"
#include "sql/literal.h"
#include "sql/names.h"

namespace headrace::sql {

using ast::ExpressionPtr;

Result<ExpressionPtr> ExpressionParser::ParseFunction() {
  ASSIGN_OR_RAISE(const ast::Identifier name, tokens_.ExpectName("a function"));
  RETURN_NOT_OK(tokens_.ExpectSymbol("("));
  std::string as = Lower(name.name);
  ASSIGN_OR_RAISE(std::optional<Operands> operands, ParseSpecialForm(name, &as));
  if (!operands) return ParsePlainFunction(name);
  RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
  return Make(ast::Function{{as, name.span}, std::move(*operands)}, name.span);
}

Result<ExpressionPtr> ExpressionParser::ParsePlainFunction(const ast::Identifier& name) {
  ast::Function function{name, {}};
  function.distinct = tokens_.IsWord("DISTINCT") && !tokens_.IsSymbol(",", 1) &&
                      !tokens_.IsSymbol(")", 1) && !tokens_.IsSymbol(".", 1);
  if (function.distinct) tokens_.Next();
  if (tokens_.IsWord("ALL") && !tokens_.IsSymbol(",", 1) && !tokens_.IsSymbol(")", 1))
    tokens_.Next();
  if (!tokens_.IsSymbol(")")) {
    do {
      if (tokens_.IsName() && tokens_.IsSymbol("=>", 1))
        return NotSupported(tokens_.Peek().span, "an argument by name");
      ASSIGN_OR_RAISE(ExpressionPtr argument, BeginsLambda() ? ParseLambda() : Parse());
      function.arguments.push_back(std::move(argument));
    } while (tokens_.TakeSymbol(","));
  }
  RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
  if (tokens_.IsAnyWord({"IGNORE", "RESPECT"}) && tokens_.IsWord("NULLS", 1)) {
    function.ignore_nulls = tokens_.IsWord("IGNORE");
    tokens_.Next();
    tokens_.Next();
  }
  if (tokens_.IsWord("FILTER") && tokens_.IsSymbol("(", 1)) {
    tokens_.Next();
    tokens_.Next();
    RETURN_NOT_OK(tokens_.ExpectWord("WHERE"));
    ASSIGN_OR_RAISE(function.filter, Parse());
    RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
  }
  RETURN_NOT_OK(RefuseAfterFunction());
  if (tokens_.IsWord("OVER")) {
    ASSIGN_OR_RAISE(function.over, ParseOver());
  }
  return Make(std::move(function), name.span);
}

// x -> ..., or (x, y) -> ...
bool ExpressionParser::BeginsLambda() const {
  if (tokens_.IsName()) return tokens_.IsSymbol("->", 1);
  if (!tokens_.IsSymbol("(")) return false;
  size_t at = 1;
  while (tokens_.IsName(at) && tokens_.IsSymbol(",", at + 1)) at += 2;
  return tokens_.IsName(at) && tokens_.IsSymbol(")", at + 1) && tokens_.IsSymbol("->", at + 2);
}

Result<ExpressionPtr> ExpressionParser::ParseLambda() {
  const Span start = tokens_.Peek().span;
  const bool several = tokens_.TakeSymbol("(");
  ast::Lambda lambda;
  do {
    ASSIGN_OR_RAISE(ast::Identifier parameter, tokens_.ExpectName("a name"));
    for (const ast::Identifier& other : lambda.parameters) {
      if (SameName(other.name, parameter.name))
        return ErrorAt(parameter.span, fmt::format("two parameters are named '{}'", other.name));
    }
    lambda.parameters.push_back(std::move(parameter));
  } while (several && tokens_.TakeSymbol(","));
  if (several) RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
  RETURN_NOT_OK(tokens_.ExpectSymbol("->"));
  ASSIGN_OR_RAISE(lambda.body, Parse());
  return Make(std::move(lambda), start);
}

Status ExpressionParser::RefuseAfterFunction() const {
  const Span span = tokens_.Peek().span;
  if (tokens_.IsWord("WITHIN") && tokens_.IsWord("GROUP", 1))
    return NotSupported(span, "WITHIN GROUP");
  return Status::OK();
}

// The cursor is behind the bracket. Returns none for what is no special form, nothing taken then.
Result<std::optional<ExpressionParser::Operands>> ExpressionParser::ParseSpecialForm(
    const ast::Identifier& name, std::string* as) {
  std::optional<Operands> out;
  if (SameName(name.name, "struct")) {
    ASSIGN_OR_RAISE(out, ParseStruct());
    *as = "named_struct";
  } else if (SameName(name.name, "extract")) {
    ASSIGN_OR_RAISE(out, ParseExtract());
    *as = "date_part";
  } else if (SameName(name.name, "trim") &&
             (tokens_.IsAnyWord({"BOTH", "LEADING", "TRAILING"}) && !tokens_.IsSymbol(")", 1) &&
              !tokens_.IsSymbol(",", 1))) {
    ASSIGN_OR_RAISE(out, ParseTrim(as));
  } else if (SameName(name.name, "substring") || SameName(name.name, "substr")) {
    ASSIGN_OR_RAISE(out, ParseSubstringOrOverlay("FROM", "FOR"));
  } else if (SameName(name.name, "overlay")) {
    ASSIGN_OR_RAISE(out, ParseSubstringOrOverlay("PLACING", "FROM"));
  } else if (SameName(name.name, "position")) {
    // The operand ends before IN, which would otherwise be taken as a predicate.
    ASSIGN_OR_RAISE(ExpressionPtr part, ParseComparison());
    if (!tokens_.TakeWord("IN") && !tokens_.TakeSymbol(",")) return tokens_.Unexpected("IN");
    ASSIGN_OR_RAISE(ExpressionPtr whole, Parse());
    out = Operands{std::move(part), std::move(whole)};
    if (tokens_.TakeSymbol(",")) {
      ASSIGN_OR_RAISE(ExpressionPtr start, Parse());
      out->push_back(std::move(start));
    }
  } else if (tokens_.IsName() && tokens_.IsSymbol(",", 1)) {
    // The first argument of these is a unit: timestampdiff(HOUR, a, b).
    for (const std::string_view with_unit :
         {"timestampadd", "timestampdiff", "dateadd", "date_add", "datediff", "date_diff"}) {
      // date_add(date, days) has no unit.
      if (!with_unit.starts_with("timestamp") && !UnitOf(tokens_.Peek().text)) continue;
      if (!SameName(name.name, with_unit)) continue;
      const Token unit = tokens_.Next();
      ASSIGN_OR_RAISE(ExpressionPtr literal, Make(StringLiteral(Upper(unit.text)), unit.span));
      out = Operands{std::move(literal)};
      while (tokens_.TakeSymbol(",")) {
        ASSIGN_OR_RAISE(ExpressionPtr argument, Parse());
        out->push_back(std::move(argument));
      }
    }
  }
  return out;
}

// struct(a, b + 1, c AS d): names and values. A value without a name has that of its column or
// field, else col and its position.
Result<ExpressionParser::Operands> ExpressionParser::ParseStruct() {
  Operands operands;
  if (tokens_.IsSymbol(")")) return operands;
  do {
    ASSIGN_OR_RAISE(ExpressionPtr value, Parse());
    std::string name = fmt::format("col{}", operands.size() / 2 + 1);
    Span span = value->span;
    if (tokens_.TakeWord("AS")) {
      ASSIGN_OR_RAISE(ast::Identifier alias, tokens_.ExpectName("a name"));
      name = std::move(alias.name);
      span = alias.span;
    } else if (const auto* column = std::get_if<ast::Name>(&value->node)) {
      name = column->parts.back().name;
    } else if (const auto* field = std::get_if<ast::Field>(&value->node)) {
      name = field->field.name;
    }
    ASSIGN_OR_RAISE(ExpressionPtr literal, Make(StringLiteral(std::move(name)), span));
    operands.push_back(std::move(literal));
    operands.push_back(std::move(value));
  } while (tokens_.TakeSymbol(","));
  return operands;
}

// extract(unit FROM time)
Result<ExpressionParser::Operands> ExpressionParser::ParseExtract() {
  if (!tokens_.IsName() && tokens_.Peek().kind != TokenKind::kString)
    return tokens_.Unexpected("a unit such as HOUR");
  const Token unit = tokens_.Next();
  ASSIGN_OR_RAISE(ExpressionPtr literal, Make(StringLiteral(Upper(unit.text)), unit.span));
  RETURN_NOT_OK(tokens_.ExpectWord("FROM"));
  ASSIGN_OR_RAISE(ExpressionPtr time, Parse());
  return Operands{std::move(literal), std::move(time)};
}

// trim([BOTH | LEADING | TRAILING] [characters] FROM text); the functions take the characters
// first.
Result<ExpressionParser::Operands> ExpressionParser::ParseTrim(std::string* as) {
  const Token side = tokens_.Next();
  *as = SameName(side.text, "LEADING")    ? "ltrim"
        : SameName(side.text, "TRAILING") ? "rtrim"
                                          : "trim";
  Operands operands;
  if (!tokens_.IsWord("FROM")) {
    ASSIGN_OR_RAISE(ExpressionPtr characters, Parse());
    operands.push_back(std::move(characters));
  }
  RETURN_NOT_OK(tokens_.ExpectWord("FROM"));
  ASSIGN_OR_RAISE(ExpressionPtr text, Parse());
  operands.push_back(std::move(text));
  return operands;
}

// substring(text FROM start [FOR length]), overlay(text PLACING part FROM start [FOR length]), or
// the same with commas.
Result<ExpressionParser::Operands> ExpressionParser::ParseSubstringOrOverlay(
    std::string_view second, std::string_view third) {
  Operands operands;
  if (tokens_.IsSymbol(")")) return operands;
  ASSIGN_OR_RAISE(ExpressionPtr text, Parse());
  operands.push_back(std::move(text));
  for (const std::string_view word : {second, third, std::string_view("FOR")}) {
    if (!tokens_.TakeWord(word) && !tokens_.TakeSymbol(",")) continue;
    ASSIGN_OR_RAISE(ExpressionPtr operand, Parse());
    operands.push_back(std::move(operand));
  }
  return operands;
}

}  // namespace headrace::sql
