#include "pipeline/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace::pipeline {
namespace {

using Kind = YamlNode::Kind;
using testing::HasSubstr;

struct Parsed {
  YamlNodePtr root;
  std::vector<Diagnostic> diagnostics;
  std::string rendered;
};

Parsed Parse(const std::string& text) {
  Parsed parsed;
  parsed.root = ParseYaml(text, parsed.diagnostics);
  for (const Diagnostic& diagnostic : parsed.diagnostics)
    parsed.rendered += Render(diagnostic, "f", text) + "\n";
  return parsed;
}

std::string TextAt(const std::string& text, Span span) {
  return text.substr(span.offset, span.length);
}

TEST(Yaml, KnowsThePlaceOfEachValue) {
  const std::string text = "a: plain text  # comment\nb: \"quo\\\"ted\"\nc: [x, 'it''s']\nd:\n";
  const Parsed parsed = Parse(text);
  ASSERT_NE(parsed.root, nullptr);
  ASSERT_EQ(parsed.root->entries.size(), 4);
  EXPECT_EQ(TextAt(text, parsed.root->Find("a")->value->span), "plain text");
  EXPECT_EQ(TextAt(text, parsed.root->Find("b")->value->span), "\"quo\\\"ted\"");
  const YamlNode& list = *parsed.root->Find("c")->value;
  EXPECT_EQ(TextAt(text, list.items[0]->span), "x");
  EXPECT_EQ(TextAt(text, list.items[1]->span), "'it''s'");
  EXPECT_EQ(list.items[1]->scalar, "it's");
  const YamlEntry& empty = *parsed.root->Find("d");
  EXPECT_EQ(empty.value->kind, Kind::kNull);
  EXPECT_EQ(TextAt(text, empty.value->span), "d");
}

TEST(Yaml, SkipsAnchorsAndTagsInPlaces) {
  const std::string text = "a: &name !!str value\nb: *name\n";
  const Parsed parsed = Parse(text);
  EXPECT_EQ(TextAt(text, parsed.root->Find("a")->value->span), "value");
  EXPECT_EQ(parsed.root->Find("b")->value->scalar, "value");
}

TEST(Yaml, MergesMappings) {
  const Parsed parsed = Parse("base: &base {x: 1, y: 2}\nuse:\n  <<: *base\n  y: 3\n");
  const YamlNode& use = *parsed.root->Find("use")->value;
  EXPECT_EQ(use.entries.size(), 2);
  EXPECT_EQ(use.Find("x")->value->scalar, "1");
  EXPECT_EQ(use.Find("y")->value->scalar, "3");
  EXPECT_THAT(Parse("a: {<<: word}\n").rendered, HasSubstr("only a mapping can be merged"));
}

TEST(Yaml, DuplicateKeysAreErrorsAndTheRestIsRead) {
  const Parsed parsed = Parse("a: 1\nb: 2\na: 3\nc: {x: 1, x: 2}\n");
  EXPECT_EQ(parsed.rendered,
            "f:3:1: error: the key 'a' comes twice\n"
            "    3 | a: 3\n"
            "      | ^\n"
            "   the first is in line 1\n"
            "f:4:11: error: the key 'x' comes twice\n"
            "    4 | c: {x: 1, x: 2}\n"
            "      |           ^\n"
            "   the first is in line 4\n");
  EXPECT_EQ(parsed.root->Find("a")->value->scalar, "1");
}

TEST(Yaml, SyntaxErrorsHaveAPlace) {
  const Parsed parsed = Parse("a: b: c\n");
  EXPECT_EQ(parsed.root, nullptr);
  EXPECT_EQ(parsed.rendered,
            "f:1:5: error: no valid YAML: illegal map value\n"
            "    1 | a: b: c\n"
            "      |     ^\n");
  EXPECT_THAT(Parse("a:\n\tb: c\n").rendered, HasSubstr("indented by spaces, never by tabs"));
  EXPECT_THAT(Parse("a: {path: ${NAME}}\n").rendered, HasSubstr("quote a value that holds ${...}"));
}

TEST(Yaml, AQuoteMustBeClosed) {
  EXPECT_EQ(Parse("a: \"b\nc: d\n").rendered,
            "f:1:4: error: no valid YAML: the quote that begins here is not closed\n"
            "    1 | a: \"b\n"
            "      |    ^\n");
  EXPECT_EQ(Parse("a: 'b'\nc: \"d\"").rendered, "");
}

TEST(Yaml, EditorsOfWindows) {
  const std::string text =
      "\xEF\xBB\xBF"
      "a: 1\r\nb: |\r\n  x\r\n  wrong\r\n";
  const Parsed parsed = Parse(text);
  ASSERT_EQ(parsed.rendered, "");
  EXPECT_EQ(TextAt(text, parsed.root->Find("a")->value->span), "1");
  const YamlNode& block = *parsed.root->Find("b")->value;
  EXPECT_EQ(block.scalar, "x\nwrong\n");
  EXPECT_EQ(TextAt(text, PlaceInScalar(text, block, {2, 5})), "wrong");
}

TEST(Yaml, RefusesWhatAPipelineFileHasNoUseFor) {
  EXPECT_THAT(Parse("").rendered, HasSubstr("the file is empty"));
  EXPECT_THAT(Parse("# nothing\n").rendered, HasSubstr("the file is empty"));
  EXPECT_THAT(Parse("a: 1\n---\nb: 2\n").rendered,
              HasSubstr("f:3:1: error: a second YAML document"));
  EXPECT_THAT(Parse("{a: 1}: 2\n").rendered, HasSubstr("a key must be a word"));
  EXPECT_THAT(Parse("a: &x [*x]\n").rendered, HasSubstr("inside what it stands for"));
  EXPECT_THAT(Parse("a: *unknown\n").rendered, HasSubstr("no valid YAML"));
  EXPECT_THAT(Parse(std::string(kFileBytesMax + 1, 'a')).rendered,
              HasSubstr("at most 1048576 bytes"));
  EXPECT_THAT(Parse("a: \xff\n").rendered, HasSubstr("f:1:4: error: a byte that is no text"));
  EXPECT_THAT(Parse(std::string("a: \0\n", 5)).rendered, HasSubstr("a byte that is no text"));
}

TEST(Yaml, BoundsDepthAndExpansion) {
  EXPECT_THAT(Parse(std::string(kYamlDepthMax + 1, '[')).rendered, HasSubstr("nested deeper"));
  EXPECT_THAT(Parse(std::string(100'000, '[')).rendered, HasSubstr("no valid YAML"));
  EXPECT_THAT(Parse("a: &x [" + std::string(2 * kYamlNodesMax, ',') + "]\n").rendered,
              HasSubstr("no valid YAML"));
  std::string many = "[";
  for (size_t i = 0; i <= kYamlNodesMax; ++i) many += "a,";
  EXPECT_THAT(Parse(many + "]").rendered, HasSubstr("more than 100000 values"));
}

// What PlaceInScalar finds for the word `needle` of the value of the key `sql`.
std::string Find(const std::string& text, const std::string& needle) {
  const Parsed parsed = Parse(text);
  const YamlNode& scalar = *parsed.root->Find("sql")->value;
  const size_t offset = scalar.scalar.find(needle);
  EXPECT_NE(offset, std::string::npos) << scalar.scalar;
  const Span span = PlaceInScalar(text, scalar, {offset, needle.size()});
  const Diagnostic diagnostic{"here", "", span};
  const std::string rendered = Render(diagnostic, "f", text);
  return rendered.substr(0, rendered.find(" error")) + " " + TextAt(text, span);
}

TEST(PlaceInScalar, IsExactInEveryStyle) {
  EXPECT_EQ(Find("x: 1\nsql: |\n  SELECT a,\n    wrong\n\n  FROM t\n", "wrong"), "f:4:5: wrong");
  EXPECT_EQ(Find("x: 1\nsql: |-  # comment\n\n\n  SELECT\n   FROM t\n", "FROM"), "f:6:4: FROM");
  EXPECT_EQ(Find("sql: |2\n    SELECT wrong\n", "wrong"), "f:2:12: wrong");
  EXPECT_EQ(Find("sql: >\n  SELECT a,\n  wrong\n  FROM t\n", "wrong"), "f:3:3: wrong");
  EXPECT_EQ(Find("sql: SELECT a,\n  wrong FROM t\n", "wrong"), "f:2:3: wrong");
  EXPECT_EQ(Find("sql: 'SELECT ''a'', wrong'\n", "wrong"), "f:1:21: wrong");
  EXPECT_EQ(Find("sql: \"SELECT \\\"a\\\",\\n wrong\"\n", "wrong"), "f:1:23: wrong");
  EXPECT_EQ(Find("sql: &x |\n  SELECT wrong\n", "wrong"), "f:2:10: wrong");
  EXPECT_EQ(Find("sql: |\n  SELECT 'größer', wrong\n", "wrong"), "f:2:20: wrong");
}

TEST(PlaceInScalar, FallsBackToTheWholeValue) {
  EXPECT_EQ(Find("sql: \"SELECT \\x41, wrong\"\n", "wrong"), "f:1:6: \"SELECT \\x41, wrong\"");
}

TEST(PlaceInScalar, TheEndOfTheValueHasAPlace) {
  const std::string text = "sql: |\n  SELECT a\nnext: 1\n";
  const Parsed parsed = Parse(text);
  const YamlNode& scalar = *parsed.root->Find("sql")->value;
  EXPECT_EQ(PlaceInScalar(text, scalar, {8, 0}).offset, 17);
  EXPECT_LE(PlaceInScalar(text, scalar, {1000, 1000}).offset, 19);
}

}  // namespace
}  // namespace headrace::pipeline
