#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "pipeline/check.h"
#include "pipeline/order_views.h"
#include "sql/analyzer.h"
#include "sql/names.h"

namespace headrace::pipeline {
namespace {

void ReportSql(Checking& checking, const View& view, const Status& status) {
  const std::string path = "views." + view.name + ".sql";
  for (const Diagnostic& diagnostic : DiagnosticsOf(status)) {
    checking.Report(diagnostic.message, diagnostic.hint,
                    diagnostic.span ? checking.places.Within(path, *diagnostic.span)
                                    : checking.places.Of(path));
  }
}

// The relations of the view's FROM clauses; none where the SQL cannot be parsed or names what isn't
// there, which is reported.
std::optional<std::vector<sql::RelationName>> FindReferences(Checking& checking, const View& view) {
  auto references = sql::ReferencedRelations(view.sql);
  if (!references.ok()) {
    ReportSql(checking, view, references.status());
    return std::nullopt;
  }
  bool known = true;
  for (sql::RelationName& reference : *references) {
    const auto same = std::ranges::find_if(checking.names, [&](const std::string& name) {
      return sql::SameName(name, reference.name);
    });
    if (same != checking.names.end()) {
      reference.name = *same;
      continue;
    }
    known = false;
    checking.Report(fmt::format("there is no source or view '{}'", reference.name),
                    HintOfNames("sources and views", reference.name, checking.names),
                    checking.places.Within("views." + view.name + ".sql", reference.span));
  }
  if (!known) return std::nullopt;
  return *std::move(references);
}

void CheckWatermark(Checking& checking, const View& view) {
  if (!view.watermark || view.watermark->column.empty()) return;
  const std::string path = "views." + view.name + ".watermark.column";
  const auto column =
      checking.FindColumn(view.name, view.watermark->column, checking.places.Of(path));
  if (column != nullptr && column->type()->id() != arrow::Type::TIMESTAMP) {
    checking.Report(fmt::format("the watermark column '{}' is {}", column->name(),
                                sql::TypeName(*column->type())),
                    "it must be TIMESTAMP; see timestamp_millis, timestamp_seconds, to_timestamp",
                    checking.places.Of(path));
  }
}

// `key` ("emit", "late") has a meaning only for windows and joins that a watermark closes.
void CheckClosesWindows(Checking& checking, const View& view, const std::string& key,
                        const std::string& choice) {
  const Span place = checking.places.Of(fmt::format("views.{}.{}", view.name, key));
  if (FindWindow(*view.plan) == nullptr && !HasJoin(*view.plan)) {
    checking.Report(
        fmt::format("'{}: {}' needs windows or a join, and '{}' has none", key, choice, view.name),
        "group by window(time, '1 hour'), or leave it out", place);
  } else if (!TraitsOfPlan(*view.plan, checking.traits).watermarked) {
    checking.Report(
        fmt::format("'{}: {}' needs a watermark upstream of '{}'", key, choice, view.name),
        "declare it in a view that it reads:  watermark: {column: time, delay: 1 hour}", place);
  }
}

void Analyze(Checking& checking, View& view, const std::vector<sql::RelationName>& references) {
  sql::Relations relations;
  for (const sql::RelationName& reference : references) {
    const auto found = checking.schemas.find(reference.name);
    if (found == checking.schemas.end()) return;  // it is wrong itself
    relations[reference.name] = found->second;
  }
  auto plan = sql::Analyze(view.sql, relations);
  if (!plan.ok()) {
    ReportSql(checking, view, plan.status());
    return;
  }
  view.plan = *std::move(plan);
  checking.schemas[view.name] = view.plan->schema;
  checking.traits[view.name] = TraitsOf(view, checking.traits);
  CheckWatermark(checking, view);
  if (view.emit == View::Emit::kFinal) CheckClosesWindows(checking, view, "emit", "final");
  if (view.keep_late) CheckClosesWindows(checking, view, "late", "keep");
}

}  // namespace

void CheckViews(Checking& checking) {
  std::vector<View>& views = checking.pipeline.views;
  for (const View& view : views) checking.names.push_back(view.name);
  std::map<std::string, std::vector<sql::RelationName>> references;
  for (const View& view : views) {
    if (view.sql.empty()) continue;
    if (auto found = FindReferences(checking, view)) references[view.name] = *std::move(found);
  }
  SortViews(checking, references);
  for (View& view : views) {
    const auto found = references.find(view.name);
    if (found != references.end()) Analyze(checking, view, found->second);
  }
}

}  // namespace headrace::pipeline
