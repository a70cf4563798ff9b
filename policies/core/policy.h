// The interface that every scheduling policy implements, and the read-only view it decides from.
#pragma once

#include <cstdint>
#include <string>

#include "policies/core/cluster.h"
#include "policies/core/free_devices.h"
#include "policies/core/model.h"
#include "policies/core/step.h"
#include "policies/core/tenant.h"
#include "policies/core/units.h"

namespace tandem {

class Plan;

/// What does not change during a run. All of it outlives the policies made for it.
struct Surroundings {
  const Cluster& cluster;
  const Tenants& tenants;
  const Models& models;
};

/// What a policy may know when it decides.
struct ClusterView {
  Time now;
  const Cluster& cluster;
  const Tenants& tenants;
  const Models& models;
};

/// Decides which gangs run where. One object serves a whole run, whatever the world; it cannot tell
/// which and must not try.
class Policy {
 public:
  virtual ~Policy() = default;

  /// Sees every event, in order, before schedule(). Changes only the policy's own state (its
  /// index). Jobs that the scheduler rejected by itself are never shown, jobs that it holds back
  /// are shown as submitted once it admits them.
  virtual void observe(const Event& event, Time now) = 0;

  /// Called once per step, after its events. What `plan` does not mention stays as it is.
  virtual void schedule(const ClusterView& view, Plan& plan) = 0;

  /// Whether it must be told true run times, which not every world can do.
  virtual bool needs_oracle() const { return false; }

  /// Whether it pours devices (Share), which no real cluster can.
  virtual bool needs_fluid() const { return false; }

  /// What a user should know of this policy's promises, given the base priorities that occurred:
  /// one sentence, or nothing.
  virtual std::string promise(std::int64_t lowest_priority, std::int64_t highest_priority) const {
    static_cast<void>(lowest_priority), static_cast<void>(highest_priority);
    return {};
  }
};

}  // namespace tandem
