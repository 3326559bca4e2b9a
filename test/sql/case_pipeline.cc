#include "case_pipeline.h"

#include "base/units.h"
#include "sql/analyzer.h"

namespace headrace::sql_test {
namespace {

Result<pipeline::Source> MakeSource(const SourceText& text) {
  pipeline::Source source;
  source.name = text.name;
  source.key = text.key;
  source.order_by = text.order_by;
  ASSIGN_OR_RAISE(source.schema, sql::ParseSchema(text.ddl));
  source.read_schema = source.schema;
  return source;
}

Result<pipeline::View> MakeView(const ViewText& text, const sql::Relations& relations) {
  pipeline::View view;
  view.name = text.name;
  view.sql = text.sql;
  ASSIGN_OR_RAISE(view.plan, sql::Analyze(text.sql, relations));
  if (!text.watermark_column.empty()) {
    ASSIGN_OR_RAISE(const int64_t delay_us, ParseDuration(text.watermark_delay));
    view.watermark = pipeline::Watermark{text.watermark_column, delay_us};
  }
  if (text.emit_final) view.emit = pipeline::View::Emit::kFinal;
  view.keep_late = text.keep_late;
  return view;
}

}  // namespace

Result<pipeline::Pipeline> MakePipeline(const SqlCase& test_case) {
  pipeline::Pipeline pipeline;
  sql::Relations relations;
  for (const SourceText& text : test_case.sources) {
    ASSIGN_OR_RAISE(auto source, MakeSource(text));
    relations[source.name] = source.schema;
    pipeline.sources.push_back(std::move(source));
  }
  for (const ViewText& text : test_case.views) {
    ASSIGN_OR_RAISE(auto view, MakeView(text, relations));
    relations[view.name] = view.plan->schema;
    pipeline.views.push_back(std::move(view));
  }
  return pipeline;
}

}  // namespace headrace::sql_test
