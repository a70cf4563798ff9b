// Figures of parts of runs, against figures of what these parts hold written out.
#include "reports/comparing/paired_statistic.h"

#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <string>
#include <utility>

#include "reports/statistics.h"

namespace tandem {
namespace {

TEST(PlacedValues, AreWhatTheirStretchesHoldWrittenOut) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    boost::random::mt19937_64 random(seed);
    const auto below = [&](std::size_t end) {
      return boost::random::uniform_int_distribution<std::size_t>(0, end - 1)(random);
    };
    const std::size_t stretches = 1 + below(20);
    std::vector<PlacedValue> values(1 + below(2000));
    for (PlacedValue& value : values) {
      // Few different values, so that many are equal.
      value = {static_cast<double>(below(50)), static_cast<std::uint16_t>(below(stretches))};
    }
    std::vector<std::uint8_t> weights(stretches);
    for (std::uint8_t& weight : weights) weight = static_cast<std::uint8_t>(below(4));
    std::vector<double> written_out;
    for (const PlacedValue& value : values) {
      written_out.insert(written_out.end(), weights[value.stretch], value.value);
    }
    const auto expected = percentiles_of(written_out);
    const double mean = PlacedValues(values, stretches, {}).at(weights);
    const double p50 = PlacedValues(values, stretches, 50).at(weights);
    const double p99 = PlacedValues(values, stretches, 99).at(weights);
    if (!expected) {
      EXPECT_TRUE(std::isnan(mean) && std::isnan(p50)) << "seed " << seed;
      continue;
    }
    EXPECT_NEAR(mean, expected->mean, 1e-9) << "seed " << seed;
    EXPECT_NEAR(p50, expected->p50, 1e-9) << "seed " << seed;
    EXPECT_NEAR(p99, expected->p99, 1e-9) << "seed " << seed;
  }
}

SampleTable table(const std::vector<std::pair<std::string, double>>& jobs) {
  SampleTable result{{"t"}, {}};
  for (const auto& [id, at] : jobs) {
    Sample& sample = result.samples.emplace_back();
    sample.id = id;
    sample.at_s = at;
  }
  return result;
}

TEST(Pairing, FindsTheSameJobsWhateverTheirOrder) {
  const SampleTable base = table({{"c", 3}, {"a", 1}, {"b", 2}, {"x", 9}});
  const SampleTable head = table({{"y", 0}, {"b", 2}, {"a", 1}, {"c", 3}});
  const Pairing pairing = pair_samples(base, head);
  ASSERT_EQ(pairing.pairs.size(), 3U);
  EXPECT_EQ(pairing.only_base, 1U);
  EXPECT_EQ(pairing.only_head, 1U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(base.samples[pairing.pairs[i].base].id, std::string(1, static_cast<char>('a' + i)));
    EXPECT_EQ(base.samples[pairing.pairs[i].base].id, head.samples[pairing.pairs[i].head].id);
  }
}

TEST(Pairing, JobsOfOtherGroupsAreOtherJobs) {
  SampleTable head = table({{"a", 1}});
  head.groups = {"other"};
  EXPECT_TRUE(pair_samples(table({{"a", 1}}), head).pairs.empty());
}

TEST(Stretches, HaveEquallyManyPairsAndTakeInTheOthersByTime) {
  const SampleTable base = table({{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}, {"early", 0.5}});
  const SampleTable head = table({{"d", 4}, {"c", 3}, {"b", 2}, {"a", 1}, {"late", 99}});
  const Stretches cut = cut_into_stretches(base, head, pair_samples(base, head), 2);
  EXPECT_EQ(cut.base, (std::vector<std::uint16_t>{0, 0, 1, 1, 0}));
  EXPECT_EQ(cut.head, (std::vector<std::uint16_t>{1, 1, 0, 0, 1}));
}

}  // namespace
}  // namespace tandem
