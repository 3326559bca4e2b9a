#include "cli/hudi_relations.h"

#include <utility>

#include "hudi/change_rows.h"
#include "hudi/snapshot.h"

namespace headrace::cli {
namespace {

using Batches = std::shared_ptr<arrow::RecordBatchReader>;
using Columns = std::vector<std::string>;

constexpr int kThreads = 2;

class SnapshotRelation : public sql::Relation {
 public:
  SnapshotRelation(std::unique_ptr<hudi::Table> table, hudi::SnapshotOptions options)
      : table_(std::move(table)), options_(std::move(options)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return table_->schema(); }
  Result<Batches> Read(const Columns& columns) override {
    hudi::SnapshotOptions options = options_;
    options.columns = columns;
    options.threads = kThreads;
    return hudi::ReadSnapshot(*table_, options);
  }

 private:
  const std::unique_ptr<hudi::Table> table_;
  const hudi::SnapshotOptions options_;
};

class ChangesRelation : public sql::Relation {
 public:
  ChangesRelation(std::unique_ptr<hudi::Table> table, hudi::ChangeOptions options)
      : table_(std::move(table)), options_(std::move(options)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return hudi::ChangeRowsSchema(*table_); }
  Result<Batches> Read(const Columns& columns) override {
    return hudi::ReadChangeRows(*table_, options_, columns);
  }

 private:
  const std::unique_ptr<hudi::Table> table_;
  const hudi::ChangeOptions options_;
};

Result<std::unique_ptr<hudi::Table>> OpenTable(const std::string& table, const HudiPlaces& places) {
  const auto known = places.named.find(table);
  ASSIGN_OR_RAISE(
      auto storage,
      storage::OpenStorage(known == places.named.end() ? table : known->second, places.storage));
  return hudi::Table::Open(std::move(storage));
}

Result<bool> ParseBool(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return UserError("read_optimized is '" + text + "'", "it can be true or false");
}

}  // namespace

Result<std::shared_ptr<sql::Relation>> OpenHudiRelation(const std::string& table,
                                                        const HudiPlaces& places) {
  ASSIGN_OR_RAISE(auto opened, OpenTable(table, places));
  return std::make_shared<SnapshotRelation>(std::move(opened), hudi::SnapshotOptions());
}

std::vector<sql::TableFunction> HudiFunctions(const HudiPlaces& places) {
  using Relation = Result<std::shared_ptr<sql::Relation>>;
  sql::TableFunction snapshot;
  snapshot.name = "hudi";
  snapshot.options = {"as_of", "read_optimized"};
  snapshot.open = [places](const auto& arguments, const auto& given) -> Relation {
    hudi::SnapshotOptions options;
    if (given.contains("as_of")) options.as_of = given.at("as_of");
    if (given.contains("read_optimized")) {
      ASSIGN_OR_RAISE(options.read_optimized, ParseBool(given.at("read_optimized")));
    }
    ASSIGN_OR_RAISE(auto table, OpenTable(arguments[0], places));
    return std::make_shared<SnapshotRelation>(std::move(table), std::move(options));
  };
  sql::TableFunction changes;
  changes.name = "hudi_changes";
  changes.parameters = 2;
  changes.options = {"until"};
  changes.open = [places](const auto& arguments, const auto& given) -> Relation {
    hudi::ChangeOptions options;
    options.from = arguments[1];
    if (given.contains("until")) options.to = given.at("until");
    ASSIGN_OR_RAISE(auto table, OpenTable(arguments[0], places));
    return std::make_shared<ChangesRelation>(std::move(table), std::move(options));
  };
  return {std::move(snapshot), std::move(changes)};
}

}  // namespace headrace::cli
