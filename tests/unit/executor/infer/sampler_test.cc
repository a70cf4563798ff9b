// The sampler, against a version that sorts everything and computes in double precision.

#include "executor/infer/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "executor/train/random.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

/// Logits of some shape: flat, sharp, with many that are equal.
std::vector<float> random_logits(std::uint64_t seed, std::size_t vocabulary) {
  std::vector<float> logits(vocabulary);
  fill_normal(seed, 0, seed % 3 == 0 ? 0.1 : seed % 3 == 1 ? 1.5 : 8, logits);
  if (seed % 4 == 0) {
    for (float& logit : logits) logit = std::round(logit);
  }
  return logits;
}

/// The tokens that may be drawn, with their probabilities.
std::map<TokenId, double> naive(const std::vector<float>& logits, const Sampling& how) {
  std::vector<TokenId> order(logits.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, [&](TokenId a, TokenId b) { return logits[a] > logits[b]; });
  if (how.top_k > 0) order.resize(std::min(order.size(), static_cast<std::size_t>(how.top_k)));
  const double most = static_cast<double>(logits[order[0]]);
  const auto weight = [&](TokenId token) {
    return std::exp((static_cast<double>(logits[token]) - most) / how.temperature);
  };
  double all = 0;
  for (const TokenId token : order) all += weight(token);
  std::map<TokenId, double> kept;
  double sum = 0;
  for (const TokenId token : order) {
    if (!kept.empty() && sum >= how.top_p * all) break;
    kept[token] = weight(token);
    sum += weight(token);
  }
  for (auto& [token, probability] : kept) probability /= sum;
  return kept;
}

TEST(KeepLikeliest, KeepsThoseOfASort) {
  for (std::uint64_t seed = 1; seed <= seeds(300); ++seed) {
    const std::vector<float> logits = random_logits(seed, 1 + seed * 7 % 200);
    std::vector<Candidate> all;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const float weight = static_cast<float>(random_bits(seed, i) % 4);
      all.push_back({logits[i], static_cast<TokenId>(i), weight});
    }
    std::vector<Candidate> sorted = all;
    std::ranges::stable_sort(sorted, std::ranges::greater(), &Candidate::logit);
    const double budget = static_cast<double>(random_bits(seed, 1000) % 300) - 1;
    std::set<TokenId> expected;
    double sum = 0;
    for (const Candidate& each : sorted) {
      if (!expected.empty() && sum >= budget) break;
      expected.insert(each.token);
      sum += static_cast<double>(each.weight);
    }
    keep_likeliest(all, budget);
    std::set<TokenId> kept;
    for (const Candidate& each : all) kept.insert(each.token);
    EXPECT_EQ(kept, expected) << "seed " << seed;
  }
}

