#include "sql/native.h"

#include <fmt/format.h>

#include <exception>

#include "sql/duckdb_type.h"
#include "sql/native_rows.h"

namespace headrace::sql {
namespace {

// What DuckDB keeps beside the function.
struct Registered {
  NativeUse use;
  NativeFunction function;
};

void Run(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto* registered =
      static_cast<const Registered*>(duckdb_scalar_function_get_extra_info(info));
  NativeRows rows(info, input, output, registered->use);
  try {
    registered->function(registered->use, rows);
  } catch (const std::exception& error) {
    rows.Fail(error.what());
  }
}

void Destroy(void* registered) { delete static_cast<Registered*>(registered); }

}  // namespace

std::string NativeUse::name() const {
  std::string name = "spark_" + kernel;
  for (const TypePtr& argument : arguments) name += " " + argument->ToString();
  return name + " to " + result->ToString();
}

NativeFunction FindNative(const NativeUse& use) {
  for (const auto find : {FindMathNative, FindDecimalNative, FindStringNative, FindTimeNative,
                          FindCastNative, FindTextNative, FindUrlNative, FindHashNative}) {
    if (NativeFunction function = find(use); function != nullptr) return function;
  }
  return nullptr;
}

Status RegisterNative(duckdb_connection connection, const NativeUse& use) {
  const NativeFunction kernel = FindNative(use);
  if (kernel == nullptr) {
    return Status::NotImplemented("the function table names the kernel ", use.name(),
                                  ", and there is none");
  }
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, use.name().c_str());
  for (const TypePtr& argument : use.arguments) {
    duckdb_logical_type type = DuckType(*argument);
    duckdb_scalar_function_add_parameter(function, type);
    duckdb_destroy_logical_type(&type);
  }
  duckdb_logical_type result = DuckType(*use.result);
  duckdb_scalar_function_set_return_type(function, result);
  duckdb_destroy_logical_type(&result);
  // Without it DuckDB calls the kernel on null rows all the same.
  duckdb_scalar_function_set_special_handling(function);
  duckdb_scalar_function_set_extra_info(function, new Registered{use, kernel}, Destroy);
  duckdb_scalar_function_set_function(function, Run);
  const duckdb_state state = duckdb_register_scalar_function(connection, function);
  duckdb_destroy_scalar_function(&function);
  if (state != DuckDBSuccess) return Status::UnknownError("DuckDB refused ", use.name());
  return Status::OK();
}

}  // namespace headrace::sql
