#include "sql/type.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>
#include <vector>

#include "sql/error.h"
#include "sql/names.h"
#include "sql/token_stream.h"

namespace headrace::sql {
namespace {

constexpr int kPrecisionMax = 38;

using TypePtr = std::shared_ptr<arrow::DataType>;

struct SimpleType {
  std::string_view name;
  TypePtr (*make)();
};

TypePtr Timestamp() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }

// The name that TypeName() renders comes first among those of one type.
const std::vector<SimpleType>& SimpleTypes() {
  static const std::vector<SimpleType> types = {
      {"BOOLEAN", [] { return arrow::boolean(); }},
      {"TINYINT", [] { return arrow::int8(); }},
      {"BYTE", [] { return arrow::int8(); }},
      {"SMALLINT", [] { return arrow::int16(); }},
      {"SHORT", [] { return arrow::int16(); }},
      {"INT", [] { return arrow::int32(); }},
      {"INTEGER", [] { return arrow::int32(); }},
      {"BIGINT", [] { return arrow::int64(); }},
      {"LONG", [] { return arrow::int64(); }},
      {"FLOAT", [] { return arrow::float32(); }},
      {"REAL", [] { return arrow::float32(); }},
      {"DOUBLE", [] { return arrow::float64(); }},
      {"STRING", [] { return arrow::utf8(); }},
      {"BINARY", [] { return arrow::binary(); }},
      {"DATE", [] { return arrow::date32(); }},
      {"TIMESTAMP", Timestamp},
      {"TIMESTAMP_LTZ", Timestamp},
      {"TIMESTAMP_NTZ", [] { return arrow::timestamp(arrow::TimeUnit::MICRO); }},
      {"VOID", [] { return arrow::null(); }},
  };
  return types;
}

class TypeParser {
 public:
  explicit TypeParser(TokenStream* tokens) : tokens_(*tokens) {}

  Result<TypePtr> Parse() {
    if (depth_ >= kDepthMax)
      return ErrorAt(tokens_.Peek().span,
                     fmt::format("types are nested deeper than {}", kDepthMax));
    ++depth_;
    ASSIGN_OR_RAISE(TypePtr type, ParseOne());
    --depth_;
    return type;
  }

  // name type [NOT NULL] [COMMENT '...'], ... up to a token that is no comma.
  Result<arrow::FieldVector> ParseFields(std::string_view what) {
    arrow::FieldVector fields;
    std::set<std::string> names;
    do {
      ASSIGN_OR_RAISE(const ast::Identifier name,
                      tokens_.ExpectName(fmt::format("the name of a {}", what)));
      if (!names.insert(Lower(name.name)).second)
        return ErrorAt(name.span, fmt::format("two {}s are named '{}'", what, name.name),
                       "names are compared without regard to case");
      tokens_.TakeSymbol(":");
      ASSIGN_OR_RAISE(TypePtr type, Parse());
      bool nullable = true;
      if (tokens_.TakeWord("NOT")) {
        RETURN_NOT_OK(tokens_.ExpectWord("NULL"));
        nullable = false;
      }
      if (tokens_.TakeWord("COMMENT")) {
        if (tokens_.Peek().kind != TokenKind::kString) return tokens_.Unexpected("a string");
        tokens_.Next();
      }
      fields.push_back(arrow::field(name.name, std::move(type), nullable));
    } while (tokens_.TakeSymbol(","));
    return fields;
  }

 private:
  Result<TypePtr> ParseOne() {
    if (tokens_.Peek().kind != TokenKind::kIdentifier) return tokens_.Unexpected("a type");
    const Token name = tokens_.Next();
    const std::string upper = Upper(name.text);
    if (upper == "ARRAY") return ParseArray();
    if (upper == "MAP") return ParseMap();
    if (upper == "STRUCT") return ParseStruct();
    if (upper == "DECIMAL" || upper == "DEC" || upper == "NUMERIC") return ParseDecimal();
    if (upper == "CHAR" || upper == "CHARACTER" || upper == "VARCHAR") return ParseCharacter();
    for (const SimpleType& type : SimpleTypes()) {
      if (type.name == upper) return type.make();
    }
    for (const std::string_view known : {"INTERVAL", "VARIANT", "TIME", "GEOMETRY", "GEOGRAPHY"}) {
      if (upper == known) return NotSupported(name.span, fmt::format("the type {}", upper));
    }
    std::vector<std::string> names;
    for (const SimpleType& type : SimpleTypes()) names.emplace_back(type.name);
    for (const char* other : {"DECIMAL", "ARRAY", "MAP", "STRUCT"}) names.emplace_back(other);
    return ErrorAt(name.span, fmt::format("unknown type '{}'", name.text),
                   HintOfNames("types", upper, names));
  }

  Result<TypePtr> ParseArray() {
    RETURN_NOT_OK(tokens_.ExpectSymbol("<"));
    ASSIGN_OR_RAISE(TypePtr element, Parse());
    RETURN_NOT_OK(tokens_.ExpectSymbol(">"));
    return arrow::list(std::move(element));
  }

