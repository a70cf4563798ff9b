// How many devices of one type will be free when, by the estimates: a step function of time.
#pragma once

#include <cstdint>
#include <vector>

#include "policies/core/units.h"

namespace tandem {

/// From the beginning of time to its end; 0 at first. May go below 0: more has been promised than
/// there is. Everything costs O(steps).
class Profile {
 public:
  /// `devices` more, or fewer if below 0, from `from` until `to`, which is no earlier.
  void add(Time from, Time to, std::int64_t devices);
  void add_until(Time to, std::int64_t devices) { add(Time::min(), to, devices); }
  void add_always(std::int64_t devices);

  std::int64_t at(Time time) const { return steps_[step_at(time)].free; }
  /// The earliest time from `from` on when `devices` are free for `length`, which is above zero;
  /// kForever if never.
  Time earliest(Time from, Duration length, std::int64_t devices) const;
  /// Whether, by what is free before `before`, a hole of that length could begin earlier than that:
  /// only what it needs from `before` on is not looked at.
  bool may_begin_before(Time before, Time from, Duration length, std::int64_t devices) const;
  /// Forgets what was before `now`.
  void forget_before(Time now);

 private:
  /// Until the next step begins, or for ever.
  struct Step {
    Time from = Time::min();
    std::int64_t free = 0;
  };
  std::size_t step_at(Time time) const;
  /// The step that begins at `time`, made if there is none.
  std::size_t step_from(Time time);
  void merge_with_previous(std::size_t step);

  std::vector<Step> steps_{Step{}};  ///< By time; neighbours differ.
};

}  // namespace tandem
