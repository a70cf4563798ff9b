#include "reports/finding_lines.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

using Lines = std::vector<std::string>;

Finding finding(std::string kind, Severity severity, std::string summary, std::uint64_t count) {
  return {std::move(kind), severity, std::move(summary), count, {}};
}

RunResult run(std::string policy, std::uint64_t seed, std::vector<Finding> findings) {
  RunResult result;
  result.policy = std::move(policy);
  result.seed = seed;
  result.findings = std::move(findings);
  return result;
}

const Finding kLoad = finding("saturation", Severity::kCritical, "too much", 9);

TEST(FindingLines, WhatAllRunsHaveIsSaidOnce) {
  EXPECT_EQ(finding_lines(std::vector{run("fifo", 1, {kLoad}), run("easy", 1, {kLoad})}),
            Lines{"too much"});
}

TEST(FindingLines, WorstOfAKindIsNamedAndTheOthersCounted) {
  const auto starved = [](const char* text, std::uint64_t count) {
    return std::vector{finding("starvation", Severity::kNote, text, count)};
  };
  EXPECT_EQ(finding_lines(std::vector{run("fifo", 1, starved("few", 2)),
                                      run("easy", 1, starved("many", 7)), run("sjf", 1, {})}),
            Lines{"easy: many; also under fifo"});
  EXPECT_EQ(finding_lines(
                std::vector{run("easy", 1, starved("few", 2)), run("easy", 2, starved("many", 7))}),
            Lines{"easy, seed 2: many"});
  EXPECT_EQ(finding_lines(std::vector{run("a", 1, starved("5", 5)), run("b", 1, starved("4", 4)),
                                      run("c", 1, starved("3", 3)), run("d", 1, starved("2", 2)),
                                      run("e", 1, starved("1", 1))}),
            Lines{"a: 5; also under 4 other policies"});
}

TEST(FindingLines, WorstKindComesFirst) {
  const Finding note = finding("starvation", Severity::kNote, "few", 2);
  const Finding warning = finding("infeasible", Severity::kWarning, "some", 1);
  EXPECT_EQ(finding_lines(std::vector{run("fifo", 1, {warning, note}),
                                      run("easy", 1, {kLoad, warning, note})}),
            (Lines{"easy: too much", "some", "few"}));
}

TEST(FindingLines, NoFindingsNoLines) {
  EXPECT_TRUE(finding_lines(std::vector{run("fifo", 1, {})}).empty());
  EXPECT_TRUE(finding_lines({}).empty());
}

}  // namespace
}  // namespace tandem
