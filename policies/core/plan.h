// A policy's draft for one step, checked line by line as it is written.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policies/core/allocation.h"
#include "policies/core/free_devices.h"
#include "policies/core/step.h"
#include "policies/core/units.h"

namespace tandem {

/// Actions drafted against an account of what is free: a policy can start several gangs in one
/// call, and an impossible request fails in the policy's own stack frame.
class Plan {
 public:
  /// Takes from `free` as gangs start; it must outlive the plan.
  explicit Plan(FreeDevices& free) : free_(free) {}

  /// What is free after the starts drafted so far.
  const FreeDevices& free() const { return free_; }

  /// Starts a waiting job. Throws RuleBroken if the allocation is not whole, free and acceptable.
  void start(const Job& job, Allocation allocation, std::string reason) {
    free_.take(held_demand(job, allocation), allocation);
    actions_.emplace_back(Start{job.id, std::move(allocation), std::move(reason)});
  }
  /// Asks a running elastic gang, which holds `had`, to go on with `allocation`.
  void resize(const Job& job, const Allocation& had, Allocation allocation, std::string reason) {
    const Allocation gained = difference(allocation, had, free_.cluster());
    const auto devices = static_cast<std::uint32_t>(gained.devices.size());
    if (devices > 0) free_.take(job.demand_on(devices), gained);
    actions_.emplace_back(Resize{job.id, std::move(allocation), std::move(reason)});
  }
  /// Lets a waiting or fluid job flow; see Share.
  void share(JobId job, std::vector<std::uint32_t> time_ppm, std::string reason) {
    actions_.emplace_back(Share{job, std::move(time_ppm), std::move(reason)});
  }
  /// Asks a running gang to let go; its devices come free later.
  void preempt(JobId job, std::string reason) {
    actions_.emplace_back(Preempt{job, std::move(reason)});
  }
  /// Turns a waiting job away for good.
  void reject(JobId job, std::string reason) {
    actions_.emplace_back(Reject{job, std::move(reason)});
  }
  /// Asks to be called again at `time` even if nothing happens. Holds for one call; the earliest
  /// of several counts.
  void wake_at(Time time) { wake_ = wake_ ? std::min(*wake_, time) : time; }

  std::optional<Time> wake() const { return wake_; }
  std::vector<Action>& actions() { return actions_; }

 private:
  FreeDevices& free_;
  std::vector<Action> actions_;
  std::optional<Time> wake_;
};

}  // namespace tandem
