#include "pipeline/check.h"

#include <fmt/format.h>

#include <utility>

namespace headrace::pipeline {

void Checking::Report(std::string message, std::string hint, Span place) {
  diagnostics.push_back({std::move(message), std::move(hint), place});
}

std::shared_ptr<arrow::Field> Checking::FindColumn(const std::string& relation,
                                                   const std::string& name, Span place) {
  const arrow::Schema& schema = *schemas.at(relation);
  if (auto field = schema.GetFieldByName(name)) return field;
  Report(fmt::format("'{}' has no column '{}'", relation, name),
         HintOfNames(fmt::format("columns of '{}'", relation), name, schema.field_names()), place);
  return nullptr;
}

bool IsNestedType(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::STRUCT:
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::MAP:
      return true;
    default:
      return false;
  }
}

bool IsKeyType(const arrow::DataType& type) {
  return !IsNestedType(type) && !arrow::is_floating(type.id()) && type.id() != arrow::Type::NA;
}

bool IsOrderedType(const arrow::DataType& type) {
  return !IsNestedType(type) && type.id() != arrow::Type::NA && !arrow::is_binary(type.id()) &&
         type.id() != arrow::Type::BOOL;
}

}  // namespace headrace::pipeline
