#include "policies/orders/share_usage.h"

#include <algorithm>
#include <limits>

#include "policies/core/water_fill.h"

namespace tandem {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

FairShares::FairShares(const Tenants& tenants, const UsageLedger& ledger)
    : tenants_(tenants),
      ledger_(ledger),
      tree_(tenants),
      share_(weighted_shares(1, tenants)),
      sibling_share_(tenants.size()),
      levels_(tenants.size()) {
  std::vector<double> sums(tenants.size() + 1);  // The last is of accounts at the top.
  const auto sum_for = [&](const Tenant& tenant) -> double& {
    return sums[tenant.parent ? tenant.parent->value : tenants.size()];
  };
  for (const Tenant& tenant : tenants.all()) sum_for(tenant) += tenant.shares;
  for (const Tenant& tenant : tenants.all()) {
    const double sum = sum_for(tenant);
    sibling_share_[tenant.id.value] = sum > 0 ? tenant.shares / sum : 0;
  }
}

double FairShares::effective_usage(TenantId account, Time now) const {
  const double actual = ledger_.fraction(account, now);
  const std::optional<TenantId> parent = tenants_.at(account).parent;
  if (!parent) return actual;
  return actual + (effective_usage(*parent, now) - actual) * sibling_share_[account.value];
}

double FairShares::effective_usage_per_share(TenantId tenant, Time now) const {
  if (share_[tenant.value] <= 0) return kInfinity;
  // Rounding may leave an account that has returned all its devices a hair below zero.
  return std::max(0.0, effective_usage(tenant, now)) / share_[tenant.value];
}

double FairShares::level_share(TenantId account, Time now) const {
  if (sibling_share_[account.value] <= 0) return 0;
  const std::optional<TenantId> parent = tenants_.at(account).parent;
  const double used =
      parent ? ledger_.fraction(account, *parent, now) : ledger_.fraction(account, now);
  return used > 0 ? sibling_share_[account.value] / used : kInfinity;
}

const std::vector<std::uint32_t>& FairShares::fair_tree_places(Time now) {
  for (const Tenant& tenant : tenants_.all()) {
    levels_[tenant.id.value] = -level_share(tenant.id, now);
  }
  return tree_.rank(levels_);
}

UsageLooks::UsageLooks(const Tenants& tenants, std::optional<Duration> half_life,
                       Duration calc_period)
    : calc_period_(calc_period),
      ledger_(tenants, half_life),
      shares_(tenants, ledger_),
      looks_(tenants.size()) {}

std::int64_t UsageLooks::period(Time now) const {
  const std::int64_t time = now.time_since_epoch().count();
  return calc_period_ > Duration::zero() ? time / calc_period_.count() : time;
}

std::optional<Time> UsageLooks::next_period(Time now) const {
  if (calc_period_ == Duration::zero()) return std::nullopt;
  return later(now, calc_period_ - now.time_since_epoch() % calc_period_);
}

double UsageLooks::usage_per_share(TenantId tenant, Time now) const {
  Look& look = looks_[tenant.value];
  if (const std::int64_t current = period(now); current != look.period) {
    look = {current, shares_.effective_usage_per_share(tenant, now)};
  }
  return look.usage_per_share;
}

const std::vector<std::uint32_t>& UsageLooks::fair_tree_places(Time now) const {
  if (const std::int64_t current = period(now); current != placed_in_) {
    placed_in_ = current;
    places_ = &shares_.fair_tree_places(now);
  }
  return *places_;
}

}  // namespace tandem
