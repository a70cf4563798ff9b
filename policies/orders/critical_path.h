// Whoever most work depends on goes first.
#pragma once

#include <fmt/format.h>

#include <string>

#include "policies/core/order.h"
#include "policies/core/quantity_text.h"

namespace tandem {

/// Longest critical path first: the estimates on the longest chain of jobs from this one to the end
/// of its workflow. The upward rank of HEFT, without communication. (Topcuoglu, Hariri, Wu 2002.)
class CriticalPath final : public Order {
 public:
  Standing standing(const Claim& claim, Time) const override {
    return {0, -Rank{claim.critical_path.count()}, kForever};
  }
  std::string why(const Claim& claim, Time) const override {
    return fmt::format("longest critical path, {}", human_duration(claim.critical_path));
  }
};

}  // namespace tandem
