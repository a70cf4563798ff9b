// What a gate says of a condition, such as "jct.mean > +2 %": decided by intervals.
#pragma once

#include <cstdint>
#include <string_view>

#include "reports/comparing/bootstrap.h"
#include "reports/conditions/condition.h"

namespace tandem {

/// `kFails` only where the whole interval fulfils the condition, and `kPasses` only where none of
/// it does. Without an interval nobody can say that it fails: it is inconclusive if the value
/// fulfils it, and passes otherwise.
enum class GateOutcome : std::uint8_t { kPasses, kInconclusive, kFails };
GateOutcome outcome_of(const Condition& condition, const PairedEstimate& estimate);

/// "passes", "inconclusive", "fails".
std::string_view gate_outcome_name(GateOutcome outcome);

/// 0 passes, 1 fails, 4 inconclusive.
int exit_code_of(GateOutcome outcome);

}  // namespace tandem
