#include "pipeline/relation_traits.h"

#include <algorithm>
#include <variant>

#include "sql/join_condition.h"

namespace headrace::pipeline {

RelationTraits TraitsOf(const Source& source) {
  return {.retracts = !source.key.empty(), .watermarked = false};
}

namespace {

// Whether a bound on the distance of two times, or two times that are equal, ends the state of a
// join on both sides.
bool IsBounded(const sql::Plan& plan, const sql::RelationJoin& join) {
  const auto condition = sql::SplitCondition(join.condition, plan.inputs[0]->schema->num_fields());
  for (const auto& bound : condition.bounds) {
    if (bound.lower_us && bound.upper_us) return true;
  }
  return std::ranges::any_of(condition.keys, [](const auto& key) {
    return key.left->type->id() == arrow::Type::TIMESTAMP && !key.null_safe;
  });
}

RelationTraits Traits(const sql::Plan& plan, const TraitsByRelation& relations, bool emit_final);

RelationTraits TraitsOfJoin(const sql::Plan& plan, const sql::RelationJoin& join,
                            const TraitsByRelation& relations, bool emit_final) {
  const RelationTraits left = Traits(*plan.inputs[0], relations, emit_final);
  const RelationTraits right = Traits(*plan.inputs[1], relations, emit_final);
  // A row beside nulls is taken back when a match comes.
  const bool alone = sql::KeepsLeft(join.kind) || sql::KeepsRight(join.kind) ||
                     join.kind == sql::JoinKind::kLeftAnti;
  return {.retracts = left.retracts || right.retracts || (alone && !emit_final),
          .watermarked = left.watermarked && right.watermarked && IsBounded(plan, join)};
}

RelationTraits Traits(const sql::Plan& plan, const TraitsByRelation& relations, bool emit_final) {
  if (const auto* scan = std::get_if<sql::Scan>(&plan.node)) {
    const auto found = relations.find(scan->relation);
    return found == relations.end() ? RelationTraits{} : found->second;
  }
  if (const auto* join = std::get_if<sql::RelationJoin>(&plan.node)) {
    return TraitsOfJoin(plan, *join, relations, emit_final);
  }
  RelationTraits traits;
  for (const sql::PlanPtr& input : plan.inputs) {
    const RelationTraits below = Traits(*input, relations, emit_final);
    traits.retracts |= below.retracts;
    traits.watermarked |= below.watermarked;
  }
  // A group changes with each row that joins it, unless it is given once.
  if (std::holds_alternative<sql::Aggregate>(plan.node)) traits.retracts = !emit_final;
  if (std::holds_alternative<sql::Distinct>(plan.node)) traits.retracts = true;
  if (std::holds_alternative<sql::Rank>(plan.node)) traits.retracts = !emit_final;
  return traits;
}

}  // namespace

RelationTraits TraitsOfPlan(const sql::Plan& plan, const TraitsByRelation& relations) {
  return Traits(plan, relations, false);
}

RelationTraits TraitsOf(const View& view, const TraitsByRelation& relations) {
  RelationTraits traits = Traits(*view.plan, relations, view.emit == View::Emit::kFinal);
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

bool HasJoin(const sql::Plan& plan) {
  return std::holds_alternative<sql::RelationJoin>(plan.node) ||
         std::holds_alternative<sql::Rank>(plan.node) ||
         std::ranges::any_of(plan.inputs,
                             [](const sql::PlanPtr& input) { return HasJoin(*input); });
}

}  // namespace headrace::pipeline
