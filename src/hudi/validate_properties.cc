#include <zlib.h>

#include "hudi/table_schema.h"
#include "hudi/validation_checks.h"

namespace headrace::hudi {
namespace {

constexpr char kFile[] = ".hoodie/hoodie.properties";

void CheckChecksum(CheckedTable* table) {
  const auto get = [&](const char* key) {
    const auto found = table->properties.find(key);
    return found == table->properties.end() ? std::string() : found->second;
  };
  const std::string qualified = get("hoodie.database.name") + "." + get("hoodie.table.name");
  const uint32_t expected = ::crc32(0, reinterpret_cast<const Bytef*>(qualified.data()),
                                    static_cast<uInt>(qualified.size()));
  const std::string found = get("hoodie.table.checksum");
  if (found == std::to_string(expected)) return;
  table->Error(kFile,
               found.empty()
                   ? "has no hoodie.table.checksum"
                   : "has the checksum " + found + " for the table name '" +
                         get("hoodie.table.name") + "', which has " + std::to_string(expected),
               "engines take it for a file that was cut: set hoodie.table.name to the name the "
               "table was made with, or hoodie.table.checksum=" +
                   std::to_string(expected));
}

void CheckColumns(const std::vector<std::string>& names, const std::string& role,
                  CheckedTable* table) {
  if (table->schema == nullptr) return;
  for (const std::string& name : names) {
    // The field of a struct is named with dots.
    const std::string column = name.substr(0, name.find('.'));
    if (table->schema->GetFieldIndex(column) >= 0) continue;
    table->Error(kFile, "names the " + role + " column '" + name + "', which the table hasn't",
                 "the columns are those that the newest commit says; correct the property");
  }
}

}  // namespace

Status CheckProperties(CheckedTable* table) {
  ASSIGN_OR_RAISE(const std::string text, table->storage.Get(kFile));
  table->properties = ParseProperties(text);
  CheckChecksum(table);
  if (table->config.type != "MERGE_ON_READ" && table->config.type != "COPY_ON_WRITE")
    table->Error(kFile, "has the table type '" + table->config.type + "'",
                 "hoodie.table.type is MERGE_ON_READ or COPY_ON_WRITE");
  CheckColumns(table->config.key, "key", table);
  CheckColumns(table->config.partition_by, "partition", table);
  if (!table->config.order_by.empty()) CheckColumns({table->config.order_by}, "ordering", table);
  for (const storage::ObjectInfo& object : table->objects)
    if (object.name == ".hoodie/hoodie.properties.backup")
      table->Warning(object.name, "was left behind while the properties were changed",
                     "compare it with hoodie.properties, then remove it");
  return Status::OK();
}

}  // namespace headrace::hudi
