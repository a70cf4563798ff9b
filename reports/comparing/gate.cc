#include "reports/comparing/gate.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>

namespace tandem {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// What the condition looks at, and the value that stands for it.
struct Looked {
  double value = 0;
  std::optional<Interval> interval;
};

Looked looked_at(const Condition& condition, const PairedEstimate& estimate) {
  const Sides& value = estimate.value;
  switch (condition.subject()) {
    case Condition::Subject::kLevel: return {value.head, estimate.head};
    case Condition::Subject::kAbsolute: return {value.difference(), estimate.difference};
    case Condition::Subject::kRelative: break;
  }
  if (value.base != 0 || value.head == 0) return {value.relative(), estimate.relative};
  // Something against nothing: infinitely more, as far as it is known to be more at all.
  const auto scaled = [](double difference) {
    return difference == 0 ? 0 : difference * kInfinite;
  };
  Looked looked{scaled(value.difference()), std::nullopt};
  if (estimate.difference) {
    looked.interval = Interval{scaled(estimate.difference->low), scaled(estimate.difference->high)};
  }
  return looked;
}

/// With how small a part of the error a condition still fails: the largest count in 1 … most.
/// Intervals of higher confidence contain those of lower, so halving finds it. 0: it does not fail.
std::size_t divisor_of(const HeldCondition& held, std::size_t most) {
  const auto fails = [&](std::size_t divisor) {
    const double error = (1 - held.estimate->confidence) / static_cast<double>(divisor);
    return outcome_of(*held.condition, at_confidence(*held.estimate, 1 - error)) ==
           GateOutcome::kFails;
  };
  if (outcome_of(*held.condition, *held.estimate) != GateOutcome::kFails) return 0;
  std::size_t failing = 1;
  std::size_t beyond = most + 1;
  while (beyond - failing > 1) {
    const std::size_t middle = (failing + beyond) / 2;
    (fails(middle) ? failing : beyond) = middle;
  }
  return failing;
}

}  // namespace

GateOutcome outcome_of(const Condition& condition, const PairedEstimate& estimate) {
  const Looked looked = looked_at(condition, estimate);
  if (!looked.interval) {
    return condition.holds(looked.value) ? GateOutcome::kInconclusive : GateOutcome::kPasses;
  }
  const bool low = condition.holds(looked.interval->low);
  const bool high = condition.holds(looked.interval->high);
  if (low && high) return GateOutcome::kFails;
  return low || high ? GateOutcome::kInconclusive : GateOutcome::kPasses;
}

std::vector<GateOutcome> outcomes_together(std::span<const HeldCondition> held) {
  std::vector<GateOutcome> outcomes;
  std::vector<std::size_t> divisors;
  for (const HeldCondition& one : held) {
    outcomes.push_back(outcome_of(*one.condition, *one.estimate));
    divisors.push_back(divisor_of(one, held.size()));
  }
  std::vector<std::size_t> surest_first(held.size());
  std::iota(surest_first.begin(), surest_first.end(), std::size_t{0});
  std::ranges::stable_sort(surest_first, std::greater<>(),
                           [&](std::size_t i) { return divisors[i]; });
  std::size_t left = held.size();
  bool goes_on = true;
  for (const std::size_t i : surest_first) {
    goes_on = goes_on && divisors[i] >= left--;
    if (!goes_on && outcomes[i] == GateOutcome::kFails) outcomes[i] = GateOutcome::kInconclusive;
  }
  return outcomes;
}

std::string_view gate_outcome_name(GateOutcome outcome) {
  switch (outcome) {
    case GateOutcome::kPasses: return "passes";
    case GateOutcome::kInconclusive: return "inconclusive";
    case GateOutcome::kFails: return "fails";
  }
  return "";
}

int exit_code_of(GateOutcome outcome) {
  switch (outcome) {
    case GateOutcome::kPasses: return 0;
    case GateOutcome::kInconclusive: return 4;
    case GateOutcome::kFails: return 1;
  }
  return 5;
}

}  // namespace tandem
