#include "sql/select_analyzer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "sql/aggregate_functions.h"
#include "sql/ast_walk.h"
#include "sql/error.h"
#include "sql/expression_analyzer.h"
#include "sql/from_analyzer.h"
#include "sql/functions.h"
#include "sql/generator.h"
#include "sql/grouping.h"
#include "sql/join_analyzer.h"
#include "sql/names.h"
#include "sql/output_name.h"
#include "sql/scope.h"
#include "sql/structure.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

constexpr size_t kColumnsMax = 4096;
// The id of a grouping set has a bit for each.
constexpr size_t kGroupingSetKeysMax = 62;
constexpr size_t kErrorsMax = 20;

PlanPtr MakePlan(decltype(Plan::node) node, PlanPtr input, std::shared_ptr<arrow::Schema> schema) {
  return std::make_shared<Plan>(Plan{std::move(node), {std::move(input)}, std::move(schema)});
}

struct OutputColumn {
  std::string name;
  ExpressionPtr expression;
  Span span;
};

class SelectAnalyzer {
 public:
  SelectAnalyzer(const ast::Select& select, Scope scope, PlanPtr scan, int64_t* nodes)
      : select_(select), scope_(std::move(scope)), plan_(std::move(scan)), nodes_(nodes) {}

  Result<PlanPtr> Run() {
    const ExpressionPtr where = Where();
    FindWhetherGrouped();
    AnalyzeGroupBy();
    AnalyzeItems();
    ExpressionPtr having;
    if (select_.having != nullptr)
      having = Condition(select_.having, {.clause = "HAVING",
                                          .aliases = &aliases_,
                                          .aliases_first = true,
                                          .grouping = &grouping_});
    ExpressionPtr qualify = Condition(select_.qualify, {.clause = "QUALIFY",
                                                        .aliases = &aliases_,
                                                        .grouping = grouped_ ? &grouping_ : nullptr,
                                                        .windows = &windows_});
    if (select_.qualify != nullptr && errors_.empty() && windows_.empty())
      Keep(ErrorAt(select_.qualify->span, "QUALIFY needs a window function",
                   "a condition on rows goes into WHERE, one on groups into HAVING"));
    if (generator_ && !windows_.empty())
      Keep(NotSupported(select_.span, "a window function beside a generator",
                        "make rows of the array in a query of FROM"));
    if (errors_.empty() && grouped_) {
      having = OverGroups(having);
      qualify = MapOverGroups(qualify);
      if (errors_.empty())
        Keep(windows_.Map([this](const ExpressionPtr& one) { return grouping_.OverGroups(one); }));
    }
    if (errors_.empty()) CheckColumns();
    if (!errors_.empty()) {
      errors_.resize(std::min(errors_.size(), kErrorsMax));
      return UserError(std::move(errors_));
    }
    return Build(where, having, qualify);
  }

 private:
  // Keeps the diagnostics of an error; the analysis goes on to find others. After an error that
  // isn't the user's nothing is trusted anyway: it ends as a diagnostic too.
  void Keep(const Status& status) {
    if (status.ok()) return;
    std::ranges::copy(DiagnosticsOf(status), std::back_inserter(errors_));
  }

  template <typename T>
  std::optional<T> Take(Result<T> result) {
    if (result.ok()) return *std::move(result);
    Keep(result.status());
    return std::nullopt;
  }

  ExpressionPtr Analyze(const ast::Expression& expression, const ExpressionAnalyzer::Rules& rules) {
    return Take(ExpressionAnalyzer(scope_, rules, nodes_).Analyze(expression)).value_or(nullptr);
  }

  ExpressionPtr Condition(const ast::ExpressionPtr& written,
                          const ExpressionAnalyzer::Rules& rules) {
    if (written == nullptr) return nullptr;
    ExpressionPtr condition = Analyze(*written, rules);
    if (condition == nullptr) return nullptr;
    if (condition->type->id() == arrow::Type::NA)
      return Take(ResolveCast(condition, arrow::boolean(), false, written->span)).value_or(nullptr);
    if (condition->type->id() != arrow::Type::BOOL)
      Keep(ErrorAt(written->span, fmt::format("the condition of {} must be BOOLEAN, this is {}",
                                              rules.clause, TypeName(*condition->type))));
    return condition;
  }

