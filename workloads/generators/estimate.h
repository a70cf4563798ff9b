// What a tenant says of a run time that only the world knows.
#pragma once

#include <variant>

#include "policies/core/units.h"
#include "workloads/generators/distribution.h"

namespace tandem {

/// The run time itself.
struct ExactEstimate {};
/// The run time times a random factor.
struct FactorEstimate {
  Distribution factor;
};
/// What people type: too much, and a round value. The run time is divided by an accuracy drawn
/// uniformly from [0.1, 1], then rounded up to the next of 20 values from 5 minutes to 14 days, and
/// beyond those to whole days. Users' estimates are modal in this way, and their accuracy is
/// spread nearly evenly: Tsafrir, Etsion and Feitelson, "Modeling User Runtime Estimates" (2005).
struct RoundEstimate {};

using EstimateRule = std::variant<ExactEstimate, FactorEstimate, RoundEstimate>;

Duration estimate_of(Duration run_time, const EstimateRule& rule, Stream& stream);
bool is_random(const EstimateRule& rule);

}  // namespace tandem
