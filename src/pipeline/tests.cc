#include "pipeline/tests.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "pipeline/test_row.h"
#include "pipeline/yaml.h"
#include "sql/calendar.h"

namespace headrace::pipeline {
namespace {

using Kind = YamlNode::Kind;

class TestsReader {
 public:
  TestsReader(const Pipeline& pipeline, std::vector<Diagnostic>& diagnostics)
      : pipeline_(pipeline), diagnostics_(diagnostics) {}

  std::vector<Test> Read(const YamlNode& node) {
    std::vector<Test> tests;
    for (const YamlEntry& entry : Entries(node, "a mapping of names to tests"))
      tests.push_back(ReadTest(entry));
    return tests;
  }

 private:
  Test ReadTest(const YamlEntry& entry) {
    Test test;
    test.name = entry.key;
    test.place = entry.key_span;
    for (const YamlEntry& part : Entries(*entry.value, "a mapping with 'steps' and 'expect'")) {
      if (part.key == "steps") {
        if (part.value->kind != Kind::kSequence) {
          Report("expected a list of steps, found " + Describe(*part.value), "", part.value->span);
          continue;
        }
        for (const YamlNodePtr& step : part.value->items) test.steps.push_back(ReadStep(*step));
      } else if (part.key == "expect") {
        test.expected = ReadExpectations(*part.value, false);
      } else {
        Unknown(part, {"steps", "expect"});
      }
    }
    const auto checks = [](const TestStep& step) { return !step.changes.empty(); };
    if (test.expected.empty() && std::ranges::none_of(test.steps, checks))
      Report(fmt::format("the test '{}' expects nothing", test.name),
             "say what must be there in the end: expect: {view: [{column: value}]}",
             entry.key_span);
    return test;
  }

  TestStep ReadStep(const YamlNode& node) {
    TestStep step;
    for (const YamlEntry& part :
         Entries(node, "a mapping with 'rows', 'delete', 'now' or 'changes'")) {
      if (part.key == "rows" || part.key == "delete") {
        for (const YamlEntry& source : Entries(*part.value, "a mapping of sources to rows"))
          ReadInput(source, part.key == "delete", &step);
      } else if (part.key == "now") {
        step.now_us = sql::ParseTimestamp(part.value->scalar);
        if (!step.now_us)
          Report("expected a time such as '2026-01-01 12:00:00', found " + Describe(*part.value),
                 "", part.value->span);
      } else if (part.key == "changes") {
        step.changes = ReadExpectations(*part.value, true);
      } else {
        Unknown(part, {"rows", "delete", "now", "changes"});
      }
    }
    return step;
  }

  void ReadInput(const YamlEntry& entry, bool deletes, TestStep* step) {
    const auto source = std::ranges::find(pipeline_.sources, entry.key, &Source::name);
    if (source == pipeline_.sources.end()) {
      std::vector<std::string> names;
      for (const Source& one : pipeline_.sources) names.push_back(one.name);
      Report(fmt::format("there is no source '{}'", entry.key),
             HintOfNames("sources", entry.key, names), entry.key_span);
      return;
    }
    if (deletes && source->key.empty()) {
      Report(fmt::format("the source '{}' has no key: nothing of it can be deleted", entry.key), "",
             entry.key_span);
      return;
    }
    TestInput input{entry.key, {}, deletes};
    for (const YamlNodePtr& row : Items(*entry.value)) {
      if (auto json = TestRowJson(*row, *source->schema, diagnostics_))
        input.rows.push_back(*std::move(json));
    }
    step->inputs.push_back(std::move(input));
  }

