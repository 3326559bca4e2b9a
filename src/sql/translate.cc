#include "sql/translate.h"

#include <fmt/format.h>

#include <algorithm>

#include "sql/duckdb_type.h"
#include "sql/function_table.h"
#include "sql/literal_text.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

using arrow::Type;

// DuckDB needs some 100 bytes of memory a byte of SQL to plan it.
constexpr size_t kTextBytesMax = size_t{1} << 20;

bool CanFail(const Expression& expression) {
  if (const auto* access = std::get_if<FieldAccess>(&expression.node)) {
    return CanFail(*access->base);
  }
  if (const auto* cast = std::get_if<Cast>(&expression.node)) {
    return CanFail(*cast->operand) ||
           (!cast->try_cast && CastCanFail(*cast->operand->type, *expression.type));
  }
  if (const auto* lambda = std::get_if<Lambda>(&expression.node)) return CanFail(*lambda->body);
  const auto* call = std::get_if<Call>(&expression.node);
  if (call == nullptr) return false;
  const auto rows = OverloadsOf(call->name);
  return std::any_of(rows.begin(), rows.end(), [](const auto* row) { return row->can_fail; }) ||
         std::any_of(call->arguments.begin(), call->arguments.end(),
                     [](const auto& argument) { return CanFail(*argument); });
}

// Puts arguments into a template of the function table.
std::string Fill(std::string_view text, const std::vector<std::string>& arguments) {
  std::string filled;
  while (!text.empty()) {
    const size_t open = text.find('{');
    filled += text.substr(0, open);
    if (open == std::string_view::npos) break;
    const size_t close = text.find('}', open);
    const std::string_view what = text.substr(open + 1, close - open - 1);
    text.remove_prefix(close + 1);
    if (what == "*") {
      filled += fmt::format("{}", fmt::join(arguments, ", "));
    } else if (what == "*||") {
      filled += fmt::format("{}", fmt::join(arguments, " || "));
    } else if (what == "1*") {
      filled += fmt::format("{}", fmt::join(arguments.begin() + 1, arguments.end(), ", "));
    } else {
      filled += arguments[static_cast<size_t>(what[0] - '0')];
    }
  }
  return filled;
}

std::string CaseText(const std::vector<std::string>& arguments) {
  std::string text = "(CASE";
  for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
    text += fmt::format(" WHEN {} THEN {}", arguments[i], arguments[i + 1]);
  }
  if (arguments.size() % 2 == 1) text += " ELSE " + arguments.back();
  return text + " END)";
}

std::string StructText(const std::vector<std::string>& arguments, const arrow::DataType& type) {
  std::vector<std::string> fields;
  for (size_t i = 0; i < arguments.size(); ++i) {
    fields.push_back(QuoteName(type.field(static_cast<int>(i))->name()) + " := " + arguments[i]);
  }
  return fmt::format("struct_pack({})", fmt::join(fields, ", "));
}

std::string MapText(const std::vector<std::string>& arguments) {
  std::vector<std::string> keys;
  std::vector<std::string> items;
  for (size_t i = 0; i < arguments.size(); ++i) {
    (i % 2 == 0 ? keys : items).push_back(arguments[i]);
  }
  return fmt::format(
      "(CASE WHEN list_count([{0}]) < {1} THEN error('[NULL_MAP_KEY] Cannot use null as map key.') "
      "WHEN len(list_distinct([{0}])) < {1} THEN error('[DUPLICATED_MAP_KEY] Duplicate map key was "
      "found.') ELSE map([{0}], [{2}]) END)",
      fmt::join(keys, ", "), keys.size(), fmt::join(items, ", "));
}

// Whether a pattern of LIKE is known to have no escapes: DuckDB matches it without ESCAPE faster.
bool IsPlainPattern(const Expression& pattern) {
  const auto* literal = std::get_if<Literal>(&pattern.node);
  return literal != nullptr && literal->value->is_valid &&
         literal->value->type->id() == Type::STRING &&
         literal->value->ToString().find('\\') == std::string::npos;
}

