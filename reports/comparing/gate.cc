#include "reports/comparing/gate.h"

#include <limits>
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
