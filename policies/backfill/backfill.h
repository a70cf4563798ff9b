// Who may start while the first of the queue waits: nobody, whoever fits, or whoever delays it not.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/core/paged_map.h"
#include "policies/core/plan.h"
#include "policies/core/queue.h"
#include "policies/placement/placement.h"

namespace tandem {

/// What a backfill may do with the queue while it drafts a plan.
class Filling {
 public:
  virtual ~Filling() = default;
  virtual Time now() const = 0;
  virtual const Queue& queue() const = 0;
  virtual const FreeDevices& free() const = 0;
  virtual const Placement& placement() const = 0;
  virtual const Job& job(JobId job) const = 0;
  /// How long the job runs, by its estimate, on the slowest device type that it accepts.
  virtual Duration estimate(JobId job) const = 0;
  /// Starts a waiting job, which fits, and takes it off the queue. Returns where.
  virtual Allocation start(JobId job, std::string reason) = 0;
};

/// One object serves one policy for a whole run.
class Backfill {
 public:
  virtual ~Backfill() = default;
  virtual std::string_view name() const = 0;
  /// Whether fill() ever starts anything, so that the queue must be able to find jobs by shape.
  virtual bool overtakes() const { return true; }
  /// Called when `head`, the first of the queue, does not fit now.
  virtual void fill(Filling& filling, JobId head) = 0;

  /// A gang holds `allocation` and should be done at `estimated_end`; told again if that changes.
  virtual void running(const Job& job, const Allocation& allocation, Time estimated_end) {
    static_cast<void>(job), static_cast<void>(allocation), static_cast<void>(estimated_end);
  }
  virtual void ended(JobId job) { static_cast<void>(job); }
};

/// Strict: nobody overtakes.
class NoBackfill final : public Backfill {
 public:
  std::string_view name() const override { return "none"; }
  bool overtakes() const override { return false; }
  void fill(Filling&, JobId) override {}
};

/// Whoever fits starts, in order. Delays the head without bound: a wide job can starve.
class FirstFit final : public Backfill {
 public:
  std::string_view name() const override { return "first-fit"; }
  void fill(Filling& filling, JobId head) override;
};

}  // namespace tandem
