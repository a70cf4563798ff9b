#include "policies/orders/dominant_share.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "policies/core/water_fill.h"
#include "policies/orders/ordered_bits.h"

namespace tandem {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double counted(std::int64_t amount) {
  return amount == kUncounted ? kInfinity : static_cast<double>(amount);
}

/// 0 of 0 is nothing.
double part(std::int64_t held, double whole) {
  return held > 0 ? static_cast<double>(held) / whole : 0;
}

}  // namespace

DominantShare::DominantShare(const Cluster& cluster, const Tenants& tenants)
    : tenants_(tenants), weight_(weighted_shares(1, tenants)), held_(tenants.size()) {
  whole_.devices = static_cast<double>(cluster.device_count()) * kWholeDevice;
  for (const Node& node : cluster.nodes()) {
    whole_.cpus += counted(node.cpus.count);
    whole_.memory += counted(node.memory.count);
  }
}

void DominantShare::add(Held& to, const Claim& claim, int sign) {
  to.devices += sign * static_cast<std::int64_t>(claim.device_thousandths);
  to.cpus += sign * claim.cpus.count;
  to.memory += sign * claim.memory.count;
}

double DominantShare::share(TenantId tenant, const Held& held) const {
  const double weight = weight_[tenant.value];
  if (weight <= 0) return kInfinity;
  return std::max({part(held.devices, whole_.devices), part(held.cpus, whole_.cpus),
                   part(held.memory, whole_.memory)}) /
         weight;
}

Rank DominantShare::offset(std::uint32_t lane, Time) const {
  return ordered_bits(share(TenantId{lane}, held_[lane]));
}

bool DominantShare::may_replace(const Contender& head, const Contender& gang, Time) const {
  const Claim& waiting = head.claim;
  const Claim& served = gang.claim;
  if (waiting.tenant == served.tenant) return false;
  Held with = held_[waiting.tenant.value];
  add(with, waiting, 1);
  return share(waiting.tenant, with) < share(served.tenant, held_[served.tenant.value]);
}

void DominantShare::served(const Claim& claim, Time) { add(held_[claim.tenant.value], claim, 1); }

void DominantShare::unserved(const Claim& claim, Time) {
  add(held_[claim.tenant.value], claim, -1);
}

std::string DominantShare::why(const Claim& claim, Time) const {
  const double weighted = share(claim.tenant, held_[claim.tenant.value]);
  return fmt::format("{} has the least dominant share, {:.4g}", tenants_.at(claim.tenant).name,
                     weighted < kInfinity ? weighted * weight_[claim.tenant.value] : weighted);
}

}  // namespace tandem