TEST(Sampler, GreedyTakesTheLikeliestAndOfEqualOnesTheFirst) {
  for (const std::size_t vocabulary : {1, 5, 511, 2048, 32'000}) {
    Sampler sampler(static_cast<std::int64_t>(vocabulary), {});
    for (std::uint64_t seed = 1; seed <= 24; ++seed) {
      std::vector<float> logits = random_logits(seed, vocabulary);
      Sampling how;
      how.temperature = 0;
      how.top_k = 7;
      const auto expected = std::ranges::max_element(logits) - logits.begin();
      EXPECT_EQ(sampler.choose(logits, how, 3).token, expected);
    }
  }
}

TEST(Sampler, DrawsOnlyWhatMayBeDrawn) {
  for (std::uint64_t seed = 1; seed <= seeds(400); ++seed) {
    const std::size_t vocabulary = seed % 5 == 0 ? 32'000 : 3 + seed * 13 % 700;
    Sampler sampler(static_cast<std::int64_t>(vocabulary), {});
    const std::vector<float> logits = random_logits(seed, vocabulary);
    Sampling how;
    how.seed = seed;
    how.temperature = 0.3 + static_cast<double>(seed % 4) * 0.5;
    how.top_k = seed % 2 == 0 ? static_cast<std::int32_t>(1 + seed * 17 % 900) : 0;
    how.top_p = seed % 3 == 0 ? 1 : static_cast<double>(seed % 10) / 10;
    const auto may = naive(logits, how);
    for (std::uint32_t n = 0; n < 20; ++n) {
      std::vector<float> row = logits;
      const TokenId token = sampler.choose(row, how, n).token;
      EXPECT_TRUE(may.contains(token)) << "seed " << seed << " token " << token;
    }
  }
}

/// Pearson's chi-square of the frequencies of many draws, over its degrees of freedom.
double chi_square(const std::vector<float>& logits, Sampling how) {
  constexpr std::uint32_t kDraws = 40'000;
  Sampler sampler(static_cast<std::int64_t>(logits.size()), {});
  std::map<TokenId, double> seen;
  for (std::uint32_t n = 0; n < kDraws; ++n) {
    std::vector<float> row = logits;
    how.seed = n % 100;  // Draws of one seed and of several are independent alike.
    ++seen[sampler.choose(row, how, n / 100).token];
  }
  const auto expected = naive(logits, how);
  double sum = 0;
  for (const auto& [token, probability] : expected) {
    const double mean = probability * kDraws;
    sum += (seen[token] - mean) * (seen[token] - mean) / mean;
  }
  return sum / static_cast<double>(expected.size() - 1);
}

TEST(Sampler, DrawsByProbability) {
  std::vector<float> logits(40);
  fill_normal(3, 0, 1, logits);
  Sampling how;
  // Of 39 degrees of freedom chi-square stays below 1.9 a degree with probability 0.999.
  EXPECT_LT(chi_square(logits, how), 1.9);
  how.temperature = 1.7;
  EXPECT_LT(chi_square(logits, how), 1.9);
  how.top_k = 25;
  EXPECT_LT(chi_square(logits, how), 2.2);
  how.top_p = 0.9;
  EXPECT_LT(chi_square(logits, how), 2.4);
  how.top_k = 0;
  EXPECT_LT(chi_square(logits, how), 2.2);
  // Of 2700 and of 2047 degrees it stays below 1.1.
  std::vector<float> flat(3000);
  fill_normal(4, 0, 0.1, flat);
  how = {};
  how.top_p = 0.9;
  EXPECT_LT(chi_square(flat, how), 1.1);
  how.top_p = 1;
  how.top_k = 2048;
  EXPECT_LT(chi_square(flat, how), 1.1);
  EXPECT_LT(chi_square(flat, {}), 1.1);
}

TEST(Sampler, ChiSquareNoticesAnotherTemperature) {
  std::vector<float> logits(40);
  fill_normal(3, 0, 1, logits);
  Sampling how;
  how.temperature = 1.7;
  how.top_p = 0.9;
  Sampling warmer = how;
  warmer.temperature = 1.2;
  Sampler sampler(40, {});
  double off = 0;
  const auto expected = naive(logits, warmer);
  std::map<TokenId, double> seen;
  for (std::uint32_t n = 0; n < 40'000; ++n) {
    std::vector<float> row = logits;
    ++seen[sampler.choose(row, how, n).token];
  }
  for (const auto& [token, probability] : expected) {
    const double mean = probability * 40'000;
    off += (seen[token] - mean) * (seen[token] - mean) / mean;
  }
  EXPECT_GT(off / static_cast<double>(expected.size() - 1), 3);
}

TEST(Sampler, ADrawFollowsFromSeedAndPlaceAlone) {
  const std::vector<float> logits = random_logits(1, 1000);
  Sampling how;
  how.seed = 7;
  const auto draw = [&](Sampler& sampler, std::uint32_t n) {
    std::vector<float> row = logits;
    return sampler.choose(row, how, n).token;
  };
  Sampler one(1000, {});
  std::vector<TokenId> forward;
  for (std::uint32_t n = 0; n < 50; ++n) forward.push_back(draw(one, n));
  Sampler other(1000, {});
  for (std::uint32_t n = 50; n-- > 0;) EXPECT_EQ(draw(other, n), forward[n]);
  EXPECT_GT((std::set<TokenId>(forward.begin(), forward.end()).size()), 20U);
  how.seed = 8;
  std::vector<TokenId> another;
  for (std::uint32_t n = 0; n < 50; ++n) another.push_back(draw(one, n));
  EXPECT_NE(another, forward);
}

TEST(Sampler, TheEndWaitsForTheLeastLength) {
  constexpr TokenId kEnd = 9;
  std::vector<float> logits(10, 0);
  logits[kEnd] = 50;
  logits[4] = 1;
  Sampler sampler(10, kEnd);
  const auto choose = [&](const Sampling& how, std::uint32_t generated) {
    std::vector<float> row = logits;
    return sampler.choose(row, how, generated).token;
  };
  for (const double temperature : {0.0, 0.01, 1.0}) {
    for (const double top_p : {1.0, 0.5}) {
      for (const std::int32_t top_k : {0, 1, 10}) {
        Sampling how;
        how.temperature = temperature;
        how.top_p = top_p;
        how.top_k = top_k;
        how.min_tokens = 2;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
          how.seed = seed;
          EXPECT_NE(choose(how, 0), kEnd);
          EXPECT_NE(choose(how, 1), kEnd);
          EXPECT_EQ(choose(how, 2), kEnd);
        }
        how.ignore_end = true;
        EXPECT_EQ(choose(how, 0), kEnd);
      }
    }
  }
}

