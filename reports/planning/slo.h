// A promise as people write it, "wait.p95 < 30 min": read once, with its place in the text for
// every mistake, and held against the figures of runs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/metric.h"
#include "reports/run_result.h"

namespace tandem {

/// Whose figures a promise may be about, besides those of all jobs.
struct SloNames {
  std::vector<std::string> services;
  std::vector<std::string> tenants;
};

struct Slo {
  enum class Comparison : std::uint8_t { kLess, kAtMost, kMore, kAtLeast };

  std::string figure;  ///< "chat.ttft.p99"
  Unit unit = Unit::kPlain;
  Comparison comparison = Comparison::kLess;
  double bound = 0;  ///< Seconds, a share of 1, US dollars, kWh, kg, or a plain number.
  /// What a run came to, in the unit of the bound; nothing where it has no such figure.
  std::function<std::optional<double>(const RunResult&)> value;

  /// Whether more than the bound is wrong, and not less.
  bool is_ceiling() const {
    return comparison == Comparison::kLess || comparison == Comparison::kAtMost;
  }
  bool is_met(double figure_of_run) const;
  /// How much of what the bound allows is used, 1 at the bound and more beyond it. Below a ceiling
  /// value / bound; above the floor of a share, what is missing over what may be missing; above
  /// another floor bound / value.
  double strain(double figure_of_run) const;
  /// "wait.p95 < 30.0 min"
  std::string text() const;
};

/// FIGURE < BOUND, or <=, >, >=. A figure is one of `tandem simulate` with dots in place of units
/// (wait.p95, makespan, utilization), SERVICE.ttft.p99 and its like, or TENANT.wait.p95; without a
/// service ttft, tpot, itl, e2e, attainment and goodput are those of the worst one. Bounds carry
/// units: 800 ms, 30 min, 99 %, 5000 USD, 3 MWh. Throws InputError with the column, counted from
/// 1, what was expected there, and the nearest name.
Slo parse_slo(std::string_view text, const SloNames& names);

}  // namespace tandem
