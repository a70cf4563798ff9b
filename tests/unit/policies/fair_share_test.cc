#include "policies/orders/fair_share.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/support/runs.h"

namespace tandem {
namespace {

TEST(FairShares, ClassicWorkedExampleOfTheSlurmDocumentation) {
  Tenants tenants;
  const TenantId a = tenants.add("A", {}, 40);
  const TenantId d = tenants.add("D", {}, 60);
  const TenantId b = tenants.add("A/B", a, 30);
  const TenantId c = tenants.add("A/C", a, 10);
  const TenantId e = tenants.add("D/E", d, 25);
  const TenantId f = tenants.add("D/F", d, 35);
  const std::array users{tenants.add("A/B/u1", b), tenants.add("A/C/u2", c),
                         tenants.add("A/C/u3", c), tenants.add("D/E/u4", e),
                         tenants.add("D/F/u5", f)};
  // The example's usage is of the machine, 0.3 of which nobody used.
  const TenantId nobody = tenants.add("nobody", {}, 0);
  UsageLedger ledger(tenants, std::nullopt);
  ledger.charge(users[0], 0.20, kStartOfTime);
  ledger.charge(users[1], 0.25, kStartOfTime);
  ledger.charge(users[3], 0.25, kStartOfTime);
  ledger.charge(nobody, 0.30, kStartOfTime);
  const FairShares shares(tenants, ledger);
  const std::array expected{0.408479, 0.022097, 0.125000, 0.500000, 0.749154};
  for (std::size_t user = 0; user < users.size(); ++user) {
    EXPECT_NEAR(shares.classic_factor(users[user], kStartOfTime, 1), expected[user], 5e-7)
        << "u" << user + 1;
  }
  EXPECT_NEAR(shares.classic_factor(users[2], kStartOfTime, 3), 0.5, 1e-12) << "damped";
  EXPECT_EQ(shares.classic_factor(nobody, kStartOfTime, 1), 0) << "without shares";
}

/// Places of leaf accounts after they have used so much.
class FairTree : public testing::Test {
 protected:
  TenantId add(const char* name, std::optional<TenantId> parent, double shares, double used = 0) {
    const TenantId id = tenants_.add(name, parent, shares);
    used_.push_back(used);
    return id;
  }
  std::uint32_t place(TenantId leaf) {
    UsageLedger ledger(tenants_, std::nullopt);
    for (const Tenant& tenant : tenants_.all()) {
      ledger.charge(tenant.id, used_[tenant.id.value], kStartOfTime);
    }
    FairShares shares(tenants_, ledger);
    return shares.fair_tree_places(kStartOfTime)[leaf.value];
  }

