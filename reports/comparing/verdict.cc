#include "reports/comparing/verdict.h"

#include <cmath>

namespace tandem {
namespace {

/// The smallest change of a unit that is worth a word, in base units.
double floor_of(Unit unit, bool is_latency) {
  switch (unit) {
    case Unit::kSeconds: return is_latency ? 1e-3 : 1;
    case Unit::kFraction: return 0.005;
    case Unit::kCount: return 0.5;
    case Unit::kPlain:
    case Unit::kDeviceHours:
    case Unit::kMoney:
    case Unit::kKilowattHours:
    case Unit::kKilograms: return 0.01;
  }
  return 0;
}

}  // namespace

MinimumEffect MinimumEffects::of(const NamedFigure& figure, double base) const {
  for (const std::string& name : {figure.name, figure.full_name}) {
    const auto own = own_.find(name);
    if (own != own_.end()) return {own->second.amount, own->second.kind == Bound::Kind::kPercent};
  }
  const double floor = floor_of(figure.unit, figure.is_latency);
  if (share_ * std::fabs(base) >= floor) return {share_, true};
  return {floor, false};
}

std::optional<Verdict> verdict_of(const PairedEstimate& estimate, MinimumEffect minimum,
                                  Better better) {
  if (better == Better::kNeither) return std::nullopt;
  const bool is_unchanged = estimate.difference == Interval{0, 0} ||
                            (!estimate.difference && estimate.value.difference() == 0);
  if (is_unchanged) return Verdict::kSame;
  const auto& interval = minimum.is_relative ? estimate.relative : estimate.difference;
  if (!interval) return Verdict::kInconclusive;
  const bool has_risen = interval->low > minimum.amount;
  const bool has_fallen = interval->high < -minimum.amount;
  if (has_risen || has_fallen) {
    return has_fallen == (better == Better::kLess) ? Verdict::kBetter : Verdict::kWorse;
  }
  const bool is_within = interval->low > -minimum.amount && interval->high < minimum.amount;
  return is_within ? Verdict::kSame : Verdict::kInconclusive;
}

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kBetter: return "better";
    case Verdict::kSame: return "same";
    case Verdict::kInconclusive: return "inconclusive";
    case Verdict::kWorse: return "worse";
  }
  return "";
}

}  // namespace tandem
