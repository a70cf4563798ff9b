// What policies are composed of: each folder lists its own parts, with what people should know of
// them and how they are made.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "policies/backfill/backfill.h"
#include "policies/core/order.h"
#include "policies/core/policy.h"
#include "policies/placement/placement.h"
#include "policies/preemption/elastic_growth.h"
#include "policies/preemption/preemption.h"
#include "policies/registry.h"
#include "policies/settings.h"

namespace tandem {

template <class Product>
struct Part {
  PartInfo info;
  std::function<std::unique_ptr<Product>(const Settings&, const Surroundings&)> make;
};

const std::vector<Part<Order>>& order_parts();
const std::vector<Part<Backfill>>& backfill_parts();
const std::vector<Part<Placement>>& placement_parts();
const std::vector<Part<Preemption>>& preemption_parts();
const std::vector<Part<ElasticGrowth>>& growth_parts();
/// Policies that are not composed.
const std::vector<Part<Policy>>& whole_policies();

/// Adds a policy from outside, once, before any policy is made; `from` names it in messages. Throws
/// InputError for a name that is taken or could not be written in a policy text.
void add_policy(Part<Policy> part, const std::string& from);

inline constexpr const char* kSlurm = "Slurm documentation, priority_multifactor";
inline constexpr const char* kLogCost = "O(log n) a submission and a start";

}  // namespace tandem
