#include "policies/orders/multifactor.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

/// Of a factor from 0 to 1.
std::int64_t points(std::int64_t weight, double factor) {
  return static_cast<std::int64_t>(static_cast<double>(weight) * factor);
}

std::int64_t points_ppm(std::int64_t weight, std::uint32_t ppm) {
  return static_cast<std::int64_t>(Rank{weight} * ppm / 1'000'000);
}

std::optional<double> all_cpus(const Cluster& cluster) {
  double sum = 0;
  for (const Node& node : cluster.nodes()) {
    if (node.cpus.count == kUncounted) return std::nullopt;
    sum += static_cast<double>(node.cpus.count);
  }
  return sum;
}

}  // namespace

Multifactor::Multifactor(const Cluster& cluster, const Tenants& tenants, const Settings& settings)
    : settings_(settings),
      devices_(static_cast<double>(cluster.device_count()) * kWholeDevice),
      cpus_(all_cpus(cluster)),
      usage_(tenants, settings.half_life, settings.calc_period),
      looks_(tenants.size()) {}

std::int64_t Multifactor::fair_share_points(TenantId tenant, Time now) const {
  if (settings_.w_fair_share == 0) return 0;
  Look& look = looks_[tenant.value];
  if (const std::int64_t period = usage_.period(now); period != look.period) {
    look = {period, points(settings_.w_fair_share, usage_.classic_factor(tenant, now, 1))};
  }
  return look.points;
}

std::int64_t Multifactor::size_points(const Claim& claim) const {
  const auto part = [](auto of, double whole) {
    return whole > 0 ? std::min(1.0, static_cast<double>(of) / whole) : 0;
  };
  double size = part(claim.device_thousandths, devices_);
  if (cpus_) size = (size + part(claim.cpus.count, *cpus_)) / 2;
  return points(settings_.w_size, settings_.favours_small ? 1 - size : size);
}

std::int64_t Multifactor::qos_points(const Claim& claim) const {
  return points_ppm(settings_.w_qos, claim.qos_ppm);
}

std::int64_t Multifactor::partition_points(const Claim& claim) const {
  return points_ppm(settings_.w_partition, claim.partition_ppm);
}

// Ranks are -P times max_age in nanoseconds, so that the age's term is a whole number, too.

Standing Multifactor::standing(const Claim& claim, Time now) const {
  const Rank own =
      Rank{claim.priority} + size_points(claim) + qos_points(claim) + partition_points(claim);
  const Rank base = -own * settings_.max_age.count();
  if (now - claim.eligible >= settings_.max_age) {
    return {lane(claim.tenant, true), base, kForever};
  }
  const Rank eligible = claim.eligible.time_since_epoch().count();
  return {lane(claim.tenant, false), base + settings_.w_age * eligible,
          later(claim.eligible, settings_.max_age)};
}

Rank Multifactor::offset(std::uint32_t lane, Time now) const {
  const bool is_capped = lane % 2 == 1;
  const Duration age = is_capped ? settings_.max_age : now.time_since_epoch();
  const Rank fair_share = fair_share_points(TenantId{lane / 2}, now);
  return -(fair_share * settings_.max_age.count() + Rank{settings_.w_age} * age.count());
}

std::optional<Time> Multifactor::next_epoch(Time now) const {
  return settings_.w_fair_share > 0 ? usage_.next_period(now) : std::nullopt;
}

std::string Multifactor::why(const Claim& claim, Time now) const {
  const Duration age = std::min(settings_.max_age, now - claim.eligible);
  const auto age_points =
      static_cast<std::int64_t>(Rank{settings_.w_age} * age.count() / settings_.max_age.count());
  const std::int64_t fair_share = fair_share_points(claim.tenant, now);
  const std::int64_t size = size_points(claim);
  const std::int64_t qos = qos_points(claim);
  const std::int64_t partition = partition_points(claim);
  const Rank sum = Rank{claim.priority} + age_points + fair_share + size + qos + partition;
  return fmt::format(
      "priority {} = age {} + fair-share {} + size {} + qos {} + partition {} + base {}", sum,
      age_points, fair_share, size, qos, partition, claim.priority);
}

}  // namespace tandem