 private:
  Tenants tenants_;
  std::vector<double> used_;
};

TEST_F(FairTree, AccountsGoBeforeTheirUsers) {
  // The account that used less of its share goes first with all its users, even its heaviest.
  const TenantId light = add("light", {}, 3);
  const TenantId heavy = add("heavy", {}, 1);
  const TenantId glutton = add("light/glutton", light, 1, 50);
  const TenantId modest = add("light/modest", light, 1, 10);
  const TenantId only = add("heavy/only", heavy, 1, 40);
  EXPECT_EQ(place(modest), 0U);
  EXPECT_EQ(place(glutton), 1U);
  EXPECT_EQ(place(only), 2U);
}

TEST_F(FairTree, UnusedGoesFirstAndShareless) {
  const TenantId unused = add("unused", {}, 1);
  const TenantId used = add("used", {}, 5, 1);
  const TenantId shareless = add("shareless", {}, 0);
  EXPECT_EQ(place(unused), 0U);
  EXPECT_EQ(place(used), 1U);
  EXPECT_EQ(place(shareless), 2U) << "last, although it used nothing";
}

TEST_F(FairTree, TiedUsersShareAPlace) {
  const TenantId a = add("a", {}, 1, 4);
  const TenantId b = add("b", {}, 2, 8);
  const TenantId c = add("c", {}, 1, 8);
  EXPECT_EQ(place(a), 0U);
  EXPECT_EQ(place(b), 0U);
  EXPECT_EQ(place(c), 2U);
}

TEST_F(FairTree, TiedAccountsMergeTheirChildren) {
  const TenantId a = add("A", {}, 1);
  const TenantId b = add("B", {}, 1);
  const TenantId a1 = add("A/1", a, 1, 8);  // 0.5 / 0.8
  const TenantId a2 = add("A/2", a, 1, 2);  // 0.5 / 0.2
  const TenantId b1 = add("B/1", b, 1, 5);  // 0.5 / 0.5
  const TenantId b2 = add("B/2", b, 1, 5);
  EXPECT_EQ(place(a2), 0U);
  EXPECT_EQ(place(b1), 1U);
  EXPECT_EQ(place(b2), 1U);
  EXPECT_EQ(place(a1), 3U);
}

TEST_F(FairTree, UserThatTiesWithAnAccountSharesThePlaceOfItsFirstUser) {
  const TenantId user = add("user", {}, 1, 10);
  const TenantId account = add("account", {}, 1);
  const TenantId first = add("account/first", account, 1, 4);
  const TenantId second = add("account/second", account, 1, 6);
  EXPECT_EQ(place(user), 0U);
  EXPECT_EQ(place(first), 0U);
  EXPECT_EQ(place(second), 2U);
}

Scenario two_tenants(const std::vector<JobRow>& rows) {
  Scenario scenario = scenario_of(nodes(1, 1), rows);
  scenario.tenants.add("other");
  return scenario;
}

TEST(FairShare, WhoUsedLessGoesNext) {
  // At 10 tenant 0 has used 10 device-seconds, tenant 1 none.
  const std::vector<JobRow> rows{{0, 10, 1, 0, -1, 0}, {1, 10, 1, 0, -1, 0}, {2, 10, 1, 0, -1, 1}};
  EXPECT_EQ(starts(two_tenants(rows), "fifo"), "0@0 1@10 2@20");
  for (const char* policy :
       {"fair-share:calc_period=0s", "fair-share:algorithm=fair-tree:calc_period=0s"}) {
    EXPECT_EQ(starts(two_tenants(rows), policy), "0@0 2@10 1@20") << policy;
  }
}

TEST(FairShare, UsageIsLookedAtOnceInAPeriod) {
  // Nobody had used anything at 0 s, which counts for the first period of 9 s; at 10 s tenant 0
  // has used 10 device-seconds, and that counts until 18 s.
  const std::vector<JobRow> rows{{0, 5, 1, 0, -1, 0}, {1, 5, 1, 0, -1, 0}, {2, 5, 1, 0, -1, 0},
                                 {3, 5, 1, 0, -1, 1}, {4, 5, 1, 0, -1, 1}, {5, 5, 1, 0, -1, 1}};
  EXPECT_EQ(starts(two_tenants(rows), "fair-share:half_life=none:calc_period=0s"),
            "0@0 3@5 1@10 4@15 2@20 5@25");
  EXPECT_EQ(starts(two_tenants(rows), "fair-share:half_life=none:calc_period=9s"),
            "0@0 1@5 3@10 4@15 2@20 5@25");
  EXPECT_EQ(starts(two_tenants(rows), "fair-share:half_life=none:calc_period=1h"),
            "0@0 1@5 2@10 3@15 4@20 5@25");
}

TEST(FairShare, LooksAreTheSameWithinAPeriod) {
  // An order promises equal offsets at times of one epoch, whatever was used in between.
  Tenants tenants;
  tenants.add("a");
  FairShare::Settings settings;
  settings.calc_period = std::chrono::minutes{5};
  FairShare order(tenants, settings);
  Claim claim;
  claim.device_thousandths = 4 * kWholeDevice;
  order.served(claim, at_second(1));
  const Rank at_2 = order.offset(0, at_second(2));
  EXPECT_EQ(order.offset(0, at_second(299)), at_2);
}

TEST(FairShare, HalfLifeForgets) {
  // Tenant 1 used 40 long ago, tenant 0 used 10 of late: with a short half-life tenant 1 is first.
  const std::vector<JobRow> rows{{0, 40, 1, 0, -1, 1},
                                 {1000, 10, 1, 0, -1, 0},
                                 {1001, 10, 1, 0, -1, 0},
                                 {1002, 10, 1, 0, -1, 1}};
  EXPECT_EQ(starts(two_tenants(rows), "fair-share:half_life=none:calc_period=0s"),
            "0@0 1@1000 2@1010 3@1020");
  EXPECT_EQ(starts(two_tenants(rows), "fair-share:half_life=100s:calc_period=0s"),
            "0@0 1@1000 3@1010 2@1020");
}

}  // namespace
}  // namespace tandem