  // Without the subqueries, which FROM has joined.
  ExpressionPtr Where() {
    const auto is_subquery = [](const ast::ExpressionPtr& conjunct) {
      return SubqueryTestOf(*conjunct).subquery != nullptr;
    };
    const std::vector<ast::ExpressionPtr> written = ConjunctsOf(select_.where);
    if (std::ranges::none_of(written, is_subquery))
      return Condition(select_.where, {.clause = "WHERE"});
    std::vector<ExpressionPtr> conjuncts;
    for (const ast::ExpressionPtr& conjunct : written) {
      if (is_subquery(conjunct)) continue;
      if (auto condition = Condition(conjunct, {.clause = "WHERE"}))
        conjuncts.push_back(std::move(condition));
    }
    return Conjunction(conjuncts);
  }

  void FindWhetherGrouped() {
    grouped_ = !select_.group_by.empty() || select_.group_by_all || select_.having != nullptr ||
               std::ranges::any_of(select_.items, [](const ast::SelectItem& item) {
                 return HoldsAggregate(*item.expression);
               });
  }

  // Returns the item of SELECT that a key of GROUP BY names by its position or alias, else the key.
  const ast::Expression* Referent(const ast::Expression& key) {
    if (const auto* literal = std::get_if<ast::Literal>(&key.node);
        literal != nullptr && literal->value->type->id() == arrow::Type::INT32) {
      const int position = static_cast<const arrow::Int32Scalar&>(*literal->value).value;
      if (position >= 1 && static_cast<size_t>(position) <= select_.items.size())
        return select_.items[static_cast<size_t>(position) - 1].expression.get();
      Keep(ErrorAt(key.span,
                   fmt::format("GROUP BY position {} is not in the SELECT list", position),
                   fmt::format("the positions are 1 to {}", select_.items.size())));
      return nullptr;
    }
    const auto* name = std::get_if<ast::Name>(&key.node);
    if (name == nullptr || name->parts.size() != 1 || scope_.Knows(name->parts)) return &key;
    for (const ast::SelectItem& item : select_.items) {
      if (item.alias && SameName(item.alias->name, name->parts[0].name))
        return item.expression.get();
    }
    return &key;
  }

  void AnalyzeGroupBy() {
    if (select_.group_by.size() > kGroupingKeysMax) {
      Keep(ErrorAt(select_.group_by[kGroupingKeysMax]->span,
                   fmt::format("GROUP BY has more than {} expressions", kGroupingKeysMax)));
      return;
    }
    std::vector<std::optional<size_t>> keys;
    for (const ast::ExpressionPtr& key : select_.group_by) {
      const ast::Expression* referent = Referent(*key);
      keys.push_back(referent == nullptr ? std::nullopt : AddKey(*key, *referent));
    }
    if (select_.group_by_all) AddAllKeys();
    if (!select_.grouping_sets.empty()) SetGroupingSets(keys);
    grouping_.SetColumns(scope_.relation_columns());
    if (grouping_.window()) scope_.AddColumn(grouping_.window()->column(), WindowType(), false);
  }

  // GROUP BY ALL: the items of SELECT that hold no aggregate function.
  void AddAllKeys() {
    for (const ast::SelectItem& item : select_.items) {
      if (HoldsAggregate(*item.expression)) continue;
      const auto* star = std::get_if<ast::Star>(&item.expression->node);
      if (star == nullptr) {
        AddKey(*item.expression, *item.expression);
        continue;
      }
      auto expanded = Take(scope_.Expand(star->qualifier, item.expression->span));
      if (!expanded) return;
      for (auto& column : *expanded) AddAnalyzedKey(std::move(column.expression));
    }
  }

  // Maps the sets, which hold positions of GROUP BY, to keys of the grouping.
  void SetGroupingSets(const std::vector<std::optional<size_t>>& keys) {
    if (grouping_.keys().size() > kGroupingSetKeysMax) {
      Keep(ErrorAt(select_.group_by.front()->span,
                   fmt::format("grouping sets have more than {} keys", kGroupingSetKeysMax)));
      return;
    }
    std::vector<std::vector<bool>> sets;
    for (const std::vector<size_t>& written : select_.grouping_sets) {
      std::vector<bool> set(grouping_.keys().size(), false);
      size_t windows = 0;
      for (const size_t position : written) {
        if (keys[position]) set[*keys[position]] = true;
        windows += keys[position] ? 0 : 1;
      }
      if (grouping_.window() && windows == 0) {
        Keep(NotSupported(select_.group_by.front()->span, "a grouping set without the window"));
        return;
      }
      sets.push_back(std::move(set));
    }
    grouping_.SetGroupingSets(std::move(sets));
  }

