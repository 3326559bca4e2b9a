#include "sql/duckdb_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace headrace::sql {
namespace {

using arrow::Type;

// The scalar types, by Arrow's; null where the type is nested or unknown.
struct Scalar {
  Type::type arrow;
  duckdb_type duckdb;
  const char* name;
};
constexpr Scalar kScalars[] = {
    {Type::NA, DUCKDB_TYPE_INTEGER, "INTEGER"},
    {Type::BOOL, DUCKDB_TYPE_BOOLEAN, "BOOLEAN"},
    {Type::INT8, DUCKDB_TYPE_TINYINT, "TINYINT"},
    {Type::INT16, DUCKDB_TYPE_SMALLINT, "SMALLINT"},
    {Type::INT32, DUCKDB_TYPE_INTEGER, "INTEGER"},
    {Type::INT64, DUCKDB_TYPE_BIGINT, "BIGINT"},
    {Type::FLOAT, DUCKDB_TYPE_FLOAT, "FLOAT"},
    {Type::DOUBLE, DUCKDB_TYPE_DOUBLE, "DOUBLE"},
    {Type::STRING, DUCKDB_TYPE_VARCHAR, "VARCHAR"},
    {Type::BINARY, DUCKDB_TYPE_BLOB, "BLOB"},
    {Type::DATE32, DUCKDB_TYPE_DATE, "DATE"},
    {Type::TIMESTAMP, DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP"},
    {Type::DURATION, DUCKDB_TYPE_BIGINT, "BIGINT"},
    {Type::INTERVAL_MONTHS, DUCKDB_TYPE_INTEGER, "INTEGER"},
};

const Scalar* FindScalar(const arrow::DataType& type) {
  const auto found = std::find_if(std::begin(kScalars), std::end(kScalars),
                                  [&](const Scalar& row) { return row.arrow == type.id(); });
  return found == std::end(kScalars) ? nullptr : found;
}

duckdb_logical_type StructType(const arrow::DataType& type) {
  std::vector<duckdb_logical_type> types;
  std::vector<const char*> names;
  for (const auto& field : type.fields()) {
    types.push_back(DuckType(*field->type()));
    names.push_back(field->name().c_str());
  }
  duckdb_logical_type made = duckdb_create_struct_type(types.data(), names.data(), types.size());
  for (duckdb_logical_type& part : types) duckdb_destroy_logical_type(&part);
  return made;
}

}  // namespace

bool HasDuckType(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::TIMESTAMP:
      return static_cast<const arrow::TimestampType&>(type).unit() == arrow::TimeUnit::MICRO;
    case Type::DURATION:
      return static_cast<const arrow::DurationType&>(type).unit() == arrow::TimeUnit::MICRO;
    case Type::DECIMAL128:
      return true;
    case Type::STRUCT:
      if (type.num_fields() == 0) return false;
      [[fallthrough]];
    case Type::LIST:
    case Type::MAP:
      return std::all_of(type.fields().begin(), type.fields().end(),
                         [](const auto& field) { return HasDuckType(*field->type()); });
    default:
      return FindScalar(type) != nullptr;
  }
}

std::string DuckTypeName(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
      return fmt::format("DECIMAL({},{})", decimal.precision(), decimal.scale());
    }
    case Type::LIST:
      return DuckTypeName(*type.field(0)->type()) + "[]";
    case Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return fmt::format("MAP({}, {})", DuckTypeName(*map.key_type()),
                         DuckTypeName(*map.item_type()));
    }
    case Type::STRUCT: {
      std::vector<std::string> fields;
      for (const auto& field : type.fields()) {
        fields.push_back(QuoteName(field->name()) + " " + DuckTypeName(*field->type()));
      }
      return fmt::format("STRUCT({})", fmt::join(fields, ", "));
    }
    default:
      return FindScalar(type)->name;
  }
}

duckdb_logical_type DuckType(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
      return duckdb_create_decimal_type(static_cast<uint8_t>(decimal.precision()),
                                        static_cast<uint8_t>(decimal.scale()));
    }
    case Type::LIST: {
      duckdb_logical_type element = DuckType(*type.field(0)->type());
      duckdb_logical_type made = duckdb_create_list_type(element);
      duckdb_destroy_logical_type(&element);
      return made;
    }
    case Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      duckdb_logical_type key = DuckType(*map.key_type());
      duckdb_logical_type item = DuckType(*map.item_type());
      duckdb_logical_type made = duckdb_create_map_type(key, item);
      duckdb_destroy_logical_type(&key);
      duckdb_destroy_logical_type(&item);
      return made;
    }
    case Type::STRUCT:
      return StructType(type);
    default:
      return duckdb_create_logical_type(FindScalar(type)->duckdb);
  }
}

std::string QuoteName(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string QuoteString(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\0') {
      quoted += "' || chr(0) || '";  // the statement ends at a NUL
    } else {
      quoted += c == '\'' ? "''" : std::string(1, c);
    }
  }
  return quoted + "'";
}

}  // namespace headrace::sql
