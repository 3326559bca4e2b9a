// An Avro schema as a tree.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace headrace::avro {

struct Type;
using TypePtr = std::shared_ptr<const Type>;

// Immutable.
struct Type {
  enum class Kind {
    kNull,
    kBoolean,
    kInt,
    kLong,
    kFloat,
    kDouble,
    kBytes,
    kString,
    kRecord,
    kEnum,
    kArray,
    kMap,
    kUnion,
    kFixed
  };
  Kind kind = Kind::kNull;
  std::string name;                                     // record, enum, fixed: the full name
  std::vector<std::pair<std::string, TypePtr>> fields;  // record
  std::vector<TypePtr> branches;                        // union
  TypePtr items;                                        // array, map: of the values
  std::vector<std::string> symbols;                     // enum
  int64_t size = 0;                                     // fixed: bytes
  std::string logical_type;                             // "decimal", "timestamp-micros", ...
  int precision = 0, scale = 0;                         // decimal
  int depth = 1;                                        // levels of the tree
  int64_t nodes = 1;                                    // types in the tree

  // For a union of null and one other type that type, for another type itself.
  const Type& NotNull() const;
  bool nullable() const;
};

// Parses a schema in JSON. Unknown attributes are ignored.
//
// Errors: Invalid where the text is none, nests deeper than 64 levels, has more than 100,000 types
// once names are replaced by what they stand for, or a type holds itself.
Result<TypePtr> ParseSchema(std::string_view json);

// Names a type for a message: "an Avro long (timestamp-micros)".
std::string Describe(const Type& type);

// Renders a schema as JSON, each named type at full length: for a tree without two of one name. A
// field whose union begins with null has null as its default.
std::string ToJson(const Type& type);

// Parses schemas of which each may name the types of those before it; returns the last.
Result<TypePtr> ParseSchemas(const std::vector<std::string>& jsons);

}  // namespace headrace::avro
