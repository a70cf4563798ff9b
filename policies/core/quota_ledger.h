// How much every account holds against its quota and its guarantee.
//
// What a job holds counts for its tenant and for every account above it. Whoever needs to know what
// a quota admits asks here, with a ledger of its own: the scheduler of what is held, a policy of
// what it has admitted or is about to start.
#pragma once

#include <cstdint>
#include <vector>

#include "policies/core/job.h"
#include "policies/core/tenant.h"

namespace tandem {

/// All amounts are thousandths of devices.
class QuotaLedger {
 public:
  /// `tenants` must outlive this.
  explicit QuotaLedger(const Tenants& tenants) : tenants_(&tenants), held_(tenants.size()) {}

  void take(TenantId tenant, std::uint64_t thousandths) {
    for (const Tenant& account : tenants_->path(tenant)) held_[account.id.value] += thousandths;
  }
  void give_back(TenantId tenant, std::uint64_t thousandths) {
    for (const Tenant& account : tenants_->path(tenant)) held_[account.id.value] -= thousandths;
  }
  std::uint64_t held(TenantId account) const { return held_[account.value]; }

  /// The account nearest to the tenant whose quota does not admit so much more; null if all do.
  const Tenant* full_account(TenantId tenant, std::uint64_t more) const {
    for (const Tenant& account : tenants_->path(tenant)) {
      const bool admits = !account.quota || held_[account.id.value] + more <=
                                                std::uint64_t{*account.quota} * kWholeDevice;
      if (!admits) return &account;
    }
    return nullptr;
  }
  bool admits(TenantId tenant, std::uint64_t more) const {
    return full_account(tenant, more) == nullptr;
  }

 private:
  const Tenants* tenants_;
  std::vector<std::uint64_t> held_;  ///< By account.
};

}  // namespace tandem
