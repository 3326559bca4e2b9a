// Values of literals, as Spark types them.
#pragma once

#include <string_view>

#include "base/status.h"
#include "sql/ast.h"
#include "sql/lexer.h"

namespace headrace::sql {

// A number token: INT, BIGINT or DECIMAL where there are only digits, DECIMAL with a point, DOUBLE
// with an exponent, else what the suffix says.
//
// Errors: a user error where the value is out of the range of its type.
Result<ast::Literal> NumberLiteral(const Token& token, bool negative);

// DATE '...', TIMESTAMP '...', TIMESTAMP_NTZ '...', TIMESTAMP_LTZ '...', X'...'.
//
// Errors: a user error where the text is no such value.
Result<ast::Literal> TypedLiteral(std::string_view type, const Token& text, Span span);

// Whether a string after this word makes a typed literal, supported or not.
bool IsLiteralType(std::string_view word);

ast::Literal StringLiteral(std::string value);
ast::Literal BooleanLiteral(bool value);
ast::Literal NullLiteral();

}  // namespace headrace::sql
