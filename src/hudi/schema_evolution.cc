#include "hudi/schema_evolution.h"

#include <fmt/format.h>

namespace headrace::hudi {
namespace {

using arrow::Type;
using TypePtr = std::shared_ptr<arrow::DataType>;

constexpr char kHint[] =
    "a column may be added, INT may become BIGINT or DOUBLE, FLOAT DOUBLE, and NOT NULL nullable; "
    "for anything else write to another path, or make the view produce the table's columns";

bool CanWiden(const arrow::DataType& from, const arrow::DataType& to) {
  return (from.id() == Type::INT32 && (to.id() == Type::INT64 || to.id() == Type::DOUBLE)) ||
         (from.id() == Type::FLOAT && to.id() == Type::DOUBLE);
}

class Evolution {
 public:
  explicit Evolution(std::vector<Diagnostic>* findings) : findings_(findings) {}

  arrow::FieldVector Fields(const arrow::FieldVector& table, const arrow::FieldVector& wanted,
                            const std::string& prefix) {
    arrow::FieldVector fields;
    for (const auto& field : table) {
      const std::string place = prefix + field->name();
      const auto other = Find(wanted, field->name());
      if (other == nullptr) {
        Add(fmt::format("the table has a column '{}' that the pipeline doesn't write", place),
            "let the view produce it; CAST(NULL AS ...) where there is no value");
        fields.push_back(field);
      } else {
        fields.push_back(Field(*field, *other, place));
      }
    }
    for (const auto& field : wanted)
      if (Find(table, field->name()) == nullptr) fields.push_back(field->WithNullable(true));
    return fields;
  }

 private:
  static std::shared_ptr<arrow::Field> Find(const arrow::FieldVector& fields,
                                            const std::string& name) {
    for (const auto& field : fields)
      if (field->name() == name) return field;
    return nullptr;
  }

  std::shared_ptr<arrow::Field> Field(const arrow::Field& table, const arrow::Field& wanted,
                                      const std::string& place) {
    return arrow::field(table.name(), Widest(table.type(), wanted.type(), place),
                        table.nullable() || wanted.nullable());
  }

  TypePtr Widest(const TypePtr& table, const TypePtr& wanted, const std::string& place) {
    if (wanted->Equals(*table) || CanWiden(*wanted, *table)) return table;
    if (CanWiden(*table, *wanted)) return wanted;
    if (table->id() == wanted->id()) {
      switch (table->id()) {
        case Type::STRUCT:
          return arrow::struct_(Fields(table->fields(), wanted->fields(), place + "."));
        case Type::LIST:
          return arrow::list(Field(*table->field(0), *wanted->field(0), place + ".element"));
        case Type::MAP: {
          const auto& map = static_cast<const arrow::MapType&>(*table);
          const auto& other = static_cast<const arrow::MapType&>(*wanted);
          return std::make_shared<arrow::MapType>(
              map.key_field(), Field(*map.item_field(), *other.item_field(), place + ".value"));
        }
        default:
          break;
      }
    }
    Add(fmt::format("the column '{}' is {} in the table and {} in the pipeline", place,
                    table->ToString(), wanted->ToString()),
        kHint);
    return table;
  }

  void Add(std::string message, std::string hint) {
    findings_->push_back({std::move(message), std::move(hint), std::nullopt});
  }

  std::vector<Diagnostic>* const findings_;
};

}  // namespace

std::shared_ptr<arrow::Schema> EvolveSchema(const arrow::Schema& table, const arrow::Schema& wanted,
                                            const std::string& order_by,
                                            std::vector<Diagnostic>* findings) {
  Evolution evolution(findings);
  auto schema = arrow::schema(evolution.Fields(table.fields(), wanted.fields(), ""));
  const auto before = order_by.empty() ? nullptr : table.GetFieldByName(order_by);
  const auto after = order_by.empty() ? nullptr : schema->GetFieldByName(order_by);
  if (before != nullptr && after != nullptr && !before->type()->Equals(*after->type()))
    findings->push_back(
        {fmt::format("the ordering column '{}' is {} in the table and {} in the "
                     "pipeline",
                     order_by, before->type()->ToString(), after->type()->ToString()),
         "values of both kinds cannot be compared: CAST it to the table's type", std::nullopt});
  return schema;
}

}  // namespace headrace::hudi
