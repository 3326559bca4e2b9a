// An Avro schema as a tree.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace headrace::hudi {

struct AvroType;
using AvroTypePtr = std::shared_ptr<const AvroType>;

// Immutable.
struct AvroType {
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
  std::string name;                                         // record, enum, fixed: the full name
  std::vector<std::pair<std::string, AvroTypePtr>> fields;  // record
  std::vector<AvroTypePtr> branches;                        // union
  AvroTypePtr items;                                        // array, map: of the values
  std::vector<std::string> symbols;                         // enum
  int64_t size = 0;                                         // fixed: bytes
  std::string logical_type;                                 // "decimal", "timestamp-micros", ...
  int precision = 0, scale = 0;                             // decimal
  int depth = 1;                                            // levels of the tree

  // For a union of null and one other type that type, for another type itself.
  const AvroType& NotNull() const;
  bool nullable() const;
};

// Parses a schema in JSON. Unknown attributes are ignored.
//
// Errors: Invalid where the text is none, nests deeper than 64 levels, or a type holds itself.
Result<AvroTypePtr> ParseAvroSchema(std::string_view json);

}  // namespace headrace::hudi
