#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/table_reports.h"
#include "hudi/validation.h"

namespace headrace::cli {
namespace {

void Print(const hudi::Validation& validation, const std::string& root) {
  for (const hudi::Finding& finding : validation.findings) {
    fmt::print("{}: {}{}{}: {}\n   {}\n", finding.is_error ? "error" : "warning", root,
               finding.file.empty() ? "" : "/", finding.file, finding.what, finding.hint);
  }
  const int64_t errors = validation.errors();
  fmt::print("{} actions, {} files, {} rows, {}: {} errors, {} warnings\n", validation.instants,
             validation.files, validation.rows, FormatSize(validation.bytes), errors,
             static_cast<int64_t>(validation.findings.size()) - errors);
}

void PrintJson(const hudi::Validation& validation) {
  nlohmann::json findings = nlohmann::json::array();
  for (const hudi::Finding& finding : validation.findings)
    findings.push_back({{"severity", finding.is_error ? "error" : "warning"},
                        {"file", finding.file},
                        {"message", finding.what},
                        {"hint", finding.hint}});
  const nlohmann::json json = {{"actions", validation.instants}, {"files", validation.files},
                               {"rows", validation.rows},        {"bytes", validation.bytes},
                               {"errors", validation.errors()},  {"findings", std::move(findings)}};
  // Names of files may be any bytes.
  fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

Result<bool> ValidateTable(storage::Storage& storage, bool json) {
  ASSIGN_OR_RAISE(const hudi::Validation validation, hudi::Validate(storage));
  if (json) {
    PrintJson(validation);
  } else {
    Print(validation, storage.root());
  }
  return validation.errors() == 0;
}

}  // namespace headrace::cli
