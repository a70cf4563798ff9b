// YAML trees: positions, duplicate keys, bounds, overrides.
#include "workloads/format/document.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

std::string error_in(const std::string& text) {
  try {
    parse_document(text, "d.yaml");
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

std::string override_error(const std::string& text, const std::string& path,
                           const std::string& value) {
  Document document = parse_document(text, "d.yaml");
  try {
    apply_override(document, path, value, "--set " + std::string(path));
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

std::string overridden(const std::string& text, const std::string& path, const std::string& value) {
  Document document = parse_document(text, "d.yaml");
  apply_override(document, path, value, "--set " + std::string(path));
  return canonical_text(document.root);
}

std::string canonical(const std::string& text) {
  return canonical_text(parse_document(text, "d.yaml").root);
}

TEST(Document, ValuesAndKeysKnowWhereTheyStand) {
  const Document document = parse_document("a: 1\nbb:\n  - x\n  - { c: y }\n", "d.yaml");
  const Value& item = *document.root.find("bb")->items[1].find("c");
  EXPECT_EQ(document.position(item).line, 4u);
  EXPECT_EQ(document.position(item).column, 10u);
  EXPECT_EQ(document.key_position(item).column, 7u);
  EXPECT_FALSE(document.root.has("c"));
}

TEST(Document, RefusesWhatYamlReadersUsuallyPassOver) {
  EXPECT_EQ(error_in("a: 1\nb: 2\na: 3\n"), "d.yaml:3:1: the key 'a' is given twice");
  EXPECT_EQ(error_in("? [1, 2]\n: 3\n"), "d.yaml:1:3: a list or a map cannot be a key");
  EXPECT_NE(error_in("a: 1\n---\nb: 2\n").find("second document"), std::string::npos);
  EXPECT_NE(error_in("a: [1, 2\n").find("not valid YAML"), std::string::npos);
  EXPECT_NE(error_in("a: *b\n").find("d.yaml:1:"), std::string::npos);
  EXPECT_NE(error_in("a: &a [*a]\n").find("inside what it names"), std::string::npos);
}

TEST(Document, NestingIsBounded) {
  EXPECT_EQ(error_in(std::string(30, '[') + std::string(30, ']')), "");
  EXPECT_NE(error_in(std::string(33, '[') + std::string(33, ']')).find("32 levels"),
            std::string::npos);
  EXPECT_NE(error_in(std::string(100'000, '[') + std::string(100'000, ']')).find("32 levels"),
            std::string::npos);
  EXPECT_NE(error_in(std::string(200'000, '{')).find("d.yaml"), std::string::npos);
}

TEST(Document, AliasesAreCopiesWithinBounds) {
  EXPECT_EQ(canonical("a: &x { b: 1 }\nc: *x\n"), canonical("a: { b: 1 }\nc: { b: 1 }\n"));
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i <= 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 9; ++k) bomb += before + ", ";
    bomb += before + "]\n";
  }
  EXPECT_NE(error_in(bomb).find("more than 2000000 values"), std::string::npos);
}

TEST(Document, CanonicalTextForgetsStyle) {
  EXPECT_EQ(canonical("a: [1, two]\n"), canonical("# note\n'a':\n- 1\n- \"two\"\n"));
  EXPECT_NE(canonical("a: [1, 2]"), canonical("a: [12]"));
  EXPECT_NE(canonical("a: {b: c}"), canonical("{a: b, c: ~}"));
}

TEST(Override, ReplacesAddsAndIndexes) {
  EXPECT_EQ(overridden("a: { b: 1 }", "a.b", "2"), canonical("a: { b: 2 }"));
  EXPECT_EQ(overridden("a: 1", "b.c.d", "[x, y]"), canonical("{a: 1, b: {c: {d: [x, y]}}}"));
  EXPECT_EQ(overridden("a: [1, { b: 2 }]", "a.1.b", "3"), canonical("a: [1, { b: 3 }]"));
  EXPECT_EQ(overridden("a:\n", "a.b", "1"), canonical("a: { b: 1 }"));
}

TEST(Override, ImpossiblePathsSaySo) {
  EXPECT_EQ(override_error("a: 1", "a.b", "2"), "--set a.b: 'a' is a single value: it has no 'b'");
  EXPECT_EQ(override_error("a: [1]", "a.1", "2"),
            "--set a.1: 'a' has 1 entries, counted from 0: there is no '1'");
  EXPECT_EQ(override_error("a: [1]", "a.x", "2"),
            "--set a.x: 'a' has 1 entries, counted from 0: there is no 'x'");
  EXPECT_NE(override_error("a: 1", "", "2").find("path is empty"), std::string::npos);
  EXPECT_NE(override_error("a: 1", "b..c", "2").find("empty step"), std::string::npos);
  EXPECT_NE(override_error("a: 1", "b.", "2").find("empty step"), std::string::npos);
  EXPECT_NE(override_error("a: 1", "b", "[").find("--set b:1:"), std::string::npos);
}

}  // namespace
}  // namespace tandem