  std::vector<TestExpectation> ReadExpectations(const YamlNode& node, bool changes) {
    std::vector<TestExpectation> expectations;
    for (const YamlEntry& entry : Entries(node, "a mapping of views and sinks to rows")) {
      const auto relation = RelationOf(entry);
      if (!relation) continue;
      TestExpectation expectation{entry.key, *relation, {}, {}, {}, entry.key_span};
      const auto schema = pipeline_.SchemaOf(*relation);
      changes ? AddChanges(*entry.value, *schema, &expectation)
              : AddRows(*entry.value, *schema, std::nullopt, &expectation);
      expectations.push_back(std::move(expectation));
    }
    return expectations;
  }

  void AddChanges(const YamlNode& node, const arrow::Schema& schema, TestExpectation* expectation) {
    for (const YamlEntry& part : Entries(node, "a mapping with 'added' and 'removed'")) {
      if (part.key == "added" || part.key == "removed") {
        AddRows(*part.value, schema, part.key == "added" ? 1 : -1, expectation);
      } else {
        Unknown(part, {"added", "removed"});
      }
    }
  }

  // Rows; of changes with their weight.
  void AddRows(const YamlNode& node, const arrow::Schema& schema, std::optional<int> weight,
               TestExpectation* expectation) {
    for (const YamlNodePtr& row : Items(node)) {
      auto json = TestRowJson(*row, schema, diagnostics_);
      if (!json) continue;
      std::set<std::string> columns;
      for (const YamlEntry& column : row->entries) columns.insert(column.key);
      if (expectation->columns.empty()) expectation->columns = {columns.begin(), columns.end()};
      if (!std::ranges::equal(columns, expectation->columns))
        Report("this row names other columns than the first one",
               fmt::format("the first row names: {}", fmt::join(expectation->columns, ", ")),
               row->span);
      expectation->rows.push_back(*std::move(json));
      if (weight) expectation->weights.push_back(*weight);
    }
  }

  std::optional<std::string> RelationOf(const YamlEntry& entry) {
    std::vector<std::string> names;
    for (const View& view : pipeline_.views) names.push_back(view.name);
    for (const Source& source : pipeline_.sources) names.push_back(source.name);
    if (std::ranges::find(names, entry.key) != names.end()) return entry.key;
    for (const Sink& sink : pipeline_.sinks) {
      if (sink.name == entry.key) return sink.from;
      names.push_back(sink.name);
    }
    Report(fmt::format("there is no view, source or sink '{}'", entry.key),
           HintOfNames("names", entry.key, names), entry.key_span);
    return std::nullopt;
  }

  std::vector<YamlEntry> Entries(const YamlNode& node, std::string_view expected) {
    if (node.kind == Kind::kMapping || node.kind == Kind::kNull) return node.entries;
    Report(fmt::format("expected {}, found {}", expected, Describe(node)), "", node.span);
    return {};
  }

  std::vector<YamlNodePtr> Items(const YamlNode& node) {
    if (node.kind == Kind::kSequence || node.kind == Kind::kNull) return node.items;
    Report("expected a list of rows, found " + Describe(node), "", node.span);
    return {};
  }

  void Unknown(const YamlEntry& entry, const std::vector<std::string>& known) {
    Report(fmt::format("unknown key '{}'", entry.key), HintOfNames("keys", entry.key, known),
           entry.key_span);
  }

  void Report(std::string message, std::string hint, Span place) {
    diagnostics_.push_back({std::move(message), std::move(hint), place});
  }

  const Pipeline& pipeline_;
  std::vector<Diagnostic>& diagnostics_;
};

}  // namespace

Result<std::vector<Test>> ReadTests(std::string_view text, const Pipeline& pipeline) {
  std::vector<Diagnostic> diagnostics;
  const YamlNodePtr root = ParseYaml(text, diagnostics);
  std::vector<Test> tests;
  if (root != nullptr) {
    if (const YamlEntry* entry = root->Find("tests"); entry != nullptr)
      tests = TestsReader(pipeline, diagnostics).Read(*entry->value);
  }
  if (!diagnostics.empty()) return UserError(std::move(diagnostics));
  return tests;
}

}  // namespace headrace::pipeline
