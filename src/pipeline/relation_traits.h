// What a reader of a relation must expect of it, besides its columns.
#pragma once

#include <map>
#include <string>

#include "pipeline/pipeline.h"

namespace headrace::pipeline {

struct RelationTraits {
  bool retracts = false;     // rows that were there may change or disappear
  bool watermarked = false;  // a view upstream, or this one, declares a watermark
};

using TraitsByRelation = std::map<std::string, RelationTraits>;

// A keyed source retracts: a newer record replaces the older one.
RelationTraits TraitsOf(const Source& source);

// The traits of the view's plan, before its own `emit` and `watermark`. Relations that are missing
// in `relations` count as append-only.
RelationTraits TraitsOfPlan(const sql::Plan& plan, const TraitsByRelation& relations);

// What readers of the view see: with `emit: final` each window once.
RelationTraits TraitsOf(const View& view, const TraitsByRelation& relations);

// Of every source and view of a checked pipeline.
TraitsByRelation TraitsOfAll(const Pipeline& pipeline);

// The windowed aggregate of the plan, or null; the outermost where there are several.
const sql::Aggregate* FindWindow(const sql::Plan& plan);

bool HasJoin(const sql::Plan& plan);

}  // namespace headrace::pipeline
