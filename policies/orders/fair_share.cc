#include "policies/orders/fair_share.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

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
      share_(tenants.size()),
      sibling_share_(tenants.size()) {
  for (const Tenant& tenant : tenants.all()) {
    (tenant.parent ? children_[tenant.parent->value] : top_).push_back(tenant.id);
  }
  const auto normalise = [&](const std::vector<TenantId>& siblings, double parent_share) {
    double sum = 0;
    for (const TenantId id : siblings) sum += tenants.at(id).shares;
    for (const TenantId id : siblings) {
      sibling_share_[id.value] = sum > 0 ? tenants.at(id).shares / sum : 0;
      share_[id.value] = parent_share * sibling_share_[id.value];
    }
  };
  normalise(top_, 1);
  // Parents come before children, so a parent's share is known when its children are reached.
  for (const Tenant& tenant : tenants.all()) {
    normalise(children_[tenant.id.value], share_[tenant.id.value]);
  }
}

double FairShares::effective_usage_per_share(TenantId tenant, Time now) const {
  const double total = ledger_.total(now);
  if (share_[tenant.value] <= 0) return kInfinity;
  if (total <= 0) return 0;
  std::vector<TenantId> path;
  for (std::optional<TenantId> at = tenant; at; at = tenants_.at(*at).parent) path.push_back(*at);
  double effective = ledger_.usage(path.back(), now) / total;
  for (auto account = path.rbegin() + 1; account != path.rend(); ++account) {
    const double actual = ledger_.usage(*account, now) / total;
    effective = actual + (effective - actual) * sibling_share_[account->value];
  }
  return effective / share_[tenant.value];
}

double FairShares::classic_factor(TenantId tenant, Time now, double damping) const {
  return halving_(effective_usage_per_share(tenant, now) / damping);
}

double FairShares::level_share(TenantId account, Time now) const {
  if (sibling_share_[account.value] <= 0) return 0;
  const double usage = ledger_.usage(account, now);
  if (usage <= 0) return kInfinity;
  const std::optional<TenantId> parent = tenants_.at(account).parent;
  const double siblings = parent ? ledger_.usage(*parent, now) : ledger_.total(now);
  return sibling_share_[account.value] / (usage / siblings);
}

struct FairShares::Ranking {
  Time now;
  std::vector<std::uint32_t> places;
  std::uint32_t ranked = 0;  ///< Leaves that have a place.
  std::uint32_t place = 0;   ///< Of the last leaf.
};

void FairShares::visit(const std::vector<TenantId>& siblings, bool tied, Ranking& ranking) const {
  struct Sibling {
    double level;
    TenantId id;
    bool leaf;
  };
  std::vector<Sibling> sorted;
  for (const TenantId id : siblings) {
    sorted.push_back({level_share(id, ranking.now), id, tenants_.is_leaf(id)});
  }
  // A leaf tied with an account goes first and shares the place of the account's best leaf.
  std::sort(sorted.begin(), sorted.end(), [](const Sibling& a, const Sibling& b) {
    return std::tuple(-a.level, !a.leaf, a.id) < std::tuple(-b.level, !b.leaf, b.id);
  });
  for (std::size_t i = 0; i < sorted.size();) {
    tied = i == 0 ? tied : sorted[i].level == sorted[i - 1].level;
    if (sorted[i].leaf) {
      if (!tied) ranking.place = ranking.ranked;
      ranking.places[sorted[i].id.value] = ranking.place;
      ++ranking.ranked;
      ++i;
      continue;
    }
    std::vector<TenantId> merged;
    const double level = sorted[i].level;
    for (; i < sorted.size() && sorted[i].level == level; ++i) {
      const auto& children = children_[sorted[i].id.value];
      merged.insert(merged.end(), children.begin(), children.end());
    }
    visit(merged, tied, ranking);
  }
}

std::vector<std::uint32_t> FairShares::fair_tree_places(Time now) const {
  Ranking ranking{now, std::vector<std::uint32_t>(tenants_.size()), 0, 0};
  visit(top_, false, ranking);
  return ranking.places;
}

FairShare::FairShare(const Tenants& tenants, const Settings& settings)
    : tenants_(tenants),
      settings_(settings),
      ledger_(tenants, settings.half_life),
      shares_(tenants, ledger_) {}

Standing FairShare::standing(const Claim& claim, Time) const {
  return {claim.tenant.value, 0, kForever};
}

std::int64_t FairShare::epoch(Time now) const {
  const std::int64_t time = now.time_since_epoch().count();
  return settings_.calc_period.count() > 0 ? time / settings_.calc_period.count() : time;
}

Rank FairShare::offset(std::uint32_t lane, Time now) const {
  if (settings_.algorithm == Algorithm::kClassic) {
    return ordered_bits(shares_.effective_usage_per_share(TenantId{lane}, now));
  }
  if (const std::int64_t current = epoch(now); current != places_epoch_) {
    places_epoch_ = current;
    places_ = shares_.fair_tree_places(now);
  }
  return places_[lane];
}

void FairShare::served(const Claim& claim, Time now) {
  ledger_.hold(claim.tenant, claim.devices, now);
}

void FairShare::unserved(const Claim& claim, Time now) {
  ledger_.hold(claim.tenant, -std::int64_t{claim.devices}, now);
}

std::string FairShare::why(const Claim& claim, Time now) const {
  const std::string& name = tenants_.at(claim.tenant).name;
  if (settings_.algorithm == Algorithm::kFairTree) {
    return fmt::format("{} is number {} of the fair tree", name, offset(claim.tenant.value, now) + 1);
  }
  return fmt::format("{} has the best fair-share factor, {:.4g}", name,
                     shares_.classic_factor(claim.tenant, now, settings_.damping));
}

}  // namespace tandem
