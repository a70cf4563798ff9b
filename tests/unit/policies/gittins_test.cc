#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "policies/orders/gittins_index.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

using Samples = std::vector<std::int64_t>;

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// By the definition: every D that ends at a sample.
double by_definition(const Samples& samples, std::int64_t attained) {
  double best = 0;
  for (const std::int64_t until : samples) {
    if (until <= attained) continue;
    double ended = 0;
    double served = 0;
    for (const std::int64_t sample : samples) {
      if (sample <= attained) continue;
      if (sample <= until) ++ended;
      served += static_cast<double>(std::min(sample, until) - attained);
    }
    best = std::max(best, ended / served);
  }
  return best;
}

TEST(Gittins, TwoPoints) {
  const GittinsIndex index({10, 1});
  EXPECT_DOUBLE_EQ(index.at(0).index, 0.5);  // D = 1: 0.5 / 1; D = 10: 1 / 5.5.
  EXPECT_EQ(index.at(0).until, 1);
  EXPECT_DOUBLE_EQ(index.at(1).index, 1.0 / 9);
  EXPECT_DOUBLE_EQ(index.at(5).index, 1.0 / 5);
  EXPECT_EQ(index.at(5).until, 10);
  EXPECT_EQ(index.at(10).index, 0);
  EXPECT_EQ(index.at(10).until, kNever);
}

TEST(Gittins, OfOneLengthRisesUntilTheEnd) {
  const GittinsIndex index({100, 100, 100});
  for (const std::int64_t attained : {0, 1, 50, 99}) {
    EXPECT_DOUBLE_EQ(index.at(attained).index, 1.0 / static_cast<double>(100 - attained));
    EXPECT_EQ(index.at(attained).until, 100);
  }
}

TEST(Gittins, WithoutMemoryStaysFlatFromSampleToSample) {
  // Steps of 60 / survivors: between any two samples 60 of service are given and one job ends.
  const GittinsIndex index({10, 22, 37, 57, 87, 147});
  for (const std::int64_t attained : {0, 10, 22, 37, 57, 87}) {
    EXPECT_DOUBLE_EQ(index.at(attained).index, 1.0 / 60) << attained;
    EXPECT_EQ(index.at(attained).until, 147) << "all edges are of one line";
  }
  EXPECT_DOUBLE_EQ(index.at(5).index, 1.0 / 30);
  EXPECT_EQ(index.at(5).until, 10);
}

TEST(Gittins, UniformIsBestServedToTheEnd) {
  Samples samples;
  for (std::int64_t i = 1; i <= 99; ++i) samples.push_back(i);
  const GittinsIndex index(samples);
  for (std::int64_t i = 0; i < 99; ++i) {
    // All that are left end within the sum of 1 to 99 - i.
    EXPECT_DOUBLE_EQ(index.at(i).index, 2.0 / static_cast<double>(100 - i));
    EXPECT_EQ(index.at(i).until, 99);
  }
}

TEST(Gittins, NothingIsKnownWithoutSamples) { EXPECT_EQ(GittinsIndex({}).at(7).index, 0); }

TEST(Gittins, IsTheDefinition) {
  for (std::uint64_t seed = 1; seed <= seeds(300); ++seed) {
    Random random(seed);
    Samples samples;
    const std::int64_t count = random.between(1, 30);
    const std::int64_t longest = random.chance(50) ? 20 : 100'000;
    for (std::int64_t i = 0; i < count; ++i) {
      // Heavy tails and bumps alike.
      samples.push_back(1 + random.between(0, random.between(0, longest)));
    }
    const GittinsIndex index(samples);
    for (int look = 0; look < 30; ++look) {
      const std::int64_t attained = look < count
                                        ? samples[static_cast<std::size_t>(look)] - (look % 2)
                                        : random.between(0, longest + 1);
      const GittinsIndex::Value value = index.at(attained);
      const double defined = by_definition(samples, attained);
      ASSERT_NEAR(value.index, defined, 1e-12 * defined) << "seed " << seed << " at " << attained;
      if (defined == 0) continue;
      for (const std::int64_t later : samples) {
        if (later <= attained || later >= value.until) continue;
        EXPECT_GE(by_definition(samples, later), value.index * (1 - 1e-12))
            << "seed " << seed << ": falls at " << later << ", before " << value.until;
      }
    }
  }
}

TEST(Gittins, LargestServicesFit) {
  constexpr std::int64_t kLongest = std::numeric_limits<std::int64_t>::max();
  const GittinsIndex index({kLongest, kLongest, 1});
  EXPECT_DOUBLE_EQ(index.at(0).index, 1.0 / 3);
  EXPECT_DOUBLE_EQ(index.at(1).index, 1.0 / static_cast<double>(kLongest - 1));
}

TEST(Gittins, HigherIndexRanksFirst) {
  const std::vector<double> falling{std::numeric_limits<double>::infinity(), 3.5, 1, 1e-12, 5e-324};
  for (std::size_t i = 1; i < falling.size(); ++i) {
    EXPECT_LT(rank_of_index(falling[i - 1]), rank_of_index(falling[i]));
  }
  EXPECT_LT(rank_of_index(5e-324), rank_of_index(0));
  EXPECT_EQ(rank_of_index(-0.0), rank_of_index(0.0));
}

}  // namespace
}  // namespace tandem
