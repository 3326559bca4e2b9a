#include "pipeline/relation_traits.h"

#include <variant>

namespace headrace::pipeline {

RelationTraits TraitsOf(const Source& source) {
  return {.retracts = !source.key.empty(), .watermarked = false};
}

RelationTraits TraitsOfPlan(const sql::Plan& plan, const TraitsByRelation& relations) {
  if (const auto* scan = std::get_if<sql::Scan>(&plan.node)) {
    const auto found = relations.find(scan->relation);
    return found == relations.end() ? RelationTraits{} : found->second;
  }
  RelationTraits traits;
  for (const sql::PlanPtr& input : plan.inputs) {
    const RelationTraits below = TraitsOfPlan(*input, relations);
    traits.retracts |= below.retracts;
    traits.watermarked |= below.watermarked;
  }
  // A group changes with each row that joins it.
  if (std::holds_alternative<sql::Aggregate>(plan.node) ||
      std::holds_alternative<sql::Distinct>(plan.node))
    traits.retracts = true;
  return traits;
}

RelationTraits TraitsOf(const View& view, const TraitsByRelation& relations) {
  RelationTraits traits = TraitsOfPlan(*view.plan, relations);
  if (view.emit == View::Emit::kFinal) traits.retracts = false;
  traits.watermarked |= view.watermark.has_value();
  return traits;
}

TraitsByRelation TraitsOfAll(const Pipeline& pipeline) {
  TraitsByRelation traits;
  for (const Source& source : pipeline.sources) traits[source.name] = TraitsOf(source);
  for (const View& view : pipeline.views) traits[view.name] = TraitsOf(view, traits);
  return traits;
}

const sql::Aggregate* FindWindow(const sql::Plan& plan) {
  const auto* aggregate = std::get_if<sql::Aggregate>(&plan.node);
  if (aggregate != nullptr && aggregate->window) return aggregate;
  for (const sql::PlanPtr& input : plan.inputs) {
    if (const sql::Aggregate* found = FindWindow(*input)) return found;
  }
  return nullptr;
}

}  // namespace headrace::pipeline
