#include "reports/statistics.h"

#include <gtest/gtest.h>

#include "reports/effective_share.h"

namespace tandem {
namespace {

TEST(Distribution, PercentilesLieBetweenNeighbours) {
  // Five values: p90 lies at place 4 * 0.9 = 3.6, that is 0.6 of the way from 40 to 100.
  const auto result = distribution_of({100, 10, 40, 20, 30});
  ASSERT_TRUE(result);
  EXPECT_DOUBLE_EQ(result->mean, 40);
  EXPECT_DOUBLE_EQ(result->p50, 30);
  EXPECT_DOUBLE_EQ(result->p90, 76);
  EXPECT_DOUBLE_EQ(result->p95, 88);
  EXPECT_DOUBLE_EQ(result->p99, 97.6);
  EXPECT_DOUBLE_EQ(result->max, 100);
}

TEST(Distribution, HundredAndOneValuesHitTheirPlacesExactly) {
  std::vector<double> values;
  for (int i = 100; i >= 0; --i) values.push_back(i);
  EXPECT_EQ(distribution_of(values), (Distribution{50, 50, 90, 95, 99, 100}));
}

TEST(Distribution, OneValueIsAllOfThem) {
  EXPECT_EQ(distribution_of({3}), (Distribution{3, 3, 3, 3, 3, 3}));
}

TEST(Distribution, NothingHasNoDistribution) { EXPECT_FALSE(distribution_of({})); }

TEST(Mean, SmallValuesSurviveALargeOne) {
  // Summed naively, each 1 is lost beside 1e16.
  std::vector<double> values(1001, 1.0);
  values[0] = 1e16;
  EXPECT_DOUBLE_EQ(*mean_of(values) * 1001, 1e16 + 1000);
}

TEST(Jain, WorkedExample) {
  // (1 + 2 + 3)^2 / (3 * (1 + 4 + 9)) = 36 / 42.
  const double values[] = {1, 2, 3};
  EXPECT_DOUBLE_EQ(*jain_index(values), 36.0 / 42.0);
}

TEST(Jain, IsOneOverNWhenOneHasAll) {
  const double values[] = {0, 5, 0, 0};
  EXPECT_DOUBLE_EQ(*jain_index(values), 0.25);
}

TEST(Jain, IsNothingWhenNobodyHasAnything) {
  const double values[] = {0, 0};
  EXPECT_FALSE(jain_index(values));
}

TEST(EffectiveShare, MultipliesDownThePath) {
  // A=40{B=30{u1=1}, C=10{u2=1, u3=1}}, D=60: u1 = .4 * .75, u2 = u3 = .4 * .25 / 2.
  Tenants tenants;
  const TenantId a = tenants.add("A", {}, 40);
  const TenantId b = tenants.add("A/B", a, 30);
  const TenantId c = tenants.add("A/C", a, 10);
  const TenantId u1 = tenants.add("A/B/u1", b);
  const TenantId u2 = tenants.add("A/C/u2", c);
  const TenantId u3 = tenants.add("A/C/u3", c);
  const TenantId d = tenants.add("D", {}, 60);
  const std::vector<double> shares = effective_shares(tenants);
  EXPECT_DOUBLE_EQ(shares[u1.value], 0.3);
  EXPECT_DOUBLE_EQ(shares[u2.value], 0.05);
  EXPECT_DOUBLE_EQ(shares[u3.value], 0.05);
  EXPECT_DOUBLE_EQ(shares[d.value], 0.6);
}

TEST(EffectiveShare, SiblingsWithoutSharesHaveNoPart) {
  Tenants tenants;
  tenants.add("idle", {}, 0);
  EXPECT_EQ(effective_shares(tenants), std::vector<double>{0});
}

}  // namespace
}  // namespace tandem
