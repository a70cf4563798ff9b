// Policies by name: `ORDER[:key=value…][+BACKFILL][+PLACEMENT][+preempt]`, as people write them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/policy.h"

namespace tandem {

/// A setting of a policy part, for `tandem policies show` and for error messages.
struct ParameterInfo {
  std::string name;
  std::string default_value;
  std::string meaning;
};

enum class PartKind {
  kOrder,
  kBackfill,
  kPlacement,
  kPreemption,
  kGrowth,
  kBatching,
  kPolicy,
  kShortName
};

/// One thing a policy is composed of.
struct PartInfo {
  std::string name = {};
  PartKind kind = PartKind::kOrder;
  std::string summary = {};  ///< What it does, in a sentence.
  std::string source = {};   ///< Where its definition stands.
  std::string use = {};      ///< When to use it.
  std::string cost = {};     ///< What a decision costs, in the number of waiting jobs n.
  std::vector<ParameterInfo> parameters = {};
  std::string stands_for = {};  ///< Of a short name: the policy it abbreviates.
};

/// Everything that can be named, orders first.
std::span<const PartInfo> policy_parts();

/// `text` without spaces, once every part, parameter and value in it has been checked. Throws
/// InputError, with the nearest name for an unknown one.
std::string canonical_policy(std::string_view text);

/// A fresh policy. `text` as for canonical_policy; what it is made for must outlive it.
std::unique_ptr<Policy> make_policy(std::string_view text, const Surroundings& around);

}  // namespace tandem