TEST(Sampler, TellsLogProbabilitiesOfTheModelsOwnDistribution) {
  for (const std::size_t vocabulary : {50, 5000}) {
    const std::vector<float> logits = random_logits(5, vocabulary);
    double sum = 0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
    const auto exact = [&](TokenId token) {
      return static_cast<double>(logits[token]) - std::log(sum);
    };
    Sampler sampler(static_cast<std::int64_t>(vocabulary), {});
    for (const std::int32_t wanted : {-1, 0, 1, 5, 50, 3000}) {
      Sampling how;
      how.temperature = 0.6;
      how.top_k = 3;
      how.logprobs = wanted;
      std::vector<float> row = logits;
      const GivenToken given = sampler.choose(row, how, 0);
      const auto count = std::min(vocabulary, static_cast<std::size_t>(std::max(wanted, 0)));
      ASSERT_EQ(given.alternatives.size(), count);
      if (wanted >= 0) {
        EXPECT_NEAR(static_cast<double>(given.logprob), exact(given.token), 1e-5);
      }
      std::vector<float> sorted = logits;
      std::ranges::sort(sorted, std::greater());
      for (std::size_t i = 0; i < count; ++i) {
        const TokenLogprob& each = given.alternatives[i];
        EXPECT_EQ(logits[each.token], sorted[i]);
        EXPECT_NEAR(static_cast<double>(each.logprob), exact(each.token), 1e-5);
      }
    }
  }
}

TEST(Sampler, ExtremesAreNoAccidents) {
  std::vector<float> logits(3000, -3e38F);
  logits[2999] = 3e38F;
  for (const double temperature : {0.0, 1e-300, 1e-9, 1.0, 1e9, 1e300}) {
    for (const double top_p : {0.0, 0.5, 1.0}) {
      Sampling how;
      how.temperature = temperature;
      how.top_p = top_p;
      std::vector<float> row = logits;
      const TokenId token = Sampler(3000, {}).choose(row, how, 0).token;
      EXPECT_EQ(token, 2999U) << temperature << " " << top_p;
    }
  }
  constexpr float kNoNumber = std::numeric_limits<float>::quiet_NaN();
  for (const double temperature : {0.0, 1.0}) {
    Sampling how;
    how.temperature = temperature;
    std::vector<float> broken(3000, kNoNumber);
    EXPECT_THROW(Sampler(3000, {}).choose(broken, how, 0), std::runtime_error);
    how.top_k = 5;
    EXPECT_THROW(Sampler(3000, {}).choose(broken, how, 0), std::runtime_error);
  }
}

}  // namespace
}  // namespace tandem
