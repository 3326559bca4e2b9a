#include "avro/read_plan.h"

#include <utility>

namespace headrace::avro {
namespace {

using Action = ReadPlan::Action;
using Kind = Type::Kind;
using Id = arrow::Type;

__int128 PowerOfTen(int exponent) {
  __int128 power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

class Planner {
 public:
  explicit Planner(TypeNamer type_name) : type_name_(type_name) {}

  // The fields of a record as columns, or as children of a struct.
  ReadPlan Record(const Type& writer, const arrow::FieldVector& columns) const {
    ReadPlan plan{.action = Action::kStruct, .writer = &writer};
    std::vector<bool> is_written(columns.size());
    for (const auto& [name, type] : writer.fields) {
      int column = -1;
      for (size_t i = 0; i < columns.size(); ++i)
        if (columns[i]->name() == name) column = static_cast<int>(i);
      if (column < 0) {
        plan.children.push_back({.action = Action::kSkip, .writer = type.get()});
        continue;
      }
      if (is_written[column])
        return Misfit(std::move(plan), "the writer's record has two fields '" + name + "'");
      is_written[column] = true;
      plan.children.push_back(Value(*type, *columns[column]));
      plan.children.back().column = column;
    }
    for (size_t i = 0; i < columns.size(); ++i) {
      if (is_written[i]) continue;
      if (!columns[i]->nullable())
        return Misfit(std::move(plan), "expected " + type_name_(*columns[i]->type()) +
                                           " NOT NULL, and the writer's schema has no field '" +
                                           columns[i]->name() + "'");
      plan.unwritten.push_back(static_cast<int>(i));
    }
    return plan;
  }

  static ReadPlan Misfit(ReadPlan plan, std::string reason) {
    plan.action = Action::kMisfit;
    plan.reason = std::move(reason);
    return plan;
  }

 private:
  ReadPlan Value(const Type& writer, const arrow::Field& reader) const {
    ReadPlan plan{.nullable = reader.nullable(), .writer = &writer, .reader = &reader};
    switch (writer.kind) {
      case Kind::kNull:
        plan.action = Action::kNull;
        break;
      case Kind::kBoolean:
        if (reader.type()->id() == Id::BOOL) plan.action = Action::kBoolean;
        break;
      case Kind::kInt:
      case Kind::kLong:
        Integer(&plan);
        break;
      case Kind::kFloat:
      case Kind::kDouble:
        Real(&plan);
        break;
      case Kind::kString:
      case Kind::kBytes:
      case Kind::kFixed:
      case Kind::kEnum:
        Bytes(&plan);
        break;
      default:
        Nested(&plan);
    }
    if (plan.action == Action::kMisfit && plan.reason.empty())
      plan.reason = "expected " + type_name_(*reader.type()) + ", found " + Describe(writer);
    return plan;
  }

  static void Integer(ReadPlan* plan) {
    const std::string& logical = plan->writer->logical_type;
    switch (plan->reader->type()->id()) {
      case Id::INT8:
        plan->action = Action::kInt8;
        break;
      case Id::INT16:
        plan->action = Action::kInt16;
        break;
      case Id::INT32:
        plan->action = Action::kInt32;
        break;
      case Id::INT64:
        plan->action = Action::kInt64;
        break;
      case Id::FLOAT:
        plan->action = Action::kIntegerToFloat;
        break;
      case Id::DOUBLE:
        plan->action = Action::kIntegerToDouble;
        break;
      case Id::DATE32:
        if (logical == "date") plan->action = Action::kDate;
        break;
      case Id::TIMESTAMP:
        if (logical.ends_with("timestamp-micros") || logical.ends_with("timestamp-millis") ||
            logical.ends_with("timestamp-nanos"))
          plan->action = Action::kTimestamp;
        if (logical.ends_with("-millis")) plan->multiply = 1000;
        if (logical.ends_with("-nanos")) plan->divide = 1000;
        break;
      default:
        break;
    }
  }

  static void Real(ReadPlan* plan) {
    const bool is_float = plan->writer->kind == Kind::kFloat;
    if (plan->reader->type()->id() == Id::DOUBLE)
      plan->action = is_float ? Action::kFloatToDouble : Action::kDouble;
    if (plan->reader->type()->id() == Id::FLOAT && is_float) plan->action = Action::kFloat;
  }

  static void Bytes(ReadPlan* plan) {
    const Type& writer = *plan->writer;
    const Id::type target = plan->reader->type()->id();
    const bool is_fixed = writer.kind == Kind::kFixed;
    if (target == Id::DECIMAL128 && writer.logical_type == "decimal") {
      const auto& decimal = static_cast<const arrow::DecimalType&>(*plan->reader->type());
      if (writer.scale < 0 || writer.scale > decimal.scale()) return;
      plan->action = is_fixed ? Action::kFixedToDecimal : Action::kBytesToDecimal;
      plan->factor = PowerOfTen(decimal.scale() - writer.scale);
      plan->limit = PowerOfTen(decimal.precision());
    } else if (writer.kind == Kind::kEnum) {
      if (target == Id::STRING) plan->action = Action::kEnumToText;
      if (target == Id::BINARY) plan->action = Action::kEnumToBinary;
    } else if (is_fixed) {
      if (target == Id::BINARY) plan->action = Action::kFixedToBinary;
      if (target == Id::STRING && writer.logical_type == "uuid" && writer.size == 16)
        plan->action = Action::kUuidToText;
    } else if (target == Id::STRING) {
      plan->action = Action::kText;
    } else if (target == Id::BINARY) {
      plan->action = Action::kBinary;
    }
  }

  void Nested(ReadPlan* plan) const {
    const Type& writer = *plan->writer;
    const arrow::DataType& target = *plan->reader->type();
    if (writer.kind == Kind::kUnion) {
      plan->action = Action::kUnion;
      for (const TypePtr& branch : writer.branches)
        plan->children.push_back(Value(*branch, *plan->reader));
    } else if (writer.kind == Kind::kRecord && target.id() == Id::STRUCT) {
      ReadPlan record = Record(writer, target.fields());
      plan->action = record.action;
      plan->children = std::move(record.children);
      plan->unwritten = std::move(record.unwritten);
      plan->reason = std::move(record.reason);
    } else if (writer.kind == Kind::kArray && target.id() == Id::LIST) {
      plan->action = Action::kList;
      plan->children.push_back(Value(*writer.items, *target.field(0)));
    } else if (writer.kind == Kind::kMap && target.id() == Id::MAP) {
      const auto& map = static_cast<const arrow::MapType&>(target);
      if (map.key_type()->id() != Id::STRING) return;
      plan->action = Action::kMap;
      plan->children.push_back(Value(*writer.items, *map.item_field()));
    }
  }

  const TypeNamer type_name_;
};

}  // namespace

ReadPlan PlanRow(const Type& writer, const arrow::Schema& reader, TypeNamer type_name) {
  if (writer.kind != Kind::kRecord)
    return Planner::Misfit({.writer = &writer}, "expected a record, found " + Describe(writer));
  return Planner(type_name).Record(writer, reader.fields());
}

}  // namespace headrace::avro
