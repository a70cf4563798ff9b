#include "policies/backfill/per_tenant.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

/// The first job, of those that are first of a tenant that is not `blocked`, that fits. Blocks
/// tenants on the way: devices only become fewer, so that what does not fit is out for good.
std::optional<JobId> next(const Filling& filling, std::set<TenantId>& blocked) {
  for (const JobId head : filling.queue().heads()) {
    const Job& job = filling.job(head);
    if (blocked.count(job.tenant) > 0) continue;
    if (filling.free().fits(job.demand)) return head;
    blocked.insert(job.tenant);
  }
  return std::nullopt;
}

}  // namespace

void PerTenant::fill(Filling& filling, JobId head) {
  std::set<TenantId> blocked;
  while (const auto job = next(filling, blocked)) {
    filling.start(*job, fmt::format("first of its tenant and fits now, while job {} does not",
                                    filling.job(head).name));
  }
}

}  // namespace tandem
