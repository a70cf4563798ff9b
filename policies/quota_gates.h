// Where jobs wait until the quotas of their accounts have room for them.
//
// A job that is held up by a quota must not hold up others, so it waits in front of the queue, not
// in it. Within a tenant nobody overtakes there.
#pragma once

#include <map>
#include <vector>

#include "policies/core/queue.h"
#include "policies/core/quota_ledger.h"
#include "policies/core/tenant.h"
#include "policies/job_table.h"

namespace tandem {

class QuotaGates {
 public:
  /// All outlive this.
  QuotaGates(const Tenants& tenants, const Order& order, const JobTable& jobs);

  /// Whether some account on the path of the tenant has a quota.
  bool guards(TenantId tenant) const { return !gates_.empty() && gates_.count(tenant) > 0; }
  void wait(const ListedJob& job, Time now);
  void erase(const ListedJob& job) { gates_.at(job.job.tenant).erase(job.job.id); }
  /// An admitted job has ended.
  void leave(const Job& job) { admitted_.give_back(job.tenant, job.demand.device_thousandths()); }
  /// Takes out the jobs that the quotas admit, now that something has changed for `tenant`.
  std::vector<JobId> admit(TenantId tenant, Time now);

 private:
  /// The gate of a tenant below `top` whose first job is first in order and has room.
  Queue* next_gate(TenantId top, Time now);

  const Order& order_;
  const JobTable& jobs_;
  std::map<TenantId, Queue> gates_;  ///< Of leaves that some quota is for.
  QuotaLedger admitted_;
  std::vector<TenantId> top_;  ///< By tenant: its highest account with a quota.
  std::map<TenantId, std::vector<TenantId>> guarded_;  ///< By such an account, the leaves below.
};

}  // namespace tandem
