// The search against going through all candidates, on made-up figures.
#include "reports/planning/search.h"

#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

namespace tandem {
namespace {

using Truth = std::function<double(std::size_t candidate, std::size_t seed)>;

const std::vector<Slo> kBelowTen{parse_slo("wait.mean < 10 s", named_figures({}))};

std::vector<Candidate> grid(std::size_t lanes, std::size_t width, std::size_t height,
                            double price_of_second) {
  std::vector<Candidate> all;
  for (std::size_t x = 0; x < width; ++x) {
    for (std::size_t y = 0; y < height; ++y) {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const auto a = static_cast<double>(x);
        const auto b = static_cast<double>(y);
        all.push_back({lane, {a, b}, x * height + y, a + price_of_second * b});
      }
    }
  }
  return all;
}

SearchRules rules(std::size_t verdicts, std::size_t seeds = 1) {
  SearchRules result;
  result.verdicts.verdicts = verdicts;
  result.verdicts.looks = looks_up_to(seeds, seeds > 1);
  return result;
}

/// Runs to its end; returns the number of candidates tried.
std::size_t run(PlanSearch& search, const Truth& truth) {
  std::map<std::size_t, std::size_t> tried;
  while (true) {
    const auto probes = search.next();
    if (probes.empty()) return tried.size();
    for (const Probe& probe : probes) {
      for (std::size_t seed = probe.first; seed < probe.last; ++seed) {
        search.add(probe.candidate, {{truth(probe.candidate, seed)}, std::nullopt});
        ++tried[probe.candidate];
      }
    }
  }
}

double cheapest(const std::vector<Candidate>& candidates, const Truth& truth) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (truth(i, 0) < 10) least = std::min(least, candidates[i].price);
  }
  return least;
}

TEST(PlanSearch, OneAxisIsHalved) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < 64; ++i) {
    candidates.push_back({0, {static_cast<double>(i)}, i, static_cast<double>(i)});
  }
  for (std::size_t least = 0; least < 64; ++least) {
    const Truth truth = [&](std::size_t i, std::size_t) { return i >= least ? 5.0 : 50.0; };
    PlanSearch search(candidates, kBelowTen, rules(64));
    EXPECT_LE(run(search, truth), 8U);
    EXPECT_EQ(search.answer(), least);
    if (least > 0) {
      EXPECT_EQ(search.next_cheaper(), least - 1);
    }
    if (least > 0) {
      EXPECT_EQ(search.record(least - 1).state, CandidateState::kMisses);
    }
  }
}

TEST(PlanSearch, FindsTheCheapestOfAnyMonotoneGrid) {
  boost::random::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    const std::size_t lanes = 1 + random() % 3;
    const std::size_t width = 1 + random() % 20;
    const std::size_t height = 1 + random() % 8;
    const double price = 0.3 + static_cast<double>(random() % 100) / 40;
    const auto candidates = grid(lanes, width, height, price);
    std::vector<double> worth(lanes);
    for (double& w : worth) w = 0.5 + static_cast<double>(random() % 100) / 50;
    const double needs = static_cast<double>(random() % 25);
    const Truth truth = [&](std::size_t i, std::size_t) {
      const Candidate& c = candidates[i];
      const double power = c.amounts[0] + worth[c.lane] * c.amounts[1];
      return power >= needs ? 9.0 - power / 1000 : 10 + 2 * (needs - power);
    };
    PlanSearch search(candidates, kBelowTen, rules(candidates.size()));
    run(search, truth);
    const double least = cheapest(candidates, truth);
    ASSERT_EQ(search.answer().has_value(), std::isfinite(least)) << "round " << round;
    if (search.answer()) {
      EXPECT_EQ(*search.price_of(*search.answer()), least) << "round " << round;
    }
  }
}

TEST(PlanSearch, TwoAxesTakeAStaircase) {
  const auto candidates = grid(1, 64, 16, 2);
  const Truth truth = [&](std::size_t i, std::size_t) {
    const auto& c = candidates[i];
    return 300 / (1 + c.amounts[0] + 1.5 * c.amounts[1]);
  };
  PlanSearch search(candidates, kBelowTen, rules(candidates.size()));
  EXPECT_LT(run(search, truth), 40U) << "of 1024";
  EXPECT_EQ(*search.price_of(*search.answer()), cheapest(candidates, truth));
}

TEST(PlanSearch, AnomaliesAreFoundAndGoneThrough) {
  // Scheduling anomalies (Graham 1969): 30 is enough, 31 to 35 are not, 36 and more are.
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < 64; ++i) {
    candidates.push_back({0, {static_cast<double>(i)}, i, static_cast<double>(i)});
  }
  const Truth truth = [](std::size_t i, std::size_t) {
    return i < 30 ? 50.0 : i == 30 ? 5.0 : i <= 35 ? 10.5 : 5.0;
  };
  PlanSearch search(candidates, kBelowTen, rules(64));
  run(search, truth);
  EXPECT_EQ(search.answer(), 30U) << "misses by less than the slack say nothing of others";

  const Truth worse = [](std::size_t i, std::size_t) {
    return i < 34 ? 50.0 : i == 34 ? 5.0 : i <= 35 ? 25.0 : 5.0;
  };
  PlanSearch second(candidates, kBelowTen, rules(64));
  run(second, worse);
  EXPECT_EQ(second.answer(), 36U);
  SearchRules all = rules(64);
  all.is_exhaustive = true;
  PlanSearch third(candidates, kBelowTen, all);
  EXPECT_EQ(run(third, worse), 64U);
  EXPECT_EQ(third.answer(), 34U);
  EXPECT_TRUE(third.irregular()[0]);
}

