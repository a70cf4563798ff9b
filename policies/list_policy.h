// The policy most sites run: an order, a backfill and a placement, freely combined.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/backfill/backfill.h"
#include "policies/core/order.h"
#include "policies/core/paged_map.h"
#include "policies/core/policy.h"
#include "policies/core/queue.h"
#include "policies/placement/placement.h"

namespace tandem {

/// Starts jobs in order while they fit; at the first that does not, the backfill has its say. A
/// backfill in which others have claims on the future has it from the first job on.
///
/// A job whose tenant is at its quota waits in front of the queue, not in it, and holds nobody up.
/// Within a tenant with a quota nobody overtakes in front of the queue.
class ListPolicy final : public Policy {
 public:
  /// `tenants` must outlive the policy.
  ListPolicy(const Tenants& tenants, std::unique_ptr<Order> order,
             std::unique_ptr<Backfill> backfill, std::unique_ptr<Placement> placement);
  ~ListPolicy() override;

  void observe(const Event& event, Time now) override;
  void schedule(const ClusterView& view, Plan& plan) override;
  bool needs_oracle() const override { return order_->needs_oracle(); }
  std::string promise(std::int64_t lowest_priority, std::int64_t highest_priority) const override {
    return order_->promise(lowest_priority, highest_priority);
  }

 private:
  enum class Where { kGate, kQueue, kDevices };
  struct Record {
    Job job;
    Where where = Where::kGate;
    bool returning = false;  ///< Lost a node; waits ahead of gangs that never started.
    Duration progress{};     ///< Useful run time before the last start.
    std::optional<Time> running_since;
    Allocation allocation;
  };
  /// Where jobs of a tenant with a quota wait until the quota admits them.
  struct Gate {
    Queue waiting;
    std::uint32_t admitted = 0;  ///< Devices of jobs in the queue and on devices.
  };
  class Draft;

  void decide(Time now, Plan& plan);
  void start_leading(Draft& draft);

  void on(const Submitted& event, Time now);
  void on(const Started& event, Time now);
  void on(const Finished& event, Time now) { leave_for_good(event.job, now); }
  void on(const Failed& event, Time now) { leave_for_good(event.job, now); }
  void on(const Stopped& event, Time now);
  void on(const Cancelled& event, Time now);
  void on(const NodeDown&, Time) { changed_ = true; }
  void on(const NodeUp&, Time) { changed_ = true; }
  void on(const PriorityChanged& event, Time now);

  Claim claim_of(const Job& job) const;
  Duration remaining(const Record& record) const;
  void wait_in(Queue& queue, const Record& record, Time now);
  /// Lets jobs of a tenant through its gate while the quota admits the next.
  void admit(TenantId tenant, Time now);
  void let_go(Record& record, Time now);
  void leave_for_good(JobId job, Time now);
  Gate* gate_of(TenantId tenant);

  const Tenants& tenants_;
  std::unique_ptr<Order> order_;
  std::unique_ptr<Backfill> backfill_;
  std::unique_ptr<Placement> placement_;
  Queue queue_;
  std::map<TenantId, Gate> gates_;
  PagedMap<JobId, Record> jobs_;
  bool changed_ = false;  ///< Whether anything happened that could let a job start.
  Time wake_ = kForever;  ///< When the backfill wants to be asked again.
};

}  // namespace tandem
