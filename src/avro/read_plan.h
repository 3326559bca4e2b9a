// What is to be done to read a value that one schema wrote as a type of another: the resolution of
// both, made once, as a tree that row_reader.cc follows for each row.
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <string>
#include <vector>

#include "avro/schema.h"

namespace headrace::avro {

struct ReadPlan {
  enum class Action : uint8_t {
    kSkip,  // nobody reads it
    kNull,
    kBoolean,
    kInt8,  // from int or long
    kInt16,
    kInt32,
    kInt64,
    kIntegerToFloat,
    kIntegerToDouble,
    kDate,
    kTimestamp,
    kFloat,
    kFloatToDouble,
    kDouble,
    kText,  // from string or bytes
    kBinary,
    kEnumToText,
    kEnumToBinary,
    kFixedToBinary,
    kUuidToText,  // from fixed
    kBytesToDecimal,
    kFixedToDecimal,
    kList,
    kMap,
    kStruct,
    kUnion,
    kMisfit,  // a value of it cannot be read
  };
  Action action = Action::kMisfit;
  bool nullable = true;
  const Type* writer = nullptr;
  const arrow::Field* reader = nullptr;  // none: it is skipped
  int column = -1;                       // of the record or struct that it belongs to
  // Fields, in the order of the writer; the branches; the items.
  std::vector<ReadPlan> children = {};
  std::vector<int> unwritten = {};  // children of the struct that the writer doesn't have
  std::string reason = {};          // why it cannot be read
  int64_t multiply = 1;             // timestamps, to microseconds
  int64_t divide = 1;
  __int128 factor = 1;  // decimals, to the scale of the reader
  __int128 limit = 0;   // decimals: smaller in size than this
};

using TypeNamer = std::string (*)(const arrow::DataType&);

// Both must outlive the plan. `type_name` names a type of the reader for a message.
ReadPlan PlanRow(const Type& writer, const arrow::Schema& reader, TypeNamer type_name);

}  // namespace headrace::avro