TEST(PlanSearch, EqualClustersUnderOtherPoliciesAreCompared) {
  const std::vector<Candidate> candidates{{0, {1}, 0, 1}, {1, {1}, 0, 1}};
  const Truth truth = [](std::size_t i, std::size_t) { return i == 0 ? 8.0 : 3.0; };
  PlanSearch search(candidates, kBelowTen, rules(2));
  EXPECT_EQ(run(search, truth), 2U);
  EXPECT_EQ(search.answer(), 1U) << "equally cheap, with more room";
}

TEST(PlanSearch, NoiseTakesMoreSeedsNearTheBound) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < 32; ++i) {
    candidates.push_back({0, {static_cast<double>(i)}, i, static_cast<double>(i)});
  }
  const auto mean = [](std::size_t i) { return 10 + 0.9 * (15.5 - static_cast<double>(i)); };
  const Truth truth = [&](std::size_t i, std::size_t seed) {
    boost::random::mt19937_64 random(1000 + seed);  // Common random numbers.
    return mean(i) + boost::random::normal_distribution<double>(0, 0.5)(random);
  };
  PlanSearch search(candidates, kBelowTen, rules(32, 64));
  run(search, truth);
  EXPECT_EQ(search.answer(), 16U);
  EXPECT_GT(search.record(16).runs.size(), 8U);
  EXPECT_LT(search.record(24).runs.size(), search.record(16).runs.size());
}

TEST(PlanSearch, WhatCannotBeToldStaysOpen) {
  const std::vector<Candidate> candidates{{0, {1}, 0, 1}, {0, {2}, 1, 2}};
  const Truth truth = [](std::size_t i, std::size_t seed) {
    return i == 0 ? (seed % 2 == 0 ? 9.0 : 11.0) : 1 + static_cast<double>(seed) / 100;
  };
  PlanSearch search(candidates, kBelowTen, rules(2, 16));
  run(search, truth);
  EXPECT_EQ(search.answer(), 1U);
  EXPECT_EQ(search.open(), std::vector<std::size_t>{0});
}

TEST(PlanSearch, WhatCannotBeRulesOutWhatHasLess) {
  const auto candidates = grid(1, 16, 1, 1);
  PlanSearch search(candidates, kBelowTen, rules(16));
  std::size_t ruled_out = 0;
  while (true) {
    const auto probes = search.next();
    if (probes.empty()) break;
    const std::size_t i = probes[0].candidate;
    if (i < 12) {
      search.rule_out(i, "a gang of 12");
      ++ruled_out;
    } else {
      search.add(i, {{1.0}, std::nullopt});
    }
  }
  EXPECT_EQ(search.answer(), 12U);
  EXPECT_LE(ruled_out, 4U);
}

TEST(PlanSearch, MeasuredPricesLookAtAllLeastClusters) {
  // More nodes finish sooner, and idle: the least energy is in the middle of those that will do.
  const auto candidates = grid(1, 8, 8, 0);
  SearchRules measured = rules(64);
  measured.runs_tell_prices = true;
  PlanSearch search(candidates, kBelowTen, measured);
  const auto energy = [&](std::size_t i) {
    return candidates[i].amounts[0] * 3 + candidates[i].amounts[1];
  };
  while (true) {
    const auto probes = search.next();
    if (probes.empty()) break;
    for (const Probe& probe : probes) {
      const auto& amounts = candidates[probe.candidate].amounts;
      const double wait = amounts[0] + amounts[1] >= 6 ? 5 : 50;
      search.add(probe.candidate, {{wait}, energy(probe.candidate)});
    }
  }
  ASSERT_TRUE(search.answer());
  EXPECT_EQ(candidates[*search.answer()].amounts, (std::vector<double>{0, 6}));
}

TEST(PlanSearch, TheFrontHasWhatNoOtherBeats) {
  const auto candidates = grid(1, 8, 1, 1);
  PlanSearch search(candidates, kBelowTen, rules(8));
  run(search, [](std::size_t i, std::size_t) { return 30 / (1 + static_cast<double>(i)); });
  const auto front = search.front();
  ASSERT_GE(front.size(), 2U);
  for (std::size_t i = 1; i < front.size(); ++i) {
    EXPECT_GT(*search.price_of(front[i]), *search.price_of(front[i - 1]));
    EXPECT_LT(*search.worst_strain(front[i]), *search.worst_strain(front[i - 1]));
  }
}

}  // namespace
}  // namespace tandem
