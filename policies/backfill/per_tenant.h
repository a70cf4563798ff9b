// Nobody is held up by another tenant's wide job.
#pragma once

#include "policies/backfill/backfill.h"

namespace tandem {

/// The first job of each tenant, in order, starts if it fits; within a tenant nobody overtakes.
/// Progressive filling as dominant resource fairness has it: "the user with the lowest dominant
/// share whose next task fits". (Ghodsi et al., NSDI'11, algorithm 1; reference.md, section 1.)
class PerTenant final : public Backfill {
 public:
  std::string_view name() const override { return "per-tenant"; }
  Queue::Apart looks_for() const override { return Queue::Apart::kTenants; }
  void fill(Filling& filling, JobId head) override;
};

}  // namespace tandem
