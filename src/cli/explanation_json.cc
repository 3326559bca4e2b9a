#include <nlohmann/json.hpp>
#include <string>

#include "cli/explanation.h"

namespace headrace::cli {
namespace {

using Json = nlohmann::ordered_json;

Json AsObject(const std::vector<std::pair<std::string, std::string>>& details) {
  Json object = Json::object();
  for (const auto& [label, text] : details) object[label] = text;
  return object;
}

Json AsJson(const ExplainedOperator& node) {
  Json inputs = Json::array();
  for (const ExplainedOperator& input : node.inputs) inputs.push_back(AsJson(input));
  return {{"operator", node.name},
          {"what", node.what},
          {"details", AsObject(node.details)},
          {"inputs", std::move(inputs)}};
}

Json AsJson(const ExplainedSource& source) {
  return {{"name", source.name},
          {"connector", source.connector},
          {"what", source.what},
          {"key", source.key},
          {"order_by", source.order_by},
          {"partitions", source.partitions},
          {"updating", source.traits.retracts},
          {"read", source.read},
          {"not_read", source.not_read}};
}

Json AsJson(const ExplainedView& view) {
  Json columns = Json::array();
  for (const ExplainedColumn& column : view.columns) {
    columns.push_back({{"name", column.name},
                       {"type", column.type},
                       {"from", column.from},
                       {"sources", column.sources}});
  }
  Json watermark;  // null: it declares none
  if (view.watermark)
    watermark = {{"column", view.watermark->first}, {"delay", view.watermark->second}};
  return {{"name", view.name},
          {"updating", view.traits.retracts},
          {"watermarked", view.traits.watermarked},
          {"emit", view.emit_final ? "final" : "changes"},
          {"watermark", std::move(watermark)},
          {"plan", AsJson(view.plan)},
          {"columns", std::move(columns)},
          {"decided_by", view.decided_by}};
}

Json AsJson(const ExplainedSink& sink) {
  return {{"name", sink.name}, {"from", sink.from},       {"connector", sink.connector},
          {"what", sink.what}, {"updates", sink.updates}, {"details", AsObject(sink.details)}};
}

template <class Element>
Json AsList(const std::vector<Element>& elements) {
  Json list = Json::array();
  for (const Element& element : elements) list.push_back(AsJson(element));
  return list;
}

}  // namespace

std::string ExplanationJson(const Explanation& explanation) {
  const Json json = {{"name", explanation.name},
                     {"state", explanation.state},
                     {"commit_every", explanation.commit_every},
                     {"metrics", explanation.metrics},
                     {"sources", AsList(explanation.sources)},
                     {"views", AsList(explanation.views)},
                     {"sinks", AsList(explanation.sinks)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace headrace::cli
