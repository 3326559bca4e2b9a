// The checks of a pipeline file that has been read: do the parts fit each other? Each part of a
// file has its check; they share one Checking.
#pragma once

#include <arrow/type.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "pipeline/pipeline.h"
#include "pipeline/places.h"
#include "pipeline/relation_traits.h"

namespace headrace::pipeline {

// What is known so far. A relation that is itself wrong is in `names` but not in `schemas`: what is
// built on it is left alone, so that one mistake is one error.
struct Checking {
  Pipeline& pipeline;
  const Places& places;
  std::vector<Diagnostic>& diagnostics;

  std::vector<std::string> names = {};  // of sources and views
  std::map<std::string, std::shared_ptr<arrow::Schema>> schemas = {};
  TraitsByRelation traits = {};

  void Report(std::string message, std::string hint, Span place);

  // The column `name` of `relation`, which `place` names; where it isn't there that is reported,
  // with what is near, and the answer is null.
  std::shared_ptr<arrow::Field> FindColumn(const std::string& relation, const std::string& name,
                                           Span place);
};

// Name, state, metrics address; names of sources and views are unique.
void CheckGeneral(Checking& checking);

// URLs, key and order_by. Fills `names`, and for sources `schemas` and `traits`.
void CheckSources(Checking& checking);

// Sorts the views so that each comes after those it reads, analyzes each, checks watermark and
// emit. Fills plans, and for views `schemas` and `traits`.
void CheckViews(Checking& checking);

// Sinks against the relations they keep.
void CheckSinks(Checking& checking);

// Computes what is read of each source, and plans the views against that. Needs a pipeline without
// errors.
Status PruneSources(Pipeline& pipeline);

// Whether values of the type can identify a row: no floating point, nothing nested.
bool IsKeyType(const arrow::DataType& type);

// Whether values of the type have an order: numbers, texts, times.
bool IsOrderedType(const arrow::DataType& type);

// Whether the type is a struct, an array or a map.
bool IsNestedType(const arrow::DataType& type);

}  // namespace headrace::pipeline
