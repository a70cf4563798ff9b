// A training job on the devices of one gang: its pace, whatever share of the network it gets.
#pragma once

#include <span>

#include "policies/core/cluster.h"
#include "policies/core/elastic.h"
#include "policies/core/step.h"
#include "sim/contention.h"
#include "workloads/training.h"

namespace tandem {

class PlacedTraining final : public Communication {
 public:
  /// `training` and `cluster` outlive this.
  PlacedTraining(const Training& training, const Cluster& cluster,
                 std::span<const NodeShare> nodes);

  double active_s() const override { return training_.sending_s(type_, devices_, per_node_, 1); }
  double iteration_s(double share) const override {
    return training_.step_s(type_, devices_, per_node_, share);
  }
  Rate pace(double share) const;
  bool is_measured() const { return training_.is_measured(type_, devices_); }
  /// What an iteration is worth at the job's own pace.
  Duration iteration_work() const;
  std::uint32_t ranks_per_node() const { return static_cast<std::uint32_t>(per_node_); }

 private:
  const Training& training_;
  DeviceTypeId type_;
  std::int64_t devices_ = 0;
  std::int64_t per_node_;  ///< Ranks on the node that has fewest.
};

}  // namespace tandem