  Result<TypePtr> ParseMap() {
    RETURN_NOT_OK(tokens_.ExpectSymbol("<"));
    const Span place = tokens_.Peek().span;
    ASSIGN_OR_RAISE(TypePtr key, Parse());
    if (key->id() == arrow::Type::MAP) return ErrorAt(place, "the key of a map cannot be a map");
    RETURN_NOT_OK(tokens_.ExpectSymbol(","));
    ASSIGN_OR_RAISE(TypePtr value, Parse());
    RETURN_NOT_OK(tokens_.ExpectSymbol(">"));
    return arrow::map(std::move(key), std::move(value));
  }

  Result<TypePtr> ParseStruct() {
    if (tokens_.IsSymbol("<>"))
      return ErrorAt(tokens_.Peek().span, "a STRUCT needs at least one field");
    RETURN_NOT_OK(tokens_.ExpectSymbol("<"));
    ASSIGN_OR_RAISE(arrow::FieldVector fields, ParseFields("field"));
    RETURN_NOT_OK(tokens_.ExpectSymbol(">"));
    return arrow::struct_(std::move(fields));
  }

  Result<int> ParseNumber(std::string_view what) {
    const Token& token = tokens_.Peek();
    if (token.kind != TokenKind::kInteger) return tokens_.Unexpected(what);
    int value = 0;
    const char* end = token.text.data() + token.text.size();
    if (std::from_chars(token.text.data(), end, value).ec != std::errc())
      return ErrorAt(token.span, fmt::format("{} is out of range", token.text));
    tokens_.Next();
    return value;
  }

  Result<TypePtr> ParseDecimal() {
    int precision = 10;
    int scale = 0;
    if (tokens_.TakeSymbol("(")) {
      const Span place = tokens_.Peek().span;
      ASSIGN_OR_RAISE(precision, ParseNumber("the precision"));
      if (tokens_.TakeSymbol(",")) {
        ASSIGN_OR_RAISE(scale, ParseNumber("the scale"));
      }
      if (precision < 1 || precision > kPrecisionMax || scale > precision)
        return ErrorAt(
            tokens_.SpanFrom(place), fmt::format("DECIMAL({},{}) does not exist", precision, scale),
            fmt::format("the precision is 1 to {}, the scale 0 to the precision", kPrecisionMax));
      RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
    }
    return arrow::decimal128(precision, scale);
  }

  // Their length is a promise of the writer; here both are STRING.
  Result<TypePtr> ParseCharacter() {
    RETURN_NOT_OK(tokens_.ExpectSymbol("("));
    RETURN_NOT_OK(ParseNumber("a length").status());
    RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
    return arrow::utf8();
  }

  TokenStream& tokens_;
  int depth_ = 0;
};

bool IsPlainName(std::string_view name) {
  for (const char c : name) {
    if (!((ToLower(c) >= 'a' && ToLower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_'))
      return false;
  }
  return !name.empty();
}

std::string StructName(const arrow::DataType& type) {
  std::string out = "STRUCT<";
  for (int i = 0; i < type.num_fields(); ++i) {
    const arrow::Field& field = *type.field(i);
    if (i > 0) out += ", ";
    out += IsPlainName(field.name()) ? field.name() : fmt::format("`{}`", field.name());
    out += ": " + TypeName(*field.type());
    if (!field.nullable()) out += " NOT NULL";
  }
  return out + ">";
}

}  // namespace

Result<std::shared_ptr<arrow::Schema>> ParseSchema(std::string_view ddl) {
  ASSIGN_OR_RAISE(std::vector<Token> list, Tokenize(ddl));
  TokenStream tokens(std::move(list));
  ASSIGN_OR_RAISE(arrow::FieldVector fields, TypeParser(&tokens).ParseFields("column"));
  if (tokens.Peek().kind != TokenKind::kEnd) return tokens.Unexpected("',' or the end");
  return arrow::schema(std::move(fields));
}

Result<std::shared_ptr<arrow::DataType>> ParseType(std::string_view text) {
  ASSIGN_OR_RAISE(std::vector<Token> list, Tokenize(text));
  TokenStream tokens(std::move(list));
  ASSIGN_OR_RAISE(TypePtr type, TypeParser(&tokens).Parse());
  if (tokens.Peek().kind != TokenKind::kEnd) return tokens.Unexpected("the end");
  return type;
}

Result<std::shared_ptr<arrow::DataType>> ParseType(TokenStream* tokens) {
  return TypeParser(tokens).Parse();
}

bool IsComparable(const arrow::DataType& type) {
  if (type.id() == arrow::Type::MAP || type.id() == arrow::Type::NA) return false;
  return std::ranges::all_of(type.fields(),
                             [](const auto& field) { return IsComparable(*field->type()); });
}

std::string TypeName(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
      return fmt::format("DECIMAL({},{})", decimal.precision(), decimal.scale());
    }
    case arrow::Type::LIST:
      return fmt::format("ARRAY<{}>", TypeName(*type.field(0)->type()));
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return fmt::format("MAP<{}, {}>", TypeName(*map.key_type()), TypeName(*map.item_type()));
    }
    case arrow::Type::STRUCT:
      return StructName(type);
    case arrow::Type::DURATION:
      return "INTERVAL DAY TO SECOND";
    case arrow::Type::INTERVAL_MONTHS:
      return "INTERVAL YEAR TO MONTH";
    default:
      break;
  }
  for (const SimpleType& simple : SimpleTypes()) {
    if (type.Equals(*simple.make())) return std::string(simple.name);
  }
  return type.ToString();
}

}  // namespace headrace::sql
