// What a gate says of a condition, such as "jct.mean > +2 %": decided by intervals.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "reports/comparing/bootstrap.h"
#include "reports/conditions/condition.h"

namespace tandem {

/// `kFails` only where the whole interval fulfils the condition, and `kPasses` only where none of
/// it does. Without an interval nobody can say that it fails: it is inconclusive if the value
/// fulfils it, and passes otherwise.
enum class GateOutcome : std::uint8_t { kPasses, kInconclusive, kFails };
GateOutcome outcome_of(const Condition& condition, const PairedEstimate& estimate);

/// A condition and what it is about.
struct HeldCondition {
  const Condition* condition = nullptr;
  const PairedEstimate* estimate = nullptr;
};

/// What a gate says of several at once. One alone fails wrongly in half of 1 - confidence of the
/// cases at most; so does any of these, by S. Holm, "A Simple Sequentially Rejective Multiple Test
/// Procedure", Scand. J. Statist. 6, 1979: of n conditions the one that would still fail with the
/// highest confidence must fail with an n-th of that error, the next with an (n-1)-th, and so on.
/// From the first that does not, all are inconclusive that fail alone.
std::vector<GateOutcome> outcomes_together(std::span<const HeldCondition> held);

/// "passes", "inconclusive", "fails".
std::string_view gate_outcome_name(GateOutcome outcome);

/// 0 passes, 1 fails, 4 inconclusive.
int exit_code_of(GateOutcome outcome);

}  // namespace tandem
