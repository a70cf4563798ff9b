// A promise to users, "wait.p95 < 30 min": a condition on what a run comes to, held against runs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reports/conditions/condition.h"
#include "reports/run_result.h"

namespace tandem {

struct Slo {
  Condition condition;  ///< Its subject is a level, never a change.
  NamedFigure figure;   ///< Without a value.

  /// What a run came to, in the unit of the bound; nothing where it has no such figure.
  std::optional<double> value(const RunResult& run) const;
  /// Seconds, a share of 1, US dollars, kWh, kg, or a plain number.
  double bound() const { return condition.bound.amount; }
  /// Whether more than the bound is wrong, and not less.
  bool is_ceiling() const { return !condition.is_above(); }
  bool is_met(double figure_of_run) const { return condition.holds(figure_of_run); }
  /// How much of what the bound allows is used, 1 at the bound and more beyond it. Below a ceiling
  /// value / bound; above the floor of a share, what is missing over what may be missing; above
  /// another floor bound / value.
  double strain(double figure_of_run) const;
  /// "wait.p95 < 30.0 min"
  std::string text() const;
};

/// A condition on a level of one of these figures, such as named_figures() of a run that has only
/// names. Throws InputError with the column, what was expected there, and the nearest name.
Slo parse_slo(std::string_view text, std::span<const NamedFigure> figures);

}  // namespace tandem
