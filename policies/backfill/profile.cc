#include "policies/backfill/profile.h"

#include <algorithm>

namespace tandem {

std::size_t Profile::step_at(Time time) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), time,
                                      [](Time t, const Step& step) { return t < step.from; });
  return static_cast<std::size_t>(after - steps_.begin()) - 1;
}

std::size_t Profile::step_from(Time time) {
  const std::size_t step = step_at(time);
  if (steps_[step].from == time) return step;
  steps_.insert(steps_.begin() + static_cast<std::ptrdiff_t>(step) + 1, {time, steps_[step].free});
  return step + 1;
}

void Profile::merge_with_previous(std::size_t step) {
  if (step == 0 || steps_[step].free != steps_[step - 1].free) return;
  steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(step));
}

void Profile::add(Time from, Time to, std::int64_t devices) {
  const std::size_t first = step_from(from);
  const std::size_t end = step_from(to);
  for (std::size_t step = first; step < end; ++step) steps_[step].free += devices;
  merge_with_previous(end);
  merge_with_previous(first);
}

void Profile::add_always(std::int64_t devices) {
  for (Step& step : steps_) step.free += devices;
}

Time Profile::earliest(Time from, Duration length, std::int64_t devices) const {
  std::size_t step = step_at(from);
  while (true) {
    while (step < steps_.size() && steps_[step].free < devices) ++step;
    if (step == steps_.size()) return kForever;
    const Time start = std::max(from, steps_[step].from);
    const Time end = later(start, length);
    while (step < steps_.size() && steps_[step].from < end && steps_[step].free >= devices) ++step;
    if (step == steps_.size() || steps_[step].from >= end) return start;
  }
}

bool Profile::may_begin_before(Time before, Time from, Duration length,
                               std::int64_t devices) const {
  for (std::size_t step = step_at(from); step < steps_.size() && steps_[step].from < before;) {
    if (steps_[step].free < devices) {
      ++step;
      continue;
    }
    const Time start = std::max(from, steps_[step].from);
    const Time end = std::min(later(start, length), before);
    while (step < steps_.size() && steps_[step].from < end && steps_[step].free >= devices) ++step;
    if (step == steps_.size() || steps_[step].from >= end) return start < before;
  }
  return false;
}

void Profile::forget_before(Time now) {
  const std::size_t current = step_at(now);
  steps_.erase(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(current));
  steps_.front().from = Time::min();
}

}  // namespace tandem
