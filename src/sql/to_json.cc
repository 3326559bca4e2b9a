// to_json: the text is put together of functions of the table, as the type of the value says.
#include <fmt/format.h>

#include "sql/function_table.h"
#include "sql/functions.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

using arrow::Type;

ExpressionPtr Text(std::string_view value, Span span) {
  return MakeLiteral(std::make_shared<arrow::StringScalar>(std::string(value)), span);
}

ExpressionPtr Field(const ExpressionPtr& value, const arrow::Field& field) {
  return std::make_shared<Expression>(
      Expression{FieldAccess{value, field.name()}, field.type(), true, value->span});
}

Result<ExpressionPtr> Quoted(ExpressionPtr value, Span span) {
  ASSIGN_OR_RAISE(value, ResolveCast(value, arrow::utf8(), false, span));
  return ResolveCall("json_quote", {std::move(value)}, span);
}

Result<ExpressionPtr> JsonOf(const ExpressionPtr& value, Span span);

// An element of an array or a map, where a null is one of JSON.
Result<ExpressionPtr> ElementJson(const ExpressionPtr& value, Span span) {
  ASSIGN_OR_RAISE(ExpressionPtr json, JsonOf(value, span));
  return ResolveCall("coalesce", {std::move(json), Text("null", span)}, span);
}

// The texts that `body` makes of the elements of `list`, with commas between them and brackets
// around.
template <typename Body>
Result<ExpressionPtr> ListJson(const ExpressionPtr& list, std::string_view open,
                               std::string_view close, Span span, const Body& body) {
  const LambdaVariable variable{0, "element"};
  const TypePtr& type = list->type->field(0)->type();
  Lambda lambda{{variable}, nullptr};
  ASSIGN_OR_RAISE(lambda.body,
                  body(std::make_shared<Expression>(Expression{variable, type, true, span})));
  ExpressionPtr function =
      std::make_shared<Expression>(Expression{std::move(lambda), arrow::utf8(), true, span});
  ExpressionPtr texts =
      MakeCall("transform", {list, std::move(function)}, arrow::list(arrow::utf8()), true, span);
  ASSIGN_OR_RAISE(ExpressionPtr joined,
                  ResolveCall("array_join", {std::move(texts), Text(",", span)}, span));
  return ResolveCall("concat", {Text(open, span), std::move(joined), Text(close, span)}, span);
}

Result<ExpressionPtr> MapJson(const ExpressionPtr& map, Span span) {
  ASSIGN_OR_RAISE(const ExpressionPtr entries, ResolveCall("map_entries", {map}, span));
  return ListJson(
      entries, "{", "}", span, [&](const ExpressionPtr& entry) -> Result<ExpressionPtr> {
        const arrow::DataType& type = *entry->type;
        ASSIGN_OR_RAISE(ExpressionPtr key, Quoted(Field(entry, *type.field(0)), span));
        ASSIGN_OR_RAISE(ExpressionPtr value, ElementJson(Field(entry, *type.field(1)), span));
        return ResolveCall("concat", {std::move(key), Text(":", span), std::move(value)}, span);
      });
}

// Fields that are null are left out.
Result<ExpressionPtr> StructJson(const ExpressionPtr& value, Span span) {
  std::vector<ExpressionPtr> fields{Text(",", span)};
  for (const auto& field : value->type->fields()) {
    ASSIGN_OR_RAISE(ExpressionPtr name, Quoted(Text(field->name(), span), span));
    ASSIGN_OR_RAISE(ExpressionPtr json, JsonOf(Field(value, *field), span));
    ASSIGN_OR_RAISE(
        ExpressionPtr text,
        ResolveCall("concat", {std::move(name), Text(":", span), std::move(json)}, span));
    fields.push_back(std::move(text));
  }
  ASSIGN_OR_RAISE(ExpressionPtr inside, ResolveCall("concat_ws", std::move(fields), span));
  ASSIGN_OR_RAISE(
      ExpressionPtr json,
      ResolveCall("concat", {Text("{", span), std::move(inside), Text("}", span)}, span));
  ASSIGN_OR_RAISE(ExpressionPtr known, ResolveCall("is_not_null", {value}, span));
  return ResolveCall("case_when", {std::move(known), std::move(json)}, span);
}

Result<ExpressionPtr> JsonOf(const ExpressionPtr& value, Span span) {
  switch (value->type->id()) {
    case Type::STRUCT:
      return StructJson(value, span);
    case Type::MAP:
      return MapJson(value, span);
    case Type::LIST:
      return ListJson(value, "[", "]", span,
                      [&](const ExpressionPtr& element) { return ElementJson(element, span); });
    case Type::STRING:
    case Type::DATE32:
      return Quoted(value, span);
    case Type::BINARY: {
      ASSIGN_OR_RAISE(ExpressionPtr text, ResolveCall("base64", {value}, span));
      return Quoted(std::move(text), span);
    }
    case Type::TIMESTAMP: {
      const bool ntz = value->type->Equals(*TimestampNtzType());
      const ExpressionPtr pattern =
          Text(ntz ? "yyyy-MM-dd'T'HH:mm:ss.SSS" : "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", span);
      ASSIGN_OR_RAISE(ExpressionPtr text, ResolveCall("date_format", {value, pattern}, span));
      return Quoted(std::move(text), span);
    }
    case Type::FLOAT:
    case Type::DOUBLE: {
      ASSIGN_OR_RAISE(ExpressionPtr text, ResolveCast(value, arrow::utf8(), false, span));
      return ResolveCall("json_real", {std::move(text)}, span);
    }
    case Type::NA:
      return MakeLiteral(arrow::MakeNullScalar(arrow::utf8()), span);
    case Type::DURATION:
    case Type::INTERVAL_MONTHS:
      return UserError({Diagnostic{
          fmt::format("[DATATYPE_MISMATCH] to_json of {} is not supported", TypeName(*value->type)),
          "cast it to a type of columns", value->span}});
    default:
      return ResolveCast(value, arrow::utf8(), false, span);
  }
}

}  // namespace

Result<ExpressionPtr> ResolveToJson(const ExpressionPtr& value, Span span) {
  if (!IsNestedType(*value->type) && value->type->id() != Type::NA)
    return UserError({Diagnostic{
        fmt::format("[DATATYPE_MISMATCH] to_json doesn't take {}", TypeName(*value->type)),
        "it takes a struct, an array or a map", value->span}});
  return JsonOf(value, span);
}

}  // namespace headrace::sql
