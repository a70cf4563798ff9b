// How a divisible whole is shared out by weight.
#pragma once

#include <span>
#include <vector>

#include "policies/core/tenant.h"

namespace tandem {

/// Weighted max-min fairness: x_i = min(demand_i, weight_i * level), with the level at which all of
/// `capacity` is given out, or as high as demands go. All numbers are 0 or more and finite; without
/// weight nothing is given. (reference.md, section 1: capacity 10, demands 2, 2.6, 4, 5 of equal
/// weight get 2, 2.6, 2.7, 2.7.)
std::vector<double> water_fill(double capacity, std::span<const double> demands,
                               std::span<const double> weights);

/// Hierarchical weighted shares, by TenantId: a parent's part is divided among its children by
/// their shares, from the top down. Where all siblings have no shares, none has a part.
/// (reference.md, section 1: 300 devices over C1{1A:1, 1B:1, 1C:3} and C2{2A} of equal weight are
/// 30, 30, 90, 150.)
std::vector<double> weighted_shares(double capacity, const Tenants& tenants);

}  // namespace tandem
