// Casts as DuckDB's SQL: its own where it means the same, a kernel elsewhere.
#include <fmt/format.h>

#include "sql/duckdb_type.h"
#include "sql/translate.h"

namespace headrace::sql {
namespace {

using arrow::Type;

bool IsInstant(const arrow::DataType& type) {
  return IsTimestamp(type) || type.id() == Type::DATE32;
}

// Whether DuckDB's CAST gives the same value, or fails on the same values.
bool SameInDuckDb(const arrow::DataType& from, const arrow::DataType& to) {
  if (IsIntegral(from) || from.id() == Type::BOOL) {
    return IsIntegral(to) || IsFloating(to) || to.id() == Type::STRING || to.id() == Type::BOOL;
  }
  if (from.id() == Type::FLOAT && to.id() == Type::DOUBLE) return true;
  return IsInstant(from) && IsInstant(to);
}

}  // namespace

Result<std::string> Translator::TranslateCast(const Expression& operand, const TypePtr& type,
                                              bool try_cast) {
  ASSIGN_OR_RAISE(const std::string text, Translate(operand));
  return CastText(text, operand.type, type, try_cast);
}

Result<std::string> Translator::CastText(const std::string& operand, const TypePtr& from,
                                         const TypePtr& to, bool try_cast) {
  const std::string type = DuckTypeName(*to);
  if (DuckTypeName(*from) == type) return operand;
  if (from->id() == Type::NA) return fmt::format("CAST({} AS {})", operand, type);
  if (IsNestedType(*from)) return CastNested(operand, from, to, try_cast);
  const char* cast = try_cast ? "TRY_CAST" : "CAST";
  if (SameInDuckDb(*from, *to)) return fmt::format("{}({} AS {})", cast, operand, type);
  if (to->id() == Type::BOOL && IsNumeric(*from)) return fmt::format("({} <> 0)", operand);
  if (IsIntegral(*to) && IsDecimal(*from)) {
    return fmt::format("{}(trunc({}) AS {})", cast, operand, type);
  }
  return UseNative(try_cast ? "try_cast" : "cast", {from}, to, {operand});
}

Result<std::string> Translator::CastNested(const std::string& operand, const TypePtr& from,
                                           const TypePtr& to, bool try_cast) {
  if (from->id() == Type::STRUCT) {
    std::vector<std::string> fields;
    for (int i = 0; i < from->num_fields(); ++i) {
      const std::string field =
          fmt::format("struct_extract({}, {})", operand, QuoteString(from->field(i)->name()));
      ASSIGN_OR_RAISE(const std::string cast,
                      CastText(field, from->field(i)->type(), to->field(i)->type(), try_cast));
      fields.push_back(QuoteName(to->field(i)->name()) + " := " + cast);
    }
    return fmt::format("(CASE WHEN {} IS NOT NULL THEN struct_pack({}) END)", operand,
                       fmt::join(fields, ", "));
  }
  const std::string element = fmt::format("e{}", lambdas_++);
  if (from->id() == Type::LIST) {
    ASSIGN_OR_RAISE(const std::string cast,
                    CastText(element, from->field(0)->type(), to->field(0)->type(), try_cast));
    return fmt::format("list_transform({}, lambda {}: {})", operand, element, cast);
  }
  const auto& a = static_cast<const arrow::MapType&>(*from);
  const auto& b = static_cast<const arrow::MapType&>(*to);
  ASSIGN_OR_RAISE(const std::string key, CastText(element, a.key_type(), b.key_type(), try_cast));
  ASSIGN_OR_RAISE(const std::string item,
                  CastText(element, a.item_type(), b.item_type(), try_cast));
  return fmt::format(
      "(CASE WHEN {0} IS NOT NULL THEN map(list_transform(map_keys({0}), lambda {1}: {2}), "
      "list_transform(map_values({0}), lambda {1}: {3})) END)",
      operand, element, key, item);
}

}  // namespace headrace::sql