  size_t AddAnalyzedKey(ExpressionPtr key) {
    if (!IsComparable(*key->type))
      Keep(ErrorAt(key->span, "GROUP BY cannot compare values of type " + TypeName(*key->type)));
    return grouping_.AddKey(std::move(key));
  }

  // Returns which key it is; none where it is the window, or wrong.
  std::optional<size_t> AddKey(const ast::Expression& key, const ast::Expression& referent) {
    const ExpressionAnalyzer::Rules rules = {.clause = "GROUP BY", .items = &select_.items};
    if (HoldsAggregate(referent)) {
      Keep(ErrorAt(key.span, "GROUP BY must not hold an aggregate function"));
      return std::nullopt;
    }
    const auto* call = std::get_if<ast::Function>(&referent.node);
    if (call != nullptr && call->over == nullptr &&
        (SameName(call->name.name, "window") || SameName(call->name.name, "session_window"))) {
      auto window =
          Take(ExpressionAnalyzer(scope_, rules, nodes_).AnalyzeWindow(*call, referent.span));
      if (!window) return std::nullopt;
      if (grouping_.window() && !grouping_.window()->Same(*window))
        Keep(NotSupported(key.span, "GROUP BY two windows"));
      grouping_.SetWindow(*std::move(window));
      return std::nullopt;
    }
    ExpressionPtr analyzed = Analyze(referent, rules);
    if (analyzed == nullptr) return std::nullopt;
    return AddAnalyzedKey(std::move(analyzed));
  }

  void AnalyzeItems() {
    for (const ast::SelectItem& item : select_.items) {
      const auto* call = std::get_if<ast::Function>(&item.expression->node);
      if (const auto* star = std::get_if<ast::Star>(&item.expression->node)) {
        AddStar(item, *star);
      } else if (call != nullptr && IsGenerator(call->name.name)) {
        AddGenerator(item);
      } else {
        AddItem(item);
      }
      if (columns_.size() > kColumnsMax) {
        Keep(ErrorAt(item.expression->span,
                     fmt::format("SELECT has more than {} columns", kColumnsMax)));
        return;
      }
      if (errors_.size() >= kErrorsMax) return;
    }
  }

  void AddStar(const ast::SelectItem& item, const ast::Star& star) {
    const Span span = item.expression->span;
    if (item.alias) Keep(ErrorAt(item.alias->span, "* takes no alias"));
    auto expanded = Take(scope_.Expand(star.qualifier, span));
    if (!expanded) return;
    for (auto& column : *expanded)
      columns_.push_back({std::move(column.name), std::move(column.expression), span});
  }

  // SELECT explode(array): its columns stand behind those of the relation.
  void AddGenerator(const ast::SelectItem& item) {
    const Span span = item.expression->span;
    if (generator_ || grouped_) {
      Keep(NotSupported(span,
                        grouped_ ? "a generator in a grouped SELECT" : "two generators in SELECT",
                        "use LATERAL VIEW, or a query in FROM"));
      return;
    }
    std::vector<ast::Identifier> names = item.aliases;
    if (item.alias) names = {*item.alias};
    generator_ = Take(AnalyzeGenerator(scope_, *item.expression, false, names, nodes_));
    if (!generator_) return;
    for (const auto& field : generator_->columns) {
      const int index = scope_.AddColumn("", field->type(), field->nullable());
      columns_.push_back({field->name(),
                          std::make_shared<Expression>(Expression{
                              ColumnReference{index}, field->type(), field->nullable(), span}),
                          span});
    }
  }

