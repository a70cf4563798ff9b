// Who may start while the first of the queue waits: nobody, whoever fits, or whoever delays nobody
// with a place in the future.
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
  /// Why the job, the first of the queue, is the first.
  virtual std::string why_first(JobId job) const = 0;
  /// Starts a waiting job, which fits, and takes it off the queue. Returns where.
  virtual Allocation start(JobId job, std::string reason) = 0;
  /// The same on devices that the backfill has chosen.
  virtual void start_at(JobId job, const Allocation& allocation, std::string reason) = 0;
  /// Asks for fill() at `time`, which is to come, even if nothing happens. Holds until the next
  /// fill(); the earliest of several counts.
  virtual void wake_at(Time time) = 0;
};

/// One object serves one policy for a whole run.
class Backfill {
 public:
  virtual ~Backfill() = default;
  virtual std::string_view name() const = 0;
  /// Which jobs fill() looks for, so that the queue keeps them apart.
  virtual Queue::Apart looks_for() const { return Queue::Apart::kShapes; }
  /// Whether fill() also decides on a first of the queue that fits. If not, it starts at once.
  virtual bool decides_first() const { return false; }
  /// Called when `head`, the first of the queue, does not fit now, or whenever something has
  /// changed if fill() decides on the first too.
  virtual void fill(Filling& filling, JobId head) = 0;

  /// A gang holds `allocation` and should be done at `estimated_end`; told again if that changes.
  virtual void running(const Job& job, const Allocation& allocation, Time estimated_end) {
    static_cast<void>(job), static_cast<void>(allocation), static_cast<void>(estimated_end);
  }
  virtual void ended(JobId job) { static_cast<void>(job); }
  /// A job has entered the queue, perhaps only to stand elsewhere in it; or is about to leave it,
  /// whoever starts it.
  virtual void waits(const Job& job) { static_cast<void>(job); }
  virtual void waits_no_more(const Job& job) { static_cast<void>(job); }
};

/// Strict: nobody overtakes.
class NoBackfill final : public Backfill {
 public:
  std::string_view name() const override { return "none"; }
  Queue::Apart looks_for() const override { return Queue::Apart::kNone; }
  void fill(Filling&, JobId) override {}
};

/// Whoever fits starts, in order. Delays the head without bound: a wide job can starve.
class FirstFit final : public Backfill {
 public:
  std::string_view name() const override { return "first-fit"; }
  void fill(Filling& filling, JobId head) override;
};

}  // namespace tandem