// Collects the operands of a chain of the same operator.
void Flatten(const Expression& expression, const std::string& name,
             std::vector<const Expression*>* operands) {
  const auto* call = std::get_if<Call>(&expression.node);
  if (call == nullptr || call->name != name) {
    operands->push_back(&expression);
    return;
  }
  for (const ExpressionPtr& argument : call->arguments) Flatten(*argument, name, operands);
}

std::vector<TypePtr> TypesOf(const std::vector<ExpressionPtr>& arguments) {
  std::vector<TypePtr> types;
  for (const ExpressionPtr& argument : arguments) types.push_back(argument->type);
  return types;
}

}  // namespace

std::string SimpleTypeName(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::LIST:
      return "array<" + SimpleTypeName(*type.field(0)->type()) + ">";
    case Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return "map<" + SimpleTypeName(*map.key_type()) + "," + SimpleTypeName(*map.item_type()) +
             ">";
    }
    case Type::STRUCT: {
      std::vector<std::string> fields;
      for (const auto& field : type.fields()) {
        fields.push_back(field->name() + ":" + SimpleTypeName(*field->type()));
      }
      return fmt::format("struct<{}>", fmt::join(fields, ","));
    }
    default: {
      std::string name = TypeName(type);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      return name;
    }
  }
}

InputPath PathOf(const Expression& expression) {
  if (const auto* column = std::get_if<ColumnReference>(&expression.node)) return {column->index};
  const auto* access = std::get_if<FieldAccess>(&expression.node);
  if (access == nullptr || access->base->type->id() != Type::STRUCT) return {};
  InputPath path = PathOf(*access->base);
  const auto& base = static_cast<const arrow::StructType&>(*access->base->type);
  if (!path.empty()) path.push_back(base.GetFieldIndex(access->field));
  return path;
}

Result<std::string> Translator::Translate(const Expression& expression) {
  ASSIGN_OR_RAISE(std::string text, TranslateNode(expression));
  if (text.size() > kTextBytesMax) {
    return UserError({Diagnostic{"this expression is too large to be run",
                                 "compute parts of it in a view of their own", expression.span}});
  }
  return text;
}

Result<std::string> Translator::TranslateNode(const Expression& expression) {
  if (const InputPath path = PathOf(expression); !path.empty()) {
    const auto known = std::find(inputs_.begin(), inputs_.end(), path);
    const auto index = known - inputs_.begin();
    if (known == inputs_.end()) inputs_.push_back(path);
    return fmt::format("c{}", index);
  }
  if (const auto* literal = std::get_if<Literal>(&expression.node)) {
    return LiteralText(*literal->value);
  }
  if (const auto* access = std::get_if<FieldAccess>(&expression.node)) {
    ASSIGN_OR_RAISE(const std::string base, Translate(*access->base));
    return fmt::format("struct_extract({}, {})", base, QuoteString(access->field));
  }
  if (const auto* cast = std::get_if<Cast>(&expression.node)) {
    return TranslateCast(*cast->operand, expression.type, cast->try_cast);
  }
  if (const auto* variable = std::get_if<LambdaVariable>(&expression.node)) {
    return variables_.at(variable->id);
  }
  return TranslateCall(std::get<Call>(expression.node), expression);
}

