// Priority by many factors, as Slurm adds them up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/cluster.h"
#include "policies/core/order.h"
#include "policies/core/tenant.h"
#include "policies/orders/share_usage.h"

namespace tandem {

/// Slurm's multifactor priority, largest first: P = w_age * age + w_fair_share * F + w_size * size
/// + w_qos * qos + w_partition * partition + base. Factors are from 0 to 1. (Slurm documentation,
/// priority_multifactor; reference.md, section 1.)
///
/// age = min(1, time since the job was eligible / max_age). F is the classic fair-share factor,
/// looked at once in calc_period. size, favouring large jobs: (devices / all + CPUs / all) / 2, in
/// place of Slurm's nodes and CPUs, or devices / all where some node states no CPUs; favouring
/// small ones, 1 less that. The base priority stands for site factor less nice.
///
/// Every term but the age's is rounded down to a whole number of points.
class Multifactor final : public Order {
 public:
  struct Settings {
    std::int64_t w_age = 0;
    std::int64_t w_fair_share = 0;
    std::int64_t w_size = 0;
    std::int64_t w_qos = 0;
    std::int64_t w_partition = 0;
    Duration max_age{};
    bool favours_small = false;
    std::optional<Duration> half_life;
    Duration calc_period{};
  };
  /// Both must outlive the order.
  Multifactor(const Cluster& cluster, const Tenants& tenants, const Settings& settings);

  Standing standing(const Claim& claim, Time now) const override;
  Rank offset(std::uint32_t lane, Time now) const override;
  std::int64_t epoch(Time now) const override { return now.time_since_epoch().count(); }
  std::optional<Time> next_epoch(Time now) const override;
  /// Fair-share factors change as gangs are served, and elastic gangs are of another size then.
  bool settles() const override { return settings_.w_fair_share == 0 && settings_.w_size == 0; }
  void served(const Claim& claim, Time now) override { usage_.served(claim, now); }
  void unserved(const Claim& claim, Time now) override { usage_.unserved(claim, now); }
  std::string why(const Claim& claim, Time now) const override;

 private:
  // A tenant has two lanes: jobs that age, which all do at one rate, and jobs at max_age.
  static std::uint32_t lane(TenantId tenant, bool capped) { return 2 * tenant.value + capped; }

  std::int64_t fair_share_points(TenantId tenant, Time now) const;
  std::int64_t size_points(const Claim& claim) const;
  std::int64_t qos_points(const Claim& claim) const;
  std::int64_t partition_points(const Claim& claim) const;

  Settings settings_;
  double devices_ = 0;          ///< Of the cluster, thousandths.
  std::optional<double> cpus_;  ///< Of the cluster, if all nodes state them.
  UsageLooks usage_;
  struct Look {
    std::int64_t period = -1;
    std::int64_t points = 0;
  };
  mutable std::vector<Look> looks_;  ///< Fair-share points by tenant, as of a period.
};

}  // namespace tandem
