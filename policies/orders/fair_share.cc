#include "policies/orders/fair_share.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>

#include "policies/core/resort.h"
#include "policies/core/water_fill.h"

namespace tandem {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Orders doubles of 0 or more as integers.
std::int64_t ordered_bits(double value) { return std::bit_cast<std::int64_t>(value); }

}  // namespace

FairShares::FairShares(const Tenants& tenants, const UsageLedger& ledger)
    : tenants_(tenants),
      ledger_(ledger),
      children_(tenants.size()),
      share_(weighted_shares(1, tenants)),
      sibling_share_(tenants.size()),
      places_(tenants.size()) {
  for (const Tenant& tenant : tenants.all()) {
    auto& siblings = tenant.parent ? children_[tenant.parent->value] : top_;
    siblings.push_back({0, tenants.is_leaf(tenant.id), tenant.id});
  }
  const auto normalise = [&](const std::vector<Sibling>& siblings) {
    double sum = 0;
    for (const Sibling& sibling : siblings) sum += tenants.at(sibling.id).shares;
    for (const Sibling& sibling : siblings) {
      sibling_share_[sibling.id.value] = sum > 0 ? tenants.at(sibling.id).shares / sum : 0;
    }
  };
  normalise(top_);
  for (const Tenant& tenant : tenants.all()) normalise(children_[tenant.id.value]);
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

void FairShares::rank(std::vector<Sibling>& siblings, bool tied, Time now) {
  for (Sibling& sibling : siblings) sibling.level = level_share(sibling.id, now);
  resort(siblings, std::less<>());
  for (std::size_t i = 0; i < siblings.size();) {
    const double level = siblings[i].level;
    if (i > 0) tied = level == siblings[i - 1].level;
    if (siblings[i].leaf) {
      if (!tied) last_place_ = ranked_;
      places_[siblings[i].id.value] = last_place_;
      ++ranked_;
      ++i;
      continue;
    }
    const std::size_t first = i;
    while (i < siblings.size() && siblings[i].level == level) ++i;
    if (i == first + 1) {
      rank(children_[siblings[first].id.value], tied, now);
      continue;
    }
    // Tied accounts are ranked as one.
    std::vector<Sibling> merged;
    for (std::size_t account = first; account < i; ++account) {
      const auto& children = children_[siblings[account].id.value];
      merged.insert(merged.end(), children.begin(), children.end());
    }
    rank(merged, tied, now);
  }
}

const std::vector<std::uint32_t>& FairShares::fair_tree_places(Time now) {
  ranked_ = 0;
  last_place_ = 0;
  rank(top_, false, now);
  return places_;
}

FairShare::FairShare(const Tenants& tenants, const Settings& settings)
    : tenants_(tenants),
      settings_(settings),
      ledger_(tenants, settings.half_life),
      shares_(tenants, ledger_),
      looks_(tenants.size()) {}

Standing FairShare::standing(const Claim& claim, Time) const {
  return {claim.tenant.value, 0, kForever};
}

std::int64_t FairShare::epoch(Time now) const {
  const std::int64_t time = now.time_since_epoch().count();
  return settings_.calc_period.count() > 0 ? time / settings_.calc_period.count() : time;
}

std::optional<Time> FairShare::next_epoch(Time now) const {
  if (settings_.calc_period == Duration::zero()) return std::nullopt;
  return later(now, settings_.calc_period - now.time_since_epoch() % settings_.calc_period);
}

double FairShare::usage_per_share(TenantId tenant, Time now) const {
  Look& look = looks_[tenant.value];
  if (const std::int64_t current = epoch(now); current != look.epoch) {
    look = {current, shares_.effective_usage_per_share(tenant, now)};
  }
  return look.usage_per_share;
}

Rank FairShare::offset(std::uint32_t lane, Time now) const {
  if (settings_.algorithm == Algorithm::kClassic) {
    return ordered_bits(usage_per_share(TenantId{lane}, now));
  }
  if (const std::int64_t current = epoch(now); current != places_epoch_) {
    places_epoch_ = current;
    places_ = &shares_.fair_tree_places(now);
  }
  return (*places_)[lane];
}

void FairShare::served(const Claim& claim, Time now) {
  ledger_.hold(claim.tenant, static_cast<std::int64_t>(claim.device_thousandths), now);
}

void FairShare::unserved(const Claim& claim, Time now) {
  ledger_.hold(claim.tenant, -static_cast<std::int64_t>(claim.device_thousandths), now);
}

std::string FairShare::why(const Claim& claim, Time now) const {
  const std::string& name = tenants_.at(claim.tenant).name;
  if (settings_.algorithm == Algorithm::kFairTree) {
    return fmt::format("{} is number {} of the fair tree", name,
                       offset(claim.tenant.value, now) + 1);
  }
  return fmt::format("{} has the best fair-share factor, {:.4g}", name,
                     shares_.classic_factor(usage_per_share(claim.tenant, now), settings_.damping));
}

}  // namespace tandem