Result<std::string> Translator::TranslateCall(const Call& call, const Expression& expression) {
  if (call.name == "typeof") return QuoteString(SimpleTypeName(*call.arguments[0]->type));
  if (call.name == "and" || call.name == "or") return TranslateLogic(call);
  const bool higher = std::any_of(
      call.arguments.begin(), call.arguments.end(),
      [](const auto& argument) { return std::holds_alternative<Lambda>(argument->node); });
  if (higher) {
    ASSIGN_OR_RAISE(const std::string text, TranslateHigherOrder(call));
    return fmt::format("CAST({} AS {})", text, DuckTypeName(*expression.type));
  }
  std::vector<std::string> arguments;
  for (const ExpressionPtr& argument : call.arguments) {
    ASSIGN_OR_RAISE(std::string text, Translate(*argument));
    arguments.push_back(std::move(text));
  }
  const std::string type = DuckTypeName(*expression.type);
  if (call.name == "case_when") return CaseText(arguments);
  if (call.name == "struct") return StructText(arguments, *expression.type);
  if (call.name == "map") return fmt::format("CAST({} AS {})", MapText(arguments), type);
  const std::vector<TypePtr> types = TypesOf(call.arguments);
  const Overload* row = FindExact(call.name, types);
  if (row == nullptr) {
    return Status::NotImplemented("the function table has no row for ", call.name);
  }
  if (row->duckdb.starts_with("@")) {
    return UseNative(row->duckdb.substr(1), types, expression.type, arguments);
  }
  if (arguments.size() == 2 && IsPlainPattern(*call.arguments[1])) {
    if (call.name == "like") return fmt::format("({} LIKE {})", arguments[0], arguments[1]);
    if (call.name == "ilike") return fmt::format("({} ILIKE {})", arguments[0], arguments[1]);
  }
  reads_clock_ = reads_clock_ || row->duckdb.find("$1") != std::string_view::npos;
  const std::string text = Fill(row->duckdb, arguments);
  if (expression.type->id() == Type::BOOL) return text;
  return fmt::format("CAST({} AS {})", text, type);
}

// DuckDB evaluates both sides of AND and OR on every row. Where the right one can fail, it must not
// be asked about rows that the left one has decided: people write "x <> 0 AND 1 / x > 2".
Result<std::string> Translator::TranslateLogic(const Call& call) {
  std::vector<const Expression*> operands;
  for (const ExpressionPtr& argument : call.arguments) Flatten(*argument, call.name, &operands);
  const std::string word = call.name == "and" ? "AND" : "OR";
  const std::string decided = call.name == "and" ? "NOT " : "";
  const std::string decision = call.name == "and" ? "false" : "true";
  std::string text;
  bool can_fail = false;
  for (size_t i = operands.size(); i-- > 0;) {
    ASSIGN_OR_RAISE(const std::string operand, Translate(*operands[i]));
    if (text.empty()) {
      text = operand;
    } else if (can_fail) {
      text = fmt::format("(CASE WHEN {}{} THEN {} ELSE ({} {} {}) END)", decided, operand, decision,
                         operand, word, text);
    } else {
      text = fmt::format("({} {} {})", operand, word, text);
    }
    can_fail = can_fail || CanFail(*operands[i]);
  }
  return text;
}

Result<std::string> Translator::TranslateFilter(const Expression& predicate) {
  std::vector<const Expression*> operands;
  Flatten(predicate, "and", &operands);
  std::string text;
  bool can_fail = false;
  for (size_t i = operands.size(); i-- > 0;) {
    ASSIGN_OR_RAISE(const std::string operand, Translate(*operands[i]));
    if (text.empty()) {
      text = operand;
    } else if (can_fail) {
      text = fmt::format("(CASE WHEN {} THEN {} ELSE false END)", operand, text);
    } else {
      text = fmt::format("({} AND {})", operand, text);
    }
    can_fail = can_fail || CanFail(*operands[i]);
  }
  return text;
}

Result<std::string> Translator::UseNative(std::string_view kernel,
                                          const std::vector<TypePtr>& types, const TypePtr& result,
                                          const std::vector<std::string>& arguments) {
  natives_.push_back(NativeUse{std::string(kernel), types, result});
  return fmt::format("{}({})", QuoteName(natives_.back().name()), fmt::join(arguments, ", "));
}

}  // namespace headrace::sql
