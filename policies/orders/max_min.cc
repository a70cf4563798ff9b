#include "policies/orders/max_min.h"

#include <fmt/format.h>

#include <limits>

#include "policies/core/job.h"

namespace tandem {
namespace {

std::vector<TenantId> path_from_top(const Tenants& tenants, TenantId tenant) {
  std::vector<TenantId> path;
  for (const Tenant& account : tenants.path(tenant)) path.insert(path.begin(), account.id);
  return path;
}

}  // namespace

MaxMin::MaxMin(const Tenants& tenants)
    : tenants_(tenants), held_(tenants.size()), levels_(tenants.size()), tree_(tenants) {
  for (const Tenant& tenant : tenants.all()) {
    levels_[tenant.id.value] = level(tenant.id, 0);
  }
}

double MaxMin::level(TenantId account, std::int64_t held) const {
  const Tenant& tenant = tenants_.at(account);
  const std::int64_t guaranteed = std::int64_t{tenant.guaranteed.value_or(0)} * kWholeDevice;
  if (held < guaranteed) return static_cast<double>(held) / static_cast<double>(guaranteed) - 1;
  if (tenant.shares <= 0) return std::numeric_limits<double>::infinity();
  return static_cast<double>(held - guaranteed) / tenant.shares;
}

void MaxMin::hold(TenantId tenant, std::int64_t thousandths) {
  for (const Tenant& account : tenants_.path(tenant)) {
    std::int64_t& held = held_[account.id.value];
    held += thousandths;
    levels_[account.id.value] = level(account.id, held);
  }
  ++changes_;
}

void MaxMin::served(const Claim& claim, Time) {
  hold(claim.tenant, static_cast<std::int64_t>(claim.device_thousandths));
}

void MaxMin::unserved(const Claim& claim, Time) {
  hold(claim.tenant, -static_cast<std::int64_t>(claim.device_thousandths));
}

Rank MaxMin::offset(std::uint32_t lane, Time) const {
  if (placed_ != changes_) {
    placed_ = changes_;
    places_ = &tree_.rank(levels_);
  }
  return (*places_)[lane];
}

bool MaxMin::may_replace(const Contender& head, const Contender& gang, Time) const {
  const Claim& waiting = head.claim;
  const Claim& served = gang.claim;
  if (waiting.tenant == served.tenant) return false;
  // Leaves: neither path is part of the other.
  const std::vector<TenantId> a = path_from_top(tenants_, waiting.tenant);
  const std::vector<TenantId> b = path_from_top(tenants_, served.tenant);
  std::size_t parting = 0;
  while (a[parting] == b[parting]) ++parting;
  const std::int64_t with =
      held_[a[parting].value] + static_cast<std::int64_t>(waiting.device_thousandths);
  return level(a[parting], with) < levels_[b[parting].value];
}

std::string MaxMin::why(const Claim& claim, Time) const {
  const Tenant& tenant = tenants_.at(claim.tenant);
  const double devices =
      static_cast<double>(held_[claim.tenant.value]) / static_cast<double>(kWholeDevice);
  const std::string guarantee =
      tenant.guaranteed ? fmt::format(" of {} guaranteed", *tenant.guaranteed) : "";
  return fmt::format("{} is the lowest, with {:.6g} devices{}", tenant.name, devices, guarantee);
}

}  // namespace tandem
