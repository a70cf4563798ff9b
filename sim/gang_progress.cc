#include "sim/gang_progress.h"

#include <algorithm>
#include <utility>

namespace tandem {

void GangProgress::run(Time now, Rate rate, std::optional<Duration> interval) {
  rate_ = rate;
  interval_ = interval;
  counted_ = now;
  computes_ = true;
}

void GangProgress::settle(Time now) {
  if (!computes_) return;
  const Duration elapsed = now - counted_;
  counted_ = now;
  if (!interval_ || computed_ + elapsed < *interval_) {
    unsaved_ += rate_.work_in(elapsed);
    computed_ += elapsed;
    return;
  }
  const Duration since_save = (computed_ + elapsed) % *interval_;
  const Duration until_save = elapsed - since_save;
  unsaved_ += rate_.work_in(until_save);
  saved();
  unsaved_ = rate_.work_in(since_save);
  computed_ = since_save;
}

void GangProgress::change_rate(Time now, Rate rate) {
  settle(now);
  rate_ = rate;
}

void GangProgress::did(Duration work, Time now) {
  settle(now);
  unsaved_ += work;
}

void GangProgress::pause(Time now) {
  settle(now);
  computes_ = false;
}

void GangProgress::saved() {
  kept_ += unsaved_;
  left_ -= unsaved_;
  unsaved_ = computed_ = {};
}

Duration GangProgress::interrupt(Time now) {
  pause(now);
  unsaved_ = {};
  return std::exchange(computed_, {});
}

Time GangProgress::end() const {
  return later(counted_, rate_.time_for(std::max(left_ - unsaved_, Duration::zero())));
}

Time GangProgress::next_save(Duration interval) const {
  return later(counted_, std::max(interval - computed_, Duration::zero()));
}

}  // namespace tandem
