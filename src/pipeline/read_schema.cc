#include <algorithm>
#include <map>
#include <set>

#include "pipeline/check.h"
#include "sql/analyzer.h"
#include "sql/lineage.h"

namespace headrace::pipeline {
namespace {

using Paths = std::set<sql::ColumnPath>;

// The scans of a plan name what a statement reads.
void CollectScans(const sql::Plan& plan, std::set<std::string>& relations) {
  if (const auto* scan = std::get_if<sql::Scan>(&plan.node)) relations.insert(scan->relation);
  for (const sql::PlanPtr& input : plan.inputs) CollectScans(*input, relations);
}

std::shared_ptr<arrow::Schema> ReadSchemaOf(const Source& source, Paths paths) {
  for (const std::string& column : source.key) paths.insert({source.name, {column}});
  if (!source.order_by.empty()) paths.insert({source.name, source.order_by});
  auto pruned = sql::Prune(*source.schema, paths);
  if (pruned->num_fields() > 0) return pruned;
  // count(*) reads no column, but a batch needs one to have rows: the cheapest.
  const auto& fields = source.schema->fields();
  const auto cheapest = std::ranges::find_if(
      fields, [](const auto& field) { return arrow::is_fixed_width(field->type()->id()); });
  return arrow::schema({cheapest == fields.end() ? fields.front() : *cheapest});
}

}  // namespace

Status PruneSources(Pipeline& pipeline) {
  Paths read;
  for (const View& view : pipeline.views) read.merge(sql::ReadColumns(*view.plan));
  sql::Relations schemas;
  for (Source& source : pipeline.sources) {
    const bool kept_whole = std::ranges::any_of(
        pipeline.sinks, [&](const Sink& sink) { return sink.from == source.name; });
    Paths paths;
    for (const sql::ColumnPath& path : read) {
      if (path.relation == source.name) paths.insert(path);
    }
    source.read_schema = kept_whole ? source.schema : ReadSchemaOf(source, std::move(paths));
    schemas[source.name] = source.read_schema;
  }
  for (View& view : pipeline.views) {
    std::set<std::string> names;
    CollectScans(*view.plan, names);
    sql::Relations relations;
    for (const std::string& name : names) relations[name] = schemas.at(name);
    ASSIGN_OR_RAISE(view.plan, sql::Analyze(view.sql, relations));
    schemas[view.name] = view.plan->schema;
  }
  return Status::OK();
}

}  // namespace headrace::pipeline
