// Whether a figure has become better or worse: the one definition of the four verdicts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "reports/comparing/bootstrap.h"
#include "reports/conditions/bound.h"
#include "reports/conditions/named_figure.h"

namespace tandem {

/// How much a figure must change before anybody cares: a share of BASE, or an absolute amount.
struct MinimumEffect {
  double amount = 0;
  bool is_relative = true;
  friend bool operator==(const MinimumEffect&, const MinimumEffect&) = default;
};

/// The minimum effects of a comparison: one for all figures, and those of single ones.
///
/// The one for all is a share of BASE, 2 % unless told otherwise, and no less than a floor that
/// depends on the unit (1 s, half a percentage point, half a job, …; latencies of services: 1 ms):
/// of a wait of 3 s, 2 % is nothing that anybody feels.
class MinimumEffects {
 public:
  void set_default(double share) { share_ = share; }
  void set(const std::string& figure, const Bound& amount) { own_[figure] = amount; }
  const std::map<std::string, Bound>& own() const { return own_; }
  /// Of a figure that is `base` under BASE.
  MinimumEffect of(const NamedFigure& figure, double base) const;

 private:
  double share_ = 0.02;
  std::map<std::string, Bound> own_;
};

/// The interval is that of the relative or absolute difference, as the minimum effect E is one.
/// - worse: the whole interval lies beyond E on the side that is worse for this figure.
/// - better: the whole interval lies beyond E on the other side.
/// - same: the whole interval lies strictly within -E and +E (an equivalence test, Schuirmann
///   1987). A difference of exactly 0 in every run is the same for every E.
/// - inconclusive: everything else, and whatever has no interval and differs.
/// So "worse" is wrong in at most half of 1 - confidence of the cases in which the figure has not
/// become worse by E.
enum class Verdict : std::uint8_t { kBetter, kSame, kInconclusive, kWorse };

/// Nothing for figures of which neither more nor less is better.
std::optional<Verdict> verdict_of(const PairedEstimate& estimate, MinimumEffect minimum,
                                  Better better);

/// "better", "same", "inconclusive", "worse".
std::string_view verdict_name(Verdict verdict);

}  // namespace tandem