  // Items see the aliases of those before them, where no column has the name.
  void AddItem(const ast::SelectItem& item) {
    ExpressionAnalyzer analyzer(
        scope_,
        {.aliases = &aliases_, .grouping = grouped_ ? &grouping_ : nullptr, .windows = &windows_},
        nodes_);
    const auto expression = Take(analyzer.Analyze(*item.expression));
    if (!expression) return;
    if (!item.aliases.empty())
      Keep(ErrorAt(item.aliases.front().span, "only a generator takes several names"));
    if (item.alias)
      aliases_.push_back({item.alias->name, *expression, analyzer.depth(), analyzer.size()});
    columns_.push_back({item.alias ? item.alias->name : OutputName(*item.expression, scope_),
                        *expression, item.alias ? item.alias->span : item.expression->span});
  }

  // Maps the output columns to those of the Aggregate, and returns HAVING mapped.
  ExpressionPtr OverGroups(ExpressionPtr having) {
    for (OutputColumn& column : columns_) {
      if (auto mapped = Take(grouping_.OverGroups(column.expression)))
        column.expression = *std::move(mapped);
    }
    return MapOverGroups(having);
  }

  ExpressionPtr MapOverGroups(const ExpressionPtr& expression) {
    if (expression == nullptr) return nullptr;
    return Take(grouping_.OverGroups(expression)).value_or(nullptr);
  }

  void CheckColumns() {
    std::set<std::string> names;
    for (const OutputColumn& column : columns_) {
      if (!names.insert(Lower(column.name)).second)
        Keep(ErrorAt(column.span, fmt::format("two columns are named '{}'", column.name),
                     "give one of them another name with AS"));
      if (select_.distinct && !IsComparable(*column.expression->type))
        Keep(ErrorAt(column.span, "DISTINCT cannot compare values of type " +
                                      TypeName(*column.expression->type)));
      if (errors_.size() >= kErrorsMax) return;
    }
  }

  Result<PlanPtr> Build(const ExpressionPtr& where, const ExpressionPtr& having,
                        const ExpressionPtr& qualify) {
    PlanPtr plan = plan_;
    if (where != nullptr) plan = PushFilter(where, plan);
    if (grouped_) {
      const ExpressionPtr time = grouping_.window() ? grouping_.window()->time : nullptr;
      // A row without a time is in no window.
      if (time != nullptr && time->nullable) {
        ASSIGN_OR_RAISE(ExpressionPtr known, ResolveCall("is_not_null", {time}, time->span));
        plan = MakePlan(Filter{std::move(known)}, plan, plan->schema);
      }
      plan = grouping_.Lower(plan);
    }
    if (having != nullptr) plan = MakePlan(Filter{having}, plan, plan->schema);
    const int input_columns = plan->schema->num_fields();
    if (!windows_.empty()) plan = windows_.Lower(plan);
    if (qualify != nullptr)
      plan = MakePlan(Filter{WindowFunctions::Place(qualify, input_columns)}, plan, plan->schema);
    if (generator_) plan = OverGenerator(std::move(plan), *std::move(generator_));
    Project project;
    arrow::FieldVector fields;
    for (OutputColumn& column : columns_) {
      fields.push_back(
          arrow::field(column.name, column.expression->type, column.expression->nullable));
      project.expressions.push_back(windows_.empty()
                                        ? std::move(column.expression)
                                        : WindowFunctions::Place(column.expression, input_columns));
    }
    plan = MakePlan(std::move(project), plan, arrow::schema(std::move(fields)));
    if (select_.distinct) plan = MakePlan(Distinct{}, plan, plan->schema);
    return plan;
  }

  const ast::Select& select_;
  Scope scope_;
  PlanPtr plan_;
  int64_t* nodes_;
  bool grouped_ = false;
  std::optional<Generator> generator_;  // in SELECT
  Grouping grouping_;
  WindowFunctions windows_;
  std::vector<Alias> aliases_;
  std::vector<OutputColumn> columns_;
  std::vector<Diagnostic> errors_;
};

}  // namespace

Result<PlanPtr> AnalyzeSelect(const ast::Select& select, const QueryContext& context) {
  ASSIGN_OR_RAISE(FromClause from, AnalyzeFrom(select, context));
  return AnalyzeSelect(select, std::move(from), context);
}

Result<PlanPtr> AnalyzeSelect(const ast::Select& select, FromClause from,
                              const QueryContext& context) {
  return SelectAnalyzer(select, std::move(from.scope), std::move(from.plan), context.nodes).Run();
}

}  // namespace headrace::sql
