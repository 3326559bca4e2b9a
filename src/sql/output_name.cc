#include "sql/output_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sql/expression_analyzer.h"
#include "sql/names.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

using Operands = std::vector<ast::ExpressionPtr>;

// Functions that Spark names in capitals, whatever was written.
constexpr std::array<std::string_view, 31> kCapitals = {
    "acos",   "acosh", "asin",  "asinh", "atan", "atan2",   "atanh",   "cbrt",
    "ceil",   "cos",   "cosh",  "cot",   "csc",  "degrees", "exp",     "expm1",
    "floor",  "hypot", "log10", "log1p", "log2", "power",   "radians", "sec",
    "signum", "sin",   "sinh",  "sqrt",  "tan",  "tanh",    "log"};

class Namer {
 public:
  explicit Namer(const Scope& scope) : scope_(scope) {}

  std::string Of(const ast::Expression& expression) const {
    return std::visit([&](const auto& node) { return Node(node); }, expression.node);
  }

 private:
  std::string Node(const ast::Literal& literal) const { return literal.text; }
  std::string Node(const ast::Star&) const { return "1"; }     // count(*) is count(1)
  std::string Node(const ast::Subquery&) const { return ""; }  // only in WHERE
  std::string Node(const ast::Name& name) const {
    if (name.parts.size() == 1 && !scope_.Knows(name.parts) &&
        IsFunctionWithoutBrackets(name.parts[0].name))
      return Lower(name.parts[0].name) + "()";
    std::string out;
    for (const ast::Identifier& part : scope_.WithoutRelation(name.parts))
      out += (out.empty() ? "" : ".") + part.name;
    return out;
  }
  std::string Node(const ast::Field& field) const {
    return fmt::format("{}.{}", Of(*field.base), field.field.name);
  }
  std::string Node(const ast::Cast& cast) const {
    return fmt::format("{}({} AS {})", cast.try_cast ? "TRY_CAST" : "CAST", Of(*cast.operand),
                       TypeName(*cast.type));
  }
  std::string Node(const ast::Function& call) const {
    std::string name = Lower(call.name.name);
    if (name == "if") return fmt::format("(IF({}))", List(call.arguments, 0));
    if (name == "date_part" && call.arguments.size() == 2)
      return fmt::format("extract({} FROM {})", Of(*call.arguments[0]), Of(*call.arguments[1]));
    if (std::ranges::find(kCapitals, name) != kCapitals.end()) name = Upper(name);
    std::string out =
        fmt::format("{}({}{})", name, call.distinct ? "DISTINCT " : "", List(call.arguments, 0));
    if (call.filter != nullptr) out += fmt::format(" FILTER (WHERE {})", Of(*call.filter));
    return out;
  }
  std::string Node(const ast::Lambda& lambda) const {
    std::string out = "lambdafunction(" + Of(*lambda.body);
    for (size_t i = 0; i < lambda.parameters.size(); ++i) out += ", namedlambdavariable()";
    return out + ")";
  }
  std::string Node(const ast::Operator& call) const {
    const Operands& operands = call.operands;
    const auto name = [&](size_t i) { return Of(*operands[i]); };
    if (call.name == "not") return fmt::format("(NOT {})", name(0));
    if (call.name == "~") return "~" + name(0);
    if (call.name == "negative") return fmt::format("(- {})", name(0));
    if (call.name == "positive") return fmt::format("(+ {})", name(0));
    if (call.name == "is_null") return fmt::format("({} IS NULL)", name(0));
    if (call.name == "is_not_null") return fmt::format("({} IS NOT NULL)", name(0));
    if (call.name == "is_true") return fmt::format("({} <=> true)", name(0));
    if (call.name == "is_false") return fmt::format("({} <=> false)", name(0));
    if (call.name == "<>") return fmt::format("(NOT ({} = {}))", name(0), name(1));
    if (call.name == "||") return fmt::format("concat({})", List(operands, 0));
    if (call.name == "[]") return fmt::format("{}[{}]", name(0), name(1));
    if (call.name == "in") return fmt::format("({} IN ({}))", name(0), List(operands, 1));
    if (call.name == "case_when") return Case(operands);
    if (call.name == "like") {
      std::string out = fmt::format("{} LIKE {}", name(0), name(1));
      if (operands.size() == 3) out += fmt::format(" ESCAPE '{}'", name(2));
      return out;
    }
    if (call.name == "rlike") return fmt::format("RLIKE({})", List(operands, 0));
    if (call.name == "between" || call.name == "ilike")
      return fmt::format("{}({})", call.name, List(operands, 0));
    const bool word = call.name == "and" || call.name == "or";
    return fmt::format("({} {} {})", name(0), word ? Upper(call.name) : call.name, name(1));
  }

  std::string List(const Operands& operands, size_t from) const {
    std::string out;
    for (size_t i = from; i < operands.size(); ++i) {
      if (i > from) out += ", ";
      out += Of(*operands[i]);
    }
    return out;
  }

  std::string Case(const Operands& operands) const {
    std::string out = "CASE";
    for (size_t i = 0; i + 1 < operands.size(); i += 2)
      out += fmt::format(" WHEN {} THEN {}", Of(*operands[i]), Of(*operands[i + 1]));
    if (operands.size() % 2 == 1) out += " ELSE " + Of(*operands.back());
    return out + " END";
  }

  const Scope& scope_;
};

}  // namespace

std::string OutputName(const ast::Expression& expression, const Scope& scope) {
  if (const auto* name = std::get_if<ast::Name>(&expression.node);
      name != nullptr && (name->parts.size() > 1 || scope.Knows(name->parts)))
    return name->parts.back().name;
  if (const auto* field = std::get_if<ast::Field>(&expression.node)) return field->field.name;
  if (const auto* call = std::get_if<ast::Function>(&expression.node);
      call != nullptr && SameName(call->name.name, "window"))
    return "window";
  // A cast of a column keeps the column's name.
  if (const auto* cast = std::get_if<ast::Cast>(&expression.node)) {
    const auto* name = std::get_if<ast::Name>(&cast->operand->node);
    if (name != nullptr && scope.WithoutRelation(name->parts).size() == 1 &&
        scope.Knows(name->parts))
      return name->parts.back().name;
  }
  return Namer(scope).Of(expression);
}

}  // namespace headrace::sql
