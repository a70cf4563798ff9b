// Where actions come true, and the loop that joins a World to a Scheduler.
#pragma once

#include <optional>

#include "policies/core/scheduler.h"
#include "policies/core/step.h"

namespace tandem {

/// The World owns the clock. There are several: docs/architecture.md names them.
class World {
 public:
  virtual ~World() = default;
  /// Waits, in its own time, until something happens or `deadline` comes; returns all that happens
  /// at that instant. Nothing: the run is over, because nothing more can happen.
  virtual std::optional<Step> next(std::optional<Time> deadline) = 0;
  /// Begins to carry out `action` and returns at once; what comes of it is a later event.
  virtual void apply(const Action& action) = 0;
};

/// Runs to the end. The same loop for every world.
inline void drive(World& world, Scheduler& scheduler) {
  while (auto step = world.next(scheduler.wake_time())) {
    for (const Action& action : scheduler.step(*step)) world.apply(action);
  }
}

}  // namespace tandem
