// The policy most sites run: an order, a backfill, a placement and a preemption, freely combined.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policies/backfill/backfill.h"
#include "policies/core/order.h"
#include "policies/core/policy.h"
#include "policies/core/queue.h"
#include "policies/job_table.h"
#include "policies/placement/placement.h"
#include "policies/preemption/elastic_growth.h"
#include "policies/preemption/preemption.h"
#include "policies/quota_gates.h"

namespace tandem {

/// Starts jobs in order while they fit, elastic ones with as many of their preferred devices as
/// there are. At the first that does not fit, elastic gangs shrink and gangs are stopped if that
/// makes it fit; otherwise the backfill has its say. A backfill in which others have claims on the
/// future has it from the first job on.
class ListPolicy final : public Policy {
 public:
  struct Parts {
    std::unique_ptr<Order> order;
    std::unique_ptr<Backfill> backfill;
    std::unique_ptr<Placement> placement;
    std::unique_ptr<Preemption> preemption;  ///< Null: gangs are never stopped.
    std::unique_ptr<ElasticGrowth> growth;   ///< Null: gangs keep the size they start with.
  };
  /// The surroundings outlive the policy.
  ListPolicy(const Surroundings& surroundings, Parts parts);
  ~ListPolicy() override;

  void observe(const Event& event, Time now) override;
  void schedule(const ClusterView& view, Plan& plan) override;
  bool needs_oracle() const override { return parts_.order->needs_oracle(); }
  std::string promise(std::int64_t lowest_priority, std::int64_t highest_priority) const override {
    return parts_.order->promise(lowest_priority, highest_priority);
  }

 private:
  class Draft;

  void decide(Time now, Plan& plan);

  void on(const Submitted& event, Time now);
  void on(const Started& event, Time now);
  void on(const Progressed& event, Time now);
  void on(const Finished& event, Time now);
  void on(const Failed& event, Time now) { leave_for_good(event.job, now); }
  void on(const Resized& event, Time now);
  void on(const Stopped& event, Time now);
  void on(const Cancelled& event, Time now);
  void on(const NodeDown&, Time) {}
  void on(const NodeUp&, Time) {}
  void on(const PriorityChanged& event, Time now);

  /// Who starts next: the first of the queue, unless gangs were stopped for another. The queue is
  /// not empty.
  ListedJob& first();
  void wait(ListedJob& job, Time now);
  void enter_queue(const ListedJob& job, Time now);
  void leave_queue(const ListedJob& job, Time now);
  /// Lets jobs of a tenant through its gate while the quotas admit the next.
  void admit(TenantId tenant, Time now);
  /// The order, and whoever else counts, hears that a gang holds what it holds, or lets go of it.
  void serve(const ListedJob& job, Time now);
  void unserve(const ListedJob& job, Time now);
  void leave_for_good(JobId job, Time now);

  Parts parts_;
  JobTable jobs_;
  Queue queue_;
  QuotaGates gates_;
  std::optional<JobId> claimant_;  ///< Waits; gangs were stopped for it, though it was not first.
  bool changed_ = false;           ///< Whether anything happened that could lead to an action.
  Time wake_ = kForever;           ///< When to decide again even if nothing happens.
};

}  // namespace tandem
