#include "reports/planning/verdict.h"

#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <limits>

namespace tandem {
namespace {

const Slo kBelowTen = parse_slo("wait.mean < 10 s", named_figures({}));

TEST(Verdict, LooksGrowByHalf) {
  EXPECT_EQ(looks_up_to(64, true), (std::vector<std::size_t>{5, 8, 12, 18, 27, 41, 62, 64}));
  EXPECT_EQ(looks_up_to(5, true), (std::vector<std::size_t>{5}));
  EXPECT_EQ(looks_up_to(3, true), (std::vector<std::size_t>{3}));
  EXPECT_EQ(looks_up_to(64, false), (std::vector<std::size_t>{1}));
}

TEST(Verdict, WorkedExample) {
  // Four values of mean 5 and standard deviation 1.8257: Student's t with 3 degrees of freedom is
  // 3.1824 at 97.5 %, so the interval is 5 ± 3.1824 * 1.8257 / 2 = 5 ± 2.9052.
  VerdictRule rule{.confidence = 0.975, .verdicts = 1, .looks = {4}};
  const std::vector<double> values{3, 4, 6, 7};
  const Judgement judgement = judge(kBelowTen, values, rule);
  EXPECT_DOUBLE_EQ(judgement.mean, 5);
  EXPECT_NEAR(judgement.half_width, 2.9052, 1e-3);
  EXPECT_EQ(judgement.verdict, SloVerdict::kMeets);
  EXPECT_EQ(judge(parse_slo("wait.mean < 7 s", named_figures({})), values, rule).verdict,
            SloVerdict::kOpen);
  EXPECT_EQ(judge(parse_slo("wait.mean < 2 s", named_figures({})), values, rule).verdict,
            SloVerdict::kMisses);
  // Half the error for each of two verdicts: a wider interval.
  rule.verdicts = 2;
  EXPECT_GT(judge(kBelowTen, values, rule).half_width, judgement.half_width);
}

TEST(Verdict, WhatDoesNotVaryIsExact) {
  const VerdictRule rule{.looks = {1}};
  EXPECT_EQ(judge(kBelowTen, std::vector{9.99}, rule).verdict, SloVerdict::kMeets);
  EXPECT_EQ(judge(kBelowTen, std::vector{10.0}, rule).verdict, SloVerdict::kMisses);
}

TEST(Verdict, ARunWithoutTheFigureMisses) {
  const double none = std::numeric_limits<double>::infinity();
  EXPECT_EQ(judge(kBelowTen, std::vector{1.0, none, 1.0}, VerdictRule{}).verdict,
            SloVerdict::kMisses);
}

/// The share of searches, of 20 candidates each, in which some verdict is wrong.
double wrong_searches(double distance) {
  const VerdictRule rule{.confidence = 0.9, .verdicts = 20, .looks = looks_up_to(64, true)};
  boost::random::mt19937_64 random(1);
  boost::random::normal_distribution<double> noise(0, 1);
  const int searches = 1000;
  int wrong = 0;
  for (int search = 0; search < searches; ++search) {
    bool is_wrong = false;
    for (std::size_t candidate = 0; candidate < rule.verdicts; ++candidate) {
      const bool truth_meets = candidate % 2 == 0;
      std::vector<double> values;
      SloVerdict verdict = SloVerdict::kOpen;
      for (const std::size_t look : rule.looks) {
        while (values.size() < look) {
          values.push_back(10 + (truth_meets ? -distance : distance) + noise(random));
        }
        verdict = judge(kBelowTen, values, rule).verdict;
        if (verdict != SloVerdict::kOpen) break;
      }
      is_wrong |= verdict == (truth_meets ? SloVerdict::kMisses : SloVerdict::kMeets);
    }
    wrong += is_wrong ? 1 : 0;
  }
  return static_cast<double>(wrong) / searches;
}

TEST(Verdict, ConfidenceHoldsOverTheWholeSearch) {
  // At the bound every verdict is half a mistake, and each candidate is looked at eight times.
  // Ten of a hundred searches may be wrong; three standard errors of 1000 searches are 0.03.
  EXPECT_LE(wrong_searches(1e-9), 0.1 + 0.03);
  EXPECT_LE(wrong_searches(0.2), 0.1 + 0.03);
  // One interval of 90 % at each look, as if it were the only one, would be wrong in nearly all.
}

TEST(Verdict, EveryLoadTakesItsPartOfTheError) {
  // Two candidates, three promises, the present load and twelve months of growth, looked at once.
  const VerdictRule rule{.confidence = 0.95, .verdicts = 2 * 3 * 13, .looks = {5}};
  EXPECT_NEAR(rule.error(), 0.05 / 78, 1e-15);
}

}  // namespace
}  // namespace tandem
