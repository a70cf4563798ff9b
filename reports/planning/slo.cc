#include "reports/planning/slo.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "policies/core/error.h"
#include "reports/human.h"

namespace tandem {

std::optional<double> Slo::value(const RunResult& run) const {
  const std::vector<NamedFigure> figures = named_figures(run);
  const auto found = std::ranges::find(figures, figure.full_name, &NamedFigure::full_name);
  return found == figures.end() ? std::nullopt : found->value;
}

double Slo::strain(double figure_of_run) const {
  const bool is_share = figure.unit == Unit::kFraction && !is_ceiling();
  const double used = is_share ? 1 - figure_of_run : is_ceiling() ? figure_of_run : bound();
  const double allowed = is_share ? 1 - bound() : is_ceiling() ? bound() : figure_of_run;
  if (allowed > 0) return used / allowed;
  return used > 0 ? std::numeric_limits<double>::infinity() : 0;
}

std::string Slo::text() const {
  return fmt::format("{} {} {}", figure.name, comparison_sign(condition.comparison),
                     human(bound(), figure.unit));
}

Slo parse_slo(std::string_view text, std::span<const NamedFigure> figures) {
  Slo slo;
  slo.condition = parse_condition(text, {"--slo", 1, 1});
  if (slo.condition.bound.has_sign) {
    throw InputError(slo.condition.bound_where,
                     "a promise is about what a run comes to, not about a change: leave out the "
                     "sign");
  }
  slo.figure = figure_of(slo.condition, figures);
  slo.figure.value.reset();
  return slo;
}

}  // namespace tandem
