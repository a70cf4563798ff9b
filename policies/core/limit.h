// How many jobs of a kind there may be at one time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "policies/core/ids.h"
#include "policies/core/job.h"

namespace tandem {

/// Applies to the jobs that have all of tenant, kind and model, where given. Limits count jobs,
/// not devices: those are for quotas.
struct Limit {
  std::string name;                ///< What messages call it: "tenant research, kind train".
  std::optional<TenantId> tenant;  ///< And all accounts below it.
  std::optional<JobKind> kind;
  std::optional<ModelId> model;
  /// Most jobs that may be admitted to the policy and not ended; others are held back, in order of
  /// submission.
  std::optional<std::uint32_t> running;
  /// Most jobs that may be submitted and not ended; others are rejected.
  std::optional<std::uint32_t> submitted;
};

}  // namespace tandem
