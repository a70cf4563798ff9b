#include "policies/orders/gittins.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "policies/orders/attained_service.h"

namespace tandem {
namespace {

// Nanoseconds of many devices for many years would not fit in 64 bits.
constexpr Rank kUnit = 1000;

std::int64_t in_units(Rank service) {
  constexpr Rank kMost = std::numeric_limits<std::int64_t>::max() - 1;
  return static_cast<std::int64_t>(std::min(service / kUnit, kMost));
}

/// As a sample, which has to be more than 0.
std::int64_t sample(Rank service) { return std::max<std::int64_t>(1, in_units(service)); }

}  // namespace

Gittins::Gittins(const Settings& settings)
    : learns_(settings.services.empty()),
      history_(settings.history),
      quantum_(in_units(settings.quantum.count())),
      period_(settings.period) {
  if (learns_) return;
  std::vector<std::int64_t> samples;
  for (const Duration service : settings.services) samples.push_back(sample(service.count()));
  index_.emplace(std::move(samples));
}

std::int64_t Gittins::whole_quanta(Rank service) const {
  const std::int64_t units = in_units(service);
  return units - units % quantum_;
}

std::optional<Time> Gittins::next_epoch(Time now) const {
  if (!learns_) return std::nullopt;
  return later(now, period_ - now.time_since_epoch() % period_);
}

const GittinsIndex* Gittins::index(Time now) const {
  if (learns_ && period_of(now) != looked_at_) {
    looked_at_ = period_of(now);
    if (finished_.size() >= kFew) index_.emplace(finished_);
  }
  return index_ ? &*index_ : nullptr;
}

Standing Gittins::standing(const Claim& claim, Time now) const {
  const GittinsIndex* known = index(now);
  const std::int64_t attained = whole_quanta(claim.attained());
  if (!claim.is_served) {
    if (const auto level = lanes_.find(attained); level != lanes_.end()) return {level->second};
  }
  Standing standing{kApart, 0, next_epoch(now).value_or(kForever)};
  if (known == nullptr) return standing;
  const GittinsIndex::Value value = known->at(attained);
  standing.key = rank_of_index(value.index);
  if (value.index > 0) {
    const std::int64_t quanta = (value.until - 1) / quantum_ + 1;
    const Rank lower = Rank{quanta} * quantum_ * kUnit;
    standing.until = std::min(standing.until, time_of_attaining(claim, lower, now));
  }
  return standing;
}

Rank Gittins::offset(std::uint32_t lane, Time now) const {
  const GittinsIndex* known = index(now);
  if (lane == kApart || known == nullptr) return 0;
  return rank_of_index(known->at(levels_[lane].attained).index);
}

void Gittins::waits(const Claim& claim, Time) {
  const std::int64_t attained = whole_quanta(claim.attained());
  const auto [level, is_new] =
      lanes_.try_emplace(attained, static_cast<std::uint32_t>(levels_.size()));
  if (is_new && unused_.empty()) {
    levels_.push_back({attained});
  } else if (is_new) {
    level->second = unused_.back();
    unused_.pop_back();
    levels_[level->second].attained = attained;
  }
  ++levels_[level->second].waiting;
}

void Gittins::waits_no_more(const Claim& claim, Time) {
  const auto level = lanes_.find(whole_quanta(claim.attained()));
  // The level of all who have never run is kept: jobs that a quota holds back may be in its lane.
  if (--levels_[level->second].waiting > 0 || level->first == 0) return;
  unused_.push_back(level->second);
  lanes_.erase(level);
}

void Gittins::finished(const Claim& claim, Time) {
  if (!learns_ || claim.devices == 0) return;
  const std::int64_t service = sample(claim.attained());
  if (finished_.size() < history_) {
    finished_.push_back(service);
  } else {
    finished_[next_] = service;
    next_ = (next_ + 1) % history_;
  }
}

std::string Gittins::why(const Claim& claim, Time now) const {
  const GittinsIndex* known = index(now);
  if (known == nullptr) {
    return fmt::format("submitted first, fewer than {} jobs are known", kFew);
  }
  constexpr double kUnitsAnHour = 3.6e9;
  return fmt::format("highest Gittins index, {:.4g} per device-hour",
                     known->at(whole_quanta(claim.attained())).index * kUnitsAnHour);
}

}  // namespace tandem
