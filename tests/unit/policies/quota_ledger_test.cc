// What accounts hold counts for all above them; the nearest full one is the one that is named.
#include "policies/core/quota_ledger.h"

#include <gtest/gtest.h>

#include <vector>

namespace tandem {
namespace {

TEST(QuotaLedger, NamesTheNearestFullAccount) {
  Tenants tenants;
  const TenantId company = tenants.add("company", {}, 1, 8);
  const TenantId lab = tenants.add("company/lab", company);
  const TenantId ann = tenants.add("company/lab/ann", lab, 1, 4);
  const TenantId bob = tenants.add("company/lab/bob", lab);
  QuotaLedger ledger(tenants);
  ledger.take(ann, 3'500);
  EXPECT_TRUE(ledger.admits(ann, 500));
  ASSERT_NE(ledger.full_account(ann, 501), nullptr);
  EXPECT_EQ(ledger.full_account(ann, 501)->id, ann);
  EXPECT_TRUE(ledger.admits(bob, 4'500));
  ASSERT_NE(ledger.full_account(bob, 4'501), nullptr);
  EXPECT_EQ(ledger.full_account(bob, 4'501)->id, company);
  ledger.give_back(ann, 3'500);
  for (const TenantId account : {company, lab, ann, bob}) EXPECT_EQ(ledger.held(account), 0U);
}

TEST(Tenants, PathGoesFromTheAccountToTheTop) {
  Tenants tenants;
  const TenantId top = tenants.add("top");
  const TenantId other = tenants.add("other");
  const TenantId leaf = tenants.add("top/leaf", top);
  std::vector<TenantId> path;
  for (const Tenant& account : tenants.path(leaf)) path.push_back(account.id);
  EXPECT_EQ(path, (std::vector{leaf, top}));
  EXPECT_TRUE(tenants.is_on_path(top, leaf));
  EXPECT_TRUE(tenants.is_on_path(leaf, leaf));
  EXPECT_FALSE(tenants.is_on_path(leaf, top));
  EXPECT_FALSE(tenants.is_on_path(other, leaf));
}

}  // namespace
}  // namespace tandem
