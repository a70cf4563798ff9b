#include "policies/core/usage.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/random.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

TEST(Halving, AgreesWithExp2) {
  const Halving halving;
  Random random(1);
  EXPECT_EQ(halving(0), 1);
  EXPECT_EQ(halving(3), 0.125);
  EXPECT_EQ(halving(2000), 0);
  for (std::uint64_t i = 0; i < seeds(100'000); ++i) {
    const double x = static_cast<double>(random.next() >> 11) * 0x1p-53 * (i % 2 == 0 ? 1 : 60);
    const double expected = std::exp2(-x);
    ASSERT_NEAR(halving(x) / expected, 1, 1e-14) << x;
  }
}

Tenants two_in_a_team() {
  Tenants tenants;
  const TenantId team = tenants.add("team");
  tenants.add("team/a", team);
  tenants.add("team/b", team);
  return tenants;
}
constexpr TenantId kTeam{0};
constexpr TenantId kA{1};
constexpr TenantId kB{2};

TEST(UsageLedger, WithoutHalfLifeAddsUp) {
  const Tenants tenants = two_in_a_team();
  UsageLedger ledger(tenants, std::nullopt);
  ledger.hold(kA, 3, at_second(10));
  ledger.hold(kB, 1, at_second(20));
  ledger.hold(kA, -3, at_second(30));
  ledger.charge(kB, 7, at_second(30));
  EXPECT_DOUBLE_EQ(ledger.usage(kA, at_second(100)), 60);
  EXPECT_DOUBLE_EQ(ledger.usage(kB, at_second(100)), 87);
  EXPECT_DOUBLE_EQ(ledger.usage(kTeam, at_second(100)), 147);
  EXPECT_DOUBLE_EQ(ledger.fraction(kA, kTeam, at_second(100)), 60.0 / 147);
}

/// Of one device held from `from` to `to`, at `now`, with a half-life of an hour.
double closed_form(double from, double to, double now) {
  constexpr double kHour = 3600;
  return kHour / std::log(2.0) * (std::exp2((to - now) / kHour) - std::exp2((from - now) / kHour));
}

TEST(UsageLedger, DecaysAsTheClosedForm) {
  const Tenants tenants = two_in_a_team();
  UsageLedger ledger(tenants, std::chrono::hours{1});
  ledger.charge(kB, 1000, at_second(600));
  ledger.hold(kA, 4, at_second(1000));
  ledger.hold(kA, -1, at_second(5000));
  ledger.hold(kA, -3, at_second(9000));
  const double now = 20'000;
  const double a = closed_form(1000, 5000, now) + 3 * closed_form(1000, 9000, now);
  const double b = 1000 * std::exp2((600 - now) / 3600);
  EXPECT_NEAR(ledger.usage(kA, at_second(now)) / a, 1, 1e-12);
  EXPECT_NEAR(ledger.usage(kB, at_second(now)) / b, 1, 1e-12);
  EXPECT_NEAR(ledger.usage(kTeam, at_second(now)) / (a + b), 1, 1e-12);
}

TEST(UsageLedger, DoesNotDependOnHowOftenItIsAsked) {
  const Tenants tenants = two_in_a_team();
  UsageLedger rarely(tenants, std::chrono::hours{1});
  UsageLedger often(tenants, std::chrono::hours{1});
  Random random(1);
  double now = 0;
  for (int i = 0; i < 200; ++i) {
    const TenantId tenant = random.chance(50) ? kA : kB;
    const std::int64_t devices = random.between(1, 9);
    const double until = now + static_cast<double>(random.between(1, 3000));
    for (UsageLedger* ledger : {&rarely, &often}) {
      ledger->hold(tenant, devices, at_second(now));
      ledger->hold(tenant, -devices, at_second(until));
    }
    for (double at = until; at < until + 500; at += 10) often.usage(kA, at_second(at));
    now = until + 500;
  }
  EXPECT_EQ(rarely.usage(kA, at_second(now)), often.usage(kA, at_second(now)));
  EXPECT_EQ(rarely.usage(kTeam, at_second(now)), often.usage(kTeam, at_second(now)));
}

TEST(UsageLedger, LongIdleTimesLeaveNumbersFinite) {
  // Thousands of half-lives: what was used is gone, what is held is at its steady state.
  const Tenants tenants = two_in_a_team();
  UsageLedger ledger(tenants, std::chrono::seconds{1});
  ledger.charge(kA, 100, at_second(0));
  ledger.hold(kB, 2, at_second(0));
  EXPECT_EQ(ledger.usage(kA, at_second(5000)), 0);
  EXPECT_NEAR(ledger.usage(kB, at_second(5000)), 2 / std::log(2.0), 1e-12);
  EXPECT_NEAR(ledger.fraction(kB, at_second(5000)), 1, 1e-12);
  ledger.hold(kB, -2, at_second(9000));
  EXPECT_NEAR(ledger.usage(kB, at_second(9001)), 1 / std::log(2.0), 1e-12);
  EXPECT_EQ(ledger.fraction(kA, at_second(20'000)), 0);
}

}  // namespace
}  // namespace tandem
