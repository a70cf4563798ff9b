#include "policies/quota_gates.h"

#include <optional>
#include <tuple>

namespace tandem {

QuotaGates::QuotaGates(const Tenants& tenants, const Order& order, const JobTable& jobs)
    : tenants_(tenants),
      order_(order),
      jobs_(jobs),
      admitted_(tenants.size()),
      top_(tenants.size()) {
  for (const Tenant& tenant : tenants.all()) {
    std::optional<TenantId> top;
    for (std::optional<TenantId> account = tenant.id; account;
         account = tenants.at(*account).parent) {
      if (tenants.at(*account).quota) top = account;
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

void QuotaGates::admitted(const Job& job, int sign) {
  const std::uint64_t thousandths = job.demand.device_thousandths();
  for (std::optional<TenantId> account = job.tenant; account;
       account = tenants_.at(*account).parent) {
    std::uint64_t& sum = admitted_[account->value];
    sum = sign > 0 ? sum + thousandths : sum - thousandths;
  }
}

bool QuotaGates::has_room(const Job& job) const {
  for (std::optional<TenantId> account = job.tenant; account;
       account = tenants_.at(*account).parent) {
    const auto quota = tenants_.at(*account).quota;
    const std::uint64_t would = admitted_[account->value] + job.demand.device_thousandths();
    if (quota && would > std::uint64_t{*quota} * kWholeDevice) return false;
  }
  return true;
}

Queue* QuotaGates::next_gate(TenantId top, Time now) {
  Queue* best = nullptr;
  std::tuple<Rank, Time, JobId> best_rank;
  for (const TenantId tenant : guarded_.at(top)) {
    Queue& gate = gates_.at(tenant);
    gate.refresh(now);
    if (gate.empty()) continue;
    const ListedJob& first = jobs_.at(gate.first());
    if (!has_room(first.job)) continue;
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
    const JobId job = gate->first();
    gate->erase(job);
    admitted(jobs_.at(job).job, 1);
    passed.push_back(job);
  }
  return passed;
}

}  // namespace tandem
