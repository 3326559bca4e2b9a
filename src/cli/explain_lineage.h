// Where the columns of views come from, followed through views to the sources.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "pipeline/pipeline.h"
#include "sql/lineage.h"

namespace headrace::cli {

using ColumnPaths = std::set<sql::ColumnPath>;

// Of one column of a view: the source columns its values are computed of, and those that only
// decide which rows there are.
struct SourceColumns {
  ColumnPaths direct;
  ColumnPaths indirect;
};

// Follows lineage view by view; add the views in the order of the pipeline.
class SourceLineage {
 public:
  // Returns the source columns of each column of the view, in order.
  std::vector<SourceColumns> Add(const pipeline::View& view,
                                 const std::vector<sql::ColumnLineage>& lineage);

 private:
  void Follow(const ColumnPaths& paths, ColumnPaths& direct, ColumnPaths& indirect) const;

  std::map<std::string, std::map<std::string, SourceColumns>> views_;
};

// "feed.properties.mag".
std::string PathText(const sql::ColumnPath& path);
std::vector<std::string> PathTexts(const ColumnPaths& paths);

// The paths of the fields that hold values, such as "properties.mag"; structs are entered.
std::vector<std::string> LeafPaths(const arrow::Schema& schema);

}  // namespace headrace::cli
