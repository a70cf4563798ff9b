#include "policies/quota_gates.h"

#include <optional>
#include <tuple>

namespace tandem {

QuotaGates::QuotaGates(const Tenants& tenants, const Order& order, const JobTable& jobs)
    : order_(order), jobs_(jobs), admitted_(tenants), top_(tenants.size()) {
  for (const Tenant& tenant : tenants.all()) {
    std::optional<TenantId> top;
    for (const Tenant& account : tenants.path(tenant.id)) {
      if (account.quota) top = account.id;
    }
    if (!top || !tenants.is_leaf(tenant.id)) continue;
    top_[tenant.id.value] = *top;
    guarded_[*top].push_back(tenant.id);
    gates_.emplace(tenant.id, Queue(order, Queue::Apart::kNone));
  }
}

void QuotaGates::wait(const ListedJob& job, Time now) {
  gates_.at(job.job.tenant)
      .insert(jobs_.claim(job, now), job.left(now), job.job.demand, job.returning, now);
}

Queue* QuotaGates::next_gate(TenantId top, Time now) {
  Queue* best = nullptr;
  std::tuple<Rank, Time, JobId> best_rank;
  for (const TenantId tenant : guarded_.at(top)) {
    Queue& gate = gates_.at(tenant);
    gate.refresh(now);
    if (gate.empty()) continue;
    const ListedJob& first = jobs_.at(gate.first());
    if (!admitted_.admits(tenant, first.job.demand.device_thousandths())) continue;
    const std::tuple rank{order_.rank(jobs_.claim(first, now), now), first.job.submitted,
                          first.job.id};
    if (best == nullptr || rank < best_rank) {
      best = &gate;
      best_rank = rank;
    }
  }
  return best;
}

std::vector<JobId> QuotaGates::admit(TenantId tenant, Time now) {
  std::vector<JobId> passed;
  while (Queue* gate = next_gate(top_[tenant.value], now)) {
    const Job& job = jobs_.at(gate->first()).job;
    gate->erase(job.id);
    admitted_.take(job.tenant, job.demand.device_thousandths());
    passed.push_back(job.id);
  }
  return passed;
}

}  // namespace tandem
